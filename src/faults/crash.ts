import { GloveboxError, quote } from '../core/errors.js';

/**
 * The program under test is dead: a fault let it crash. The call at which it crashed throws this, and so does every
 * later call until `FaultPlan.restart()`: what a dead program's rollback would do has no effect.
 */
export class CrashError extends GloveboxError {
  override readonly name = 'CrashError';
  /** The point at which the program crashed. */
  readonly point: string;
  /** Whether the call at that point had taken effect. */
  readonly when: 'before' | 'after';

  /** @param attempted - The call that the dead program made in vain, when it is a later one. */
  constructor(crash: Crash, attempted?: string, options: { readonly cause?: unknown } = {}) {
    const place = `${crash.when} ${crash.point} (${quote(crash.name)}) took effect`;
    super(
      'ERR_GLOVEBOX_CRASH',
      attempted === undefined
        ? `the program under test crashed ${place}, by fault ${quote(crash.label)}`
        : `the program under test crashed ${place}, so its ${attempted} has no effect. Call restart() on the fault plan to go on as its next process`,
      options,
    );
    this.point = crash.point;
    this.when = crash.when;
  }
}

/** Where and how the program under test crashed. */
export interface Crash {
  readonly point: string;
  /** What the call was about. */
  readonly name: string;
  readonly when: 'before' | 'after';
  /** The fault that did it. */
  readonly label: string;
}
