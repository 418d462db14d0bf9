import type { Clock } from '../core/clock.js';
import { DisposedError, quote } from '../core/errors.js';
import { type Crash, CrashError } from './crash.js';
import { nameOfCall, type OperationLog } from './operation-log.js';
import type { FaultPoint } from './points.js';

/** One call that passes a point, before anything is decided about it. */
export interface Pass {
  readonly point: FaultPoint;
  readonly call: object;
  /** Which call at this point it is, from 1. */
  readonly index: number;
}

/** What all points of a plan share: the clock, the record, who listens, and whether the program under test lives. */
export class FaultEngine {
  readonly clock: Clock;
  readonly log: OperationLog;
  readonly tracers = new Set<(pass: Pass) => void>();
  readonly crashListeners = new Set<() => void>();
  /** Where the program under test died; undefined while it lives. */
  crash: Crash | undefined;
  /**
   * The number of the life that the program under test is in: each death and each reset ends one. A call that was begun
   * in an earlier one must not go on in the name of this.
   */
  life = 0;
  /** The life that began with the last reset. */
  #firstLife = 0;

  constructor(clock: Clock, log: OperationLog) {
    this.clock = clock;
    this.log = log;
  }

  /** Lets the program under test die. @returns The error to throw; what listeners threw is its cause. */
  die(crash: Crash): CrashError {
    this.crash = crash;
    this.life += 1;
    const failures: unknown[] = [];
    for (const listener of [...this.crashListeners]) {
      try {
        listener();
      } catch (error) {
        failures.push(error);
      }
    }
    return new CrashError(
      crash,
      undefined,
      failures.length === 0 ? {} : { cause: new AggregateError(failures, 'listeners to the crash failed') },
    );
  }

  /** Forgets the record and the crash. What was begun before has ended for the record, and takes no effect any more. */
  reset(): void {
    this.crash = undefined;
    this.log.reset();
    this.life += 1;
    this.#firstLife = this.life;
  }

  /** Whether a life belongs to the time before the last reset. */
  isForgotten(life: number): boolean {
    return life < this.#firstLife;
  }

  /** What a call throws that a dead program makes, or that was begun in a life that has ended meanwhile. */
  refuse(point: string, call: object, life: number = this.life): CrashError | DisposedError {
    if (this.isForgotten(life)) {
      return new DisposedError(
        'the time before reset()',
        `${point} ${quote(nameOfCall(call, point))}, which had to wait,`,
        'It has no effect',
      );
    }
    const crash = this.crash ?? { point, name: nameOfCall(call, point), when: 'before', label: 'an earlier crash' };
    return new CrashError(crash, point);
  }
}
