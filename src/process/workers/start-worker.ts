import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, extname, isAbsolute } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import { checkOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { RealClock } from '../../core/real-clock.js';
import { locateEntry } from '../../native/locate-entry.js';
import { spawn } from '../spawn.js';
import type { SpawnOptions } from '../spawn-options.js';
import { findBehaviourMistakes, type WorkerBehaviour } from './behaviour.js';
import { MockWorker } from './mock-worker.js';
import { WorkerLink } from './worker-link.js';
import type { AnyWorker, UntypedWorker, WorkerArgs } from './worker-types.js';

/** How a worker is started, beside what it is given. */
export interface WorkerOptions
  extends Pick<
    SpawnOptions,
    | 'in'
    | 'cwd'
    | 'env'
    | 'output'
    | 'sockets'
    | 'descriptors'
    | 'timeoutMs'
    | 'signal'
    | 'isolation'
    | 'faults'
    | 'clock'
    | 'logLimit'
  > {
  /** What messages call it. @defaultValue the name of its module */
  readonly name?: string;
  /** What it does wrong from its first message on, in each of its runs. @defaultValue [] */
  readonly behaviours?: readonly WorkerBehaviour[];
  /** How long a command may take, in milliseconds. @defaultValue 5000 */
  readonly callTimeoutMs?: number;
  /** How many messages, and how many events, are kept; the oldest go first. @defaultValue 10000 */
  readonly receivedLimit?: number;
}

/** {@link WorkerOptions}, and what the worker is given: data that can be copied. */
export type StartWorkerOptions<Args = Readonly<Record<string, unknown>>> = WorkerOptions &
  (Record<never, never> extends Args ? { readonly args?: Args } : { readonly args: Args });

/** Options that may be left away where nothing has to be given. */
type OptionsOf<D extends AnyWorker> =
  Record<never, never> extends StartWorkerOptions<WorkerArgs<D>>
    ? [options?: StartWorkerOptions<WorkerArgs<D>>]
    : [options: StartWorkerOptions<WorkerArgs<D>>];

const CALL_TIMEOUT_MS = 5000;
const RECEIVED_LIMIT = 10_000;
/** Descriptors of a program begin here; sockets that it is handed have the first numbers. */
const FIRST_DESCRIPTOR = 3;

/**
 * Runs the worker that a module defines by {@link defineWorker}, as a process of its own, and resolves once its `start`
 * has. It ends with its owner, as every program of `spawn`.
 *
 * @param module - `new URL('./collector.ts', import.meta.url)`, or an absolute path. Of TypeScript it may use what Node
 * can strip: types.
 *
 * @throws UsageError with every mistake
 * @throws ProcessError `ERR_GLOVEBOX_PROCESS_NOT_READY` when it does not start; `cause` is the worker's own error
 *
 * @example
 * ```ts
 * await using collector = await startWorker<typeof import('./collector.ts').default>(
 *   new URL('./collector.ts', import.meta.url),
 *   { in: lab.hosts.collector, args: { port: 9000 } },
 * );
 * await collector.behave({ nth: 3, crash: 'before' });
 * ```
 */
export async function startWorker<D extends AnyWorker = UntypedWorker>(
  module: URL | string,
  ...[options]: OptionsOf<D>
): Promise<MockWorker<D>> {
  const all: WorkerOptions & { readonly args?: unknown } = options ?? {};
  checkOptions('startWorker', all);
  const path = toPath(module);
  const mistakes = [...findModuleMistakes(module, path), ...findOptionMistakes(all)];
  if (mistakes.length > 0) throw new UsageError('startWorker', mistakes);
  const {
    args = {},
    name = basename(path, extname(path)),
    behaviours = [],
    callTimeoutMs = CALL_TIMEOUT_MS,
    receivedLimit = RECEIVED_LIMIT,
    ...spawnOptions
  } = all;
  const clock = all.clock ?? new RealClock();
  const link = new WorkerLink({ name, args, behaviours, clock, callTimeoutMs, receivedLimit });
  const controlFd = findControlNumber(all);
  // Of Node 22 the stripping of types warns.
  const words = [
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(locateEntry('process/workers/worker-main')),
    path,
    String(controlFd),
  ];
  try {
    const started = await spawn(process.execPath, words, {
      ...spawnOptions,
      descriptors: { ...all.descriptors, [controlFd]: link.channel },
      ready: async function start(target) {
        await link.start(target);
      },
    });
    return new MockWorker<D>(started, link);
  } catch (error) {
    await link.settle();
    link.channel.close();
    throw error;
  }
}

/**
 * Starts many workers of one module, no more at a time than the machine has use for; they are ready when this resolves,
 * and none is left when one of them cannot be started.
 *
 * @throws as `startWorker`
 *
 * @example
 * ```ts
 * const collectors = await startWorkers(module, Array.from({ length: 50 }, (_, index) => ({ name: `collector-${index}` })));
 * ```
 */
export async function startWorkers<D extends AnyWorker = UntypedWorker>(
  module: URL | string,
  each: readonly StartWorkerOptions<WorkerArgs<D>>[],
): Promise<readonly MockWorker<D>[]> {
  if (!Array.isArray(each))
    throw new UsageError('startWorkers', `options must be a list, one for each worker, not ${quote(each)}`);
  const workers = new Map<number, MockWorker<D>>();
  const queue = [...each.entries()];
  let failure: { readonly error: unknown } | undefined;
  const startNext = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && failure === undefined; next = queue.shift()) {
      const [index, options] = next;
      try {
        workers.set(index, await startWorker<D>(module, ...([options] as OptionsOf<D>)));
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, startNext));
  if (failure === undefined) return each.flatMap((_, index) => workers.get(index) ?? []);
  await Promise.all([...workers.values()].map((worker) => worker[Symbol.asyncDispose]()));
  throw failure.error;
}

