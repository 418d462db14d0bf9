import { GloveboxError, quote } from '../../core/errors.js';
import type { StopOptions } from '../../process/process.js';

/** What of a program can be disrupted: a `Process` of glovebox/process, or anything else that does the same, such as a `Vm`. */
export interface DisruptibleProcess {
  readonly state: string;
  kill(): Promise<unknown>;
  stop(options?: StopOptions): Promise<unknown>;
  restart(options?: StopOptions): Promise<unknown>;
  suspend(): Promise<unknown>;
  resume(): Promise<unknown>;
  /** It and everything that it has started. */
  pids(): readonly number[];
  readonly command?: string;
}

/** The parts of {@link DisruptibleProcess} that a disruption needs; a machine may have only some. */
export type DisruptiblePart<Methods extends keyof DisruptibleProcess> = Pick<DisruptibleProcess, 'state' | Methods> & {
  readonly command?: string;
};

/** Something that has a process and a name: a mock worker. */
export interface NamedProcess<P> {
  readonly name: string;
  readonly process: P;
}

/** What a test names as the target. */
export type ProcessTarget<P> = P | NamedProcess<P>;

/** How a disruption of a process is told. */
export interface ProcessDisruptionOptions {
  /** What records call the target. @defaultValue the name of the actor that has the process, else of the worker, else the command */
  readonly name?: string;
}

/** A target, looked up. */
export interface FoundProcess<P> {
  readonly process: P;
  /** What a disruption of it says of its target. */
  readonly told: { readonly target: string; readonly subject?: object };
}

/** The process that is meant, and its name; a list of mistakes when it is none. */
export function findProcess<P extends { readonly command?: string }>(
  target: ProcessTarget<P>,
  methods: readonly (keyof P & string)[],
  { name }: ProcessDisruptionOptions,
): FoundProcess<P> | readonly string[] {
  const given: unknown = target;
  const isObject = typeof given === 'object' && given !== null;
  // A worker has a process, and none of its methods.
  const process = isObject && 'process' in given ? (target as NamedProcess<P>).process : (target as P);
  const missing = methods.filter((method) => typeof Reflect.get(Object(process), method) !== 'function');
  if (!isObject || typeof process !== 'object' || missing.length > 0) {
    const without = isObject ? `, which has no ${missing.join('(), ')}()` : '';
    return [`target must be a process, such as spawn() and startWorker() give; received ${quote(given)}${without}`];
  }
  const own = 'name' in given && typeof given.name === 'string' ? given.name : undefined;
  const called = name ?? own ?? process.command ?? 'process';
  return { process, told: { target: called, ...(name === undefined && { subject: process }) } };
}

/** Whether there is nothing left of it: of a process, or of a machine. */
export function hasEnded({ state }: { readonly state: string }): boolean {
  return ['ended', 'failed', 'closed'].includes(state);
}

/** @throws GloveboxError `ERR_GLOVEBOX_PROCESS_ENDED` when there is nothing left to disrupt: who it is, the record tells */
export function requireRunning({ process }: FoundProcess<{ readonly state: string }>, action: string): void {
  if (!hasEnded(process)) return;
  throw new GloveboxError('ERR_GLOVEBOX_PROCESS_ENDED', `it has ended already, and cannot be ${action}`);
}
