import type { Clock } from '../core/clock.js';
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
  /** Counts deaths: a call that was begun by a process that is dead by now must not go on in the next one's name. */
  deaths = 0;

  constructor(clock: Clock, log: OperationLog) {
    this.clock = clock;
    this.log = log;
  }

  /** Lets the program under test die. @returns The error to throw; what listeners threw is its cause. */
  die(crash: Crash): CrashError {
    this.crash = crash;
    this.deaths += 1;
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

  /** What a call of a dead program throws. */
  refuse(point: string, call: object): CrashError {
    const crash = this.crash ?? { point, name: nameOfCall(call, point), when: 'before', label: 'an earlier crash' };
    return new CrashError(crash, point);
  }
}
