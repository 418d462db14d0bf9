/** The points of programs that were started with a plan: `spawn(…, { faults })`. */
export interface ProcessFaultPoints {
  /** Each start, those of `restart()` too. One that is done and reported failed leaves nothing: the program is killed. */
  'process.spawn': ProcessSpawnCall;
  /** Each signal, those of `stop()`, `suspend()` and `resume()` too. `kill()` and the clean-up pass no point: they never fail. */
  'process.signal': ProcessSignalCall;
}

/** What a start tells of itself. */
export interface ProcessSpawnCall {
  /** The command. */
  readonly name: string;
  readonly args: readonly string[];
}

/** What a signal tells of itself. */
export interface ProcessSignalCall {
  /** The command. */
  readonly name: string;
  readonly pid: number;
  readonly signal: NodeJS.Signals;
}

/** The same for plans, which have to know of them before the first call: the errors, and the fields that filters may name. */
export const PROCESS_POINTS = {
  'process.spawn': {
    errors: ['EAGAIN', 'ENOMEM', 'EACCES'],
    syscall: 'spawn',
    fields: ['name', 'args'] satisfies readonly (keyof ProcessSpawnCall)[],
  },
  'process.signal': {
    errors: ['EPERM', 'ESRCH'],
    syscall: 'pidfd_send_signal',
    fields: ['name', 'pid', 'signal'] satisfies readonly (keyof ProcessSignalCall)[],
  },
} as const;
