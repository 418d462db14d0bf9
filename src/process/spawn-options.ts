import type { Socket } from 'node:net';
import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import type { Clock } from '../core/clock.js';
import { findSpanMistakes } from '../core/clock-sleep.js';
import { quote, UsageError } from '../core/errors.js';
import type { FaultPlan } from '../faults/plan.js';
import type { DescriptorSource } from './descriptors/descriptor-channel.js';
import { findDescriptorMistakes } from './descriptors/find-descriptor-mistakes.js';
import type { HandedSocketSpec } from './descriptors/handed-sockets.js';
import { findChoiceMistakes, findEnvMistakes, findWordMistakes, ISOLATIONS } from './option-mistakes.js';
import { findReadyMistakes } from './ready/find-ready-mistakes.js';
import type { ReadySpec } from './ready/ready-spec.js';

/** Where a program runs: a host of a lab, or a `Netns`. */
export interface SpawnPlace {
  /** Runs a synchronous function there. */
  run<R>(run: () => R): R;
  /** A connection from there. */
  connect(options: { readonly host: string; readonly port: number }): Socket;
}

/** How much of the machine a program is kept from. */
export type Isolation = 'full' | 'cgroup' | 'none';

/** How a program is started. */
export interface SpawnOptions {
  /** The host of a lab, or the namespace, whose network it has. @defaultValue that of this process */
  readonly in?: SpawnPlace;
  /** @defaultValue that of this process */
  readonly cwd?: string;
  /** Variables beside those of this process; one that is `undefined` is taken away. @defaultValue {} */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads: nothing, or what is written to {@link Process.stdin}. @defaultValue 'ignore' */
  readonly stdin?: 'ignore' | 'pipe';
  /**
   * What it writes to: pipes, whose lines are seen at once, or files without a name, whose lines are seen within 5 ms. A
   * file loses nothing of what a program wrote that ends abruptly, and does not stop one that floods it.
   *
   * @defaultValue 'pipe'
   */
  readonly output?: 'pipe' | 'file';
  /**
   * Descriptors of this process that it gets, by the numbers that they have there, from 3: a {@link DescriptorChannel},
   * an open file. They stay open here.
   *
   * @defaultValue none
   */
  readonly descriptors?: Readonly<Record<number, DescriptorSource>>;
  /**
   * Sockets that are bound for it, at once and for good: it finds them by `LISTEN_FDS` and `LISTEN_FDNAMES`, as services
   * of systemd do, and {@link Process.sockets} tells their ports. A port of 0 is one that is free.
   *
   * @defaultValue none
   */
  readonly sockets?: Readonly<Record<string, HandedSocketSpec>>;
  /** When it counts as ready. @defaultValue as soon as it runs */
  readonly ready?: ReadySpec;
  /** How long it may take to become ready, in milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** Calls the start off. */
  readonly signal?: AbortSignal;
  /**
   * `full`: a pid and a mount namespace of its own; whatever it starts ends with it, daemons too, however this process
   * ends. `cgroup`: a control group of version 2, which is killed; a helper does it when this process is. `none`: it
   * leads a process group, which is killed.
   *
   * @defaultValue 'full' where that is allowed, else 'cgroup' where one is delegated, else 'none'
   */
  readonly isolation?: Isolation;
  /** A plan whose faults at `process.spawn` and `process.signal` it meets. @defaultValue none */
  readonly faults?: FaultPlan;
  /**
   * What it and everything that it starts can have together: of `processes`, threads counted, one more is refused, with
   * EAGAIN, as a machine that is full refuses it.
   *
   * @defaultValue no limits of its own
   */
  readonly limits?: { readonly processes?: number };
  /** What times are told on. @defaultValue the machine's */
  readonly clock?: Clock;
  /** How many lines of its output are kept. @defaultValue 10000 */
  readonly logLimit?: number;
}

const NAMES = [
  ...['in', 'cwd', 'env', 'stdin', 'output', 'descriptors', 'sockets'],
  ...['ready', 'timeoutMs', 'signal', 'isolation', 'limits', 'faults', 'clock', 'logLimit'],
];

/** @throws UsageError with every mistake */
export function checkSpawn(command: unknown, args: unknown, options: SpawnOptions): void {
  checkOptions('spawn', options);
  const { timeoutMs, isolation, stdin, env, logLimit, cwd } = options;
  const mistakes = [
    ...findWordMistakes('command', command),
    ...(typeof command === 'string' && command === '' ? ['command must not be empty'] : []),
    ...(Array.isArray(args)
      ? args.flatMap((word, index) => findWordMistakes(`args[${index}]`, word))
      : [`args must be an array of strings, not ${quote(args)}; nothing is passed through a shell`]),
    ...findUnknownOptions(options, NAMES),
    ...(timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs)),
    ...findChoiceMistakes('isolation', isolation, ISOLATIONS),
    ...findChoiceMistakes('stdin', stdin, ['ignore', 'pipe']),
    ...findChoiceMistakes('output', options.output, ['pipe', 'file']),
    ...(cwd === undefined ? [] : findWordMistakes('cwd', cwd)),
    ...findEnvMistakes(env),
    ...findReadyMistakes(options.ready),
    ...findDescriptorMistakes(options),
    ...findLimitMistakes(options.limits),
    ...(logLimit === undefined || (Number.isInteger(logLimit) && logLimit > 0)
      ? []
      : [`logLimit must be a whole number above 0, not ${quote(logLimit)}`]),
    ...(options.faults === undefined || typeof options.faults?.dynamicPoint === 'function'
      ? []
      : [`faults must be a FaultPlan, not ${quote(options.faults)}`]),
    ...(options.in === undefined || typeof options.in?.run === 'function'
      ? []
      : [`in must be a host of a lab or a Netns, not ${quote(options.in)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError('spawn', mistakes);
}

function findLimitMistakes(limits: unknown): readonly string[] {
  if (limits === undefined) return [];
  if (typeof limits !== 'object' || limits === null)
    return [`limits must be an object such as { processes: 20 }, not ${quote(limits)}`];
  return Object.entries(limits).flatMap(([name, value]) => {
    if (name !== 'processes') return [`limits.${name} is no limit; there is limits.processes`];
    const isRight = value === undefined || (Number.isInteger(value) && value > 0);
    return isRight ? [] : [`limits.processes must be a whole number above 0, not ${quote(value)}`];
  });
}
