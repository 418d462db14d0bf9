import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import { limitDescriptors } from '../../process/surroundings/limit-descriptors.js';
import type { Disruption } from './disruption.js';
import {
  type DisruptiblePart,
  type FoundProcess,
  findProcess,
  hasEnded,
  type ProcessDisruptionOptions,
  type ProcessTarget,
  requireRunning,
} from './targets.js';

/** How a process is restarted. */
export interface RestartOptions extends ProcessDisruptionOptions {
  /** What it is asked to end with; SIGKILL ends it at once, with all that it has started. @defaultValue 'SIGTERM' */
  readonly signal?: NodeJS.Signals;
  /** How long it may take until it is killed, in milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

/** How many descriptors a process may still open. */
export interface FdLimitOptions extends ProcessDisruptionOptions {
  /** More than it has open when it begins; what it closes makes room again. @defaultValue 0 */
  readonly spare?: number;
}

const NAMES = ['name'];

/**
 * Kills a program with everything that it has started. It has no end: a supervisor, or nobody, starts it again.
 *
 * @throws UsageError for what is no process
 */
export function kill(
  target: ProcessTarget<DisruptiblePart<'kill'>>,
  options: ProcessDisruptionOptions = {},
): Disruption {
  const found = read('kill', target, ['kill'], options);
  return {
    kind: 'kill',
    ...found.told,
    lasts: 'none',
    begin: ({ inTurn }) =>
      inTurn(found.process, async () => {
        requireRunning(found, 'killed');
        await found.process.kill();
      }),
  };
}

/**
 * Freezes a program and everything that it has started: it keeps its connections and answers nothing. It goes on when
 * the last that froze it ends.
 *
 * @throws UsageError for what is no process
 */
export function suspend(
  target: ProcessTarget<DisruptiblePart<'suspend' | 'resume'>>,
  options: ProcessDisruptionOptions = {},
): Disruption {
  const found = read('suspend', target, ['suspend', 'resume'], options);
  const { process } = found;
  return {
    kind: 'suspend',
    ...found.told,
    begin: ({ hold }) =>
      hold(process, 'suspended', true, async (held) => {
        if (held.length > 0) {
          requireRunning(found, 'suspended');
          await process.suspend();
        }
        // What was killed meanwhile, or could not be frozen for it had ended, has nothing to go on with.
        else if (!hasEnded(process)) await process.resume();
      }),
  };
}

/**
 * Stops a program, and starts it again when the last such disruption ends: at once where no time is given. When the
 * scenario is called off it is not started again.
 *
 * @throws UsageError for what is no process, with every mistake
 *
 * @example
 * ```ts
 * at({ atMs: 5000, lastsMs: 2000, disrupt: restart(coordinator, { signal: 'SIGKILL' }) });
 * ```
 */
export function restart(
  target: ProcessTarget<DisruptiblePart<'kill' | 'stop' | 'restart'>>,
  options: RestartOptions = {},
): Disruption {
  const { signal = 'SIGTERM', timeoutMs } = Object(options) as RestartOptions;
  const mistakes = [
    ...(typeof signal === 'string' && /^SIG[A-Z0-9]+$/.test(signal)
      ? []
      : [`signal must be the name of one, such as "SIGTERM"; received ${quote(signal)}`]),
    ...(timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs)),
  ];
  const found = read('restart', target, ['kill', 'stop', 'restart'], options, {
    names: ['signal', 'timeoutMs'],
    mistakes,
  });
  const { process } = found;
  const stop = async (): Promise<void> => {
    if (signal === 'SIGKILL') await process.kill();
    else await process.stop({ signal, ...(timeoutMs !== undefined && { timeoutMs }) });
  };
  return {
    kind: 'restart',
    ...found.told,
    ...(signal !== 'SIGTERM' && { details: `with ${signal}` }),
    lasts: 0,
    begin: (context) =>
      context.hold(process, 'down', true, async (held) => {
        if (held.length > 0) {
          if (!hasEnded(process)) await stop();
          return;
        }
        if (!context.isCalledOff) await process.restart();
      }),
  };
}

/**
 * Lets a program, and everything that it has started, open hardly any more files and connections: EMFILE. Of several at
 * a time the tightest counts.
 *
 * @throws UsageError for what is no process, with every mistake
 */
export function fdLimit(target: ProcessTarget<DisruptiblePart<'pids'>>, options: FdLimitOptions = {}): Disruption {
  const { spare = 0 } = Object(options) as FdLimitOptions;
  const mistakes =
    Number.isSafeInteger(spare) && spare >= 0
      ? []
      : [`spare must be a whole number of descriptors, 0 or more; received ${quote(spare)}`];
  const found = read('fdLimit', target, ['pids'], options, { names: ['spare'], mistakes });
  const { process } = found;
  return {
    kind: 'descriptor limit',
    ...found.told,
    details: `${spare} more`,
    begin: ({ hold }) => {
      requireRunning(found, 'limited');
      const own: DescriptorHold = { spare, restore: undefined };
      return hold(process, 'descriptors', own, (held) => {
        // The limits under those of others are the program's own.
        for (const each of [own, ...held]) {
          each.restore?.();
          each.restore = undefined;
        }
        const newest = held.at(-1);
        if (newest !== undefined)
          newest.restore = limitDescriptors(process, Math.min(...held.map((each) => each.spare)));
      });
    },
  };
}

interface DescriptorHold {
  readonly spare: number;
  restore: (() => void) | undefined;
}

interface OwnOptions {
  readonly names: readonly string[];
  readonly mistakes: readonly string[];
}

/** @throws UsageError with every mistake */
function read<P extends { readonly state: string; readonly command?: string }>(
  subject: string,
  target: ProcessTarget<P>,
  methods: readonly (keyof P & string)[],
  options: ProcessDisruptionOptions,
  { names, mistakes }: OwnOptions = { names: [], mistakes: [] },
): FoundProcess<P> {
  checkOptions(subject, options);
  const { name } = options;
  const found = findProcess(target, methods, options);
  const all = [
    ...('process' in found ? [] : found),
    ...findUnknownOptions(options, [...NAMES, ...names]),
    ...(name === undefined || (typeof name === 'string' && name !== '')
      ? []
      : [`name must be a string that is not empty; received ${quote(name)}`]),
    ...mistakes,
  ];
  if (all.length > 0 || !('process' in found)) throw new UsageError(subject, all);
  return found;
}