function toPath(module: unknown): string {
  if (module instanceof URL) return module.protocol === 'file:' ? fileURLToPath(module) : '';
  if (typeof module !== 'string') return '';
  return module.startsWith('file:') && URL.canParse(module) ? fileURLToPath(module) : module;
}

function findModuleMistakes(module: unknown, path: string): readonly string[] {
  if (!isAbsolute(path))
    return [
      `module must be a file URL, such as new URL('./worker.ts', import.meta.url), or an absolute path, not ${quote(module)}`,
    ];
  return existsSync(path) ? [] : [`there is no module ${quote(path)}`];
}

/** The descriptor by which the test talks with the worker. */
function findControlNumber({ sockets }: WorkerOptions): number {
  return FIRST_DESCRIPTOR + Object.keys(sockets ?? {}).length;
}

/** What `spawn` does not check itself. */
function findOptionMistakes(options: WorkerOptions & { readonly args?: unknown }): readonly string[] {
  const {
    name,
    behaviours = [],
    callTimeoutMs,
    receivedLimit,
    args,
  }: { [K in keyof typeof options]: unknown } = options;
  const mistakes: string[] = [];
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    mistakes.push(`name must be a string that is not empty, not ${quote(name)}`);
  if (!Array.isArray(behaviours)) mistakes.push(`behaviours must be a list, not ${quote(behaviours)}`);
  else mistakes.push(...behaviours.flatMap((each, index) => findBehaviourMistakes(`behaviours[${index}]`, each)));
  if (callTimeoutMs !== undefined) mistakes.push(...findSpanMistakes('callTimeoutMs', callTimeoutMs));
  if (receivedLimit !== undefined && !(Number.isSafeInteger(receivedLimit) && Number(receivedLimit) > 0))
    mistakes.push(`receivedLimit must be a whole number above 0, not ${quote(receivedLimit)}`);
  for (const taken of ['ready', 'stdin'])
    if (taken in options) mistakes.push(`${taken} is the worker's own, and cannot be given`);
  const controlFd = findControlNumber(options);
  if (Object.hasOwn(options.descriptors ?? {}, controlFd))
    mistakes.push(`descriptors[${controlFd}] is the worker's own, and cannot be given; those after it can`);
  try {
    serialize(args);
  } catch (error) {
    mistakes.push(`args must be data that can be copied to another process: ${messageOf(error)}`);
  }
  return mistakes;
}
