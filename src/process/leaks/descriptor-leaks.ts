import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { readTargets } from '../proc/descriptors.js';
import { readStartTime } from '../proc/processes.js';
import { readText } from '../proc/read-proc.js';
import { parseSockets, SOCKET_PROTOCOLS, type SocketEntry } from '../proc/socket-table.js';
import { Process } from '../process.js';
import { type ProcessLeak, toProcessLeak } from './process-leak.js';

/** What a program, and all that it has started, held open at one moment. */
export interface DescriptorInventory {
  readonly program: Process;
  /** By process: what its descriptors lead to, as proc_pid_fd(5) has it. */
  readonly open: ReadonlyMap<number, { readonly startTime: number | undefined; readonly targets: readonly string[] }>;
}

/** How many more are none too many. */
export interface DescriptorLeakOptions {
  /** How many more each process may have open. @defaultValue 0 */
  readonly allowance?: number;
}

/** How many are told one by one. */
const MOST_SHOWN = 10;

/**
 * What a program, and all that it has started, holds open now: to be taken once it is warm, since event loops, log files
 * and pools of connections are opened at the first use, and stay.
 *
 * @throws UsageError when that is no program
 */
export function takeDescriptors(program: Process): DescriptorInventory {
  if (!(program instanceof Process))
    throw new UsageError('takeDescriptors', `it takes a program that spawn() has started, not ${quote(program)}`);
  const entries = program
    .pids()
    .map((pid) => [pid, { startTime: readStartTime(pid), targets: readTargets(pid) }] as const);
  return { program, open: new Map(entries) };
}

/**
 * Which processes of a program hold more open than they did, and what that is. What was started since has no earlier
 * moment to be compared with, and is passed over.
 *
 * @throws UsageError
 *
 * @example
 * ```ts
 * const before = takeDescriptors(relay); // after the first request
 * for (let turn = 0; turn < 50; turn += 1) await ask(relay);
 * await until(() => findDescriptorLeaks(before).length === 0); // it may close a moment later
 * ```
 */
export function findDescriptorLeaks(
  before: DescriptorInventory,
  options: DescriptorLeakOptions = {},
): readonly ProcessLeak[] {
  const { allowance = 0 } = readOptions(options);
  const { program } = before;
  return [...takeDescriptors(program).open].flatMap(([pid, { startTime, targets }]) => {
    const then = before.open.get(pid);
    if (then === undefined || then.startTime !== startTime) return [];
    const more = targets.length - then.targets.length;
    if (more <= allowance) return [];
    const limit = allowance === 0 ? '' : ` (${allowance} allowed)`;
    const words = `has ${targets.length} descriptors open, ${more} more than it had${limit}: ${describeNew(pid, then.targets, targets)}; it belongs to`;
    return [toProcessLeak(program, 'descriptors', pid, words)];
  });
}

function readOptions(options: DescriptorLeakOptions): DescriptorLeakOptions {
  checkOptions('findDescriptorLeaks', options);
  const { allowance = 0 } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['allowance']),
    ...(Number.isInteger(allowance) && allowance >= 0
      ? []
      : [`allowance must be a whole number, 0 or more, not ${quote(allowance)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError('findDescriptorLeaks', mistakes);
  return options;
}

/** What is there and was not; what is there several times is told once. */
function describeNew(pid: number, before: readonly string[], now: readonly string[]): string {
  const known = [...before];
  const added = now.filter((target) => {
    const at = known.indexOf(target);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
  const sockets = added.some((target) => target.startsWith('socket:')) ? readSockets(pid) : new Map();
  const counts = new Map<string, number>();
  for (const target of added) {
    const words = describeTarget(target, sockets);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const all = [...counts].map(([words, count]) => (count === 1 ? words : `${count} × ${words}`));
  const rest = all.length - MOST_SHOWN;
  return `${all.slice(0, MOST_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function describeTarget(target: string, sockets: ReadonlyMap<number, SocketEntry>): string {
  const [, kind, inode] = /^(socket|pipe):\[(\d+)\]$/.exec(target) ?? [];
  if (kind === 'pipe') return 'a pipe';
  if (kind === undefined) return target;
  const entry = sockets.get(Number(inode));
  if (entry === undefined) return 'a socket';
  const name = (address: string, port: number): string => `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const remote = entry.remotePort === 0 ? '' : ` to ${name(entry.remoteAddress, entry.remotePort)}`;
  const state = entry.protocol.startsWith('tcp') ? ` (${entry.state})` : '';
  return `${entry.protocol.slice(0, 3).toUpperCase()} ${name(entry.localAddress, entry.localPort)}${remote}${state}`;
}

function readSockets(pid: number): ReadonlyMap<number, SocketEntry> {
  const rows = SOCKET_PROTOCOLS.flatMap((protocol) =>
    parseSockets(protocol, readText(`/proc/${pid}/net/${protocol}`) ?? ''),
  );
  return new Map(rows.map((row) => [row.inode, row]));
}
