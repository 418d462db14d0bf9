import type { WorkerCommands, WorkerDefinition } from './define-worker.js';

/** A worker of which the compiler knows nothing: the test did not say `startWorker<typeof import('./worker.ts').default>`. */
export type UntypedWorker = WorkerDefinition<
  Readonly<Record<string, unknown>>,
  Readonly<Record<string, unknown>>,
  unknown,
  Readonly<Record<string, (...args: readonly unknown[]) => unknown>>
>;

/** Any worker. */
export type AnyWorker = WorkerDefinition<never, never, unknown, WorkerCommands>;

/** What a worker is given. */
export type WorkerArgs<D> = D extends WorkerDefinition<infer Args, infer _E, infer _I, infer _C> ? Args : never;

/** What a worker tells of: the types of the values, by event. */
export type WorkerEvents<D> = D extends WorkerDefinition<infer _A, infer Events, infer _I, infer _C> ? Events : never;

/** What a worker's start answers, as it arrives at the test. */
export type WorkerInfo<D> = D extends WorkerDefinition<infer _A, infer _E, infer Info, infer _C> ? Copied<Info> : never;

/** The commands of a worker. */
export type WorkerCommandsOf<D> =
  D extends WorkerDefinition<infer _A, infer _E, infer _I, infer Commands> ? Commands : never;

/** A value that was copied from another process: without its methods. */
export type Copied<T> = T extends
  | readonly unknown[]
  | Date
  | Uint8Array
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  ? T
  : T extends object
    ? { readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: T[K] }
    : T;
