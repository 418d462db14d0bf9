import type { Random } from '../../core/random.js';
import type { Scope } from '../../core/scope.js';
import type { VirtualClock } from '../../core/virtual-clock.js';
import type { FaultPlan } from '../plan.js';

/** What every run of a scenario is given anew. */
export interface ScenarioTools {
  /** The plan on which exploration arms its faults; make fakes and instrumented objects with it. */
  readonly faults: FaultPlan;
  /**
   * A clock that goes to its next timer by itself whenever nothing else can run, so that retries with backoff take no
   * time. Files and sockets do not count as running: what waits for both may see the timer first.
   */
  readonly clock: VirtualClock;
  /** From the exploration's seed, the same in every run. */
  readonly random: Random;
  /** Closed after the run; a failure of that is a failing case. */
  readonly scope: Scope;
}

/** What is explored: something that is done, and what must hold after it, whatever failed in between. */
export interface Scenario<World> {
  /** Makes what the run works on; no fault is armed yet. */
  setup(tools: ScenarioTools): World | Promise<World>;
  /** What is done. It may fail: what must hold then is for the invariants to say. */
  run(world: World): unknown;
  /** What a restarted program does before it goes on; called after a crash, without faults. */
  recover?(world: World): unknown;
  /** What must hold after each run, by name: each throws when it does not. No fault is armed any more. */
  readonly invariants: Readonly<Record<string, (world: World, outcome: ScenarioOutcome) => void | Promise<void>>>;
}

/** A fault of exploration: the `call`th call at a point fails, or the program crashes there. */
export type CaseFault = FailFault | CrashFault;

/** The `call`th call at a point fails, before or after it took effect; once, or with every later call there. */
export interface FailFault {
  readonly point: string;
  /** Which call at this point, counted from 1 since the run began. */
  readonly call: number;
  readonly effect: 'before' | 'after';
  /** An errno name; `e0`, `e1`… for an error that has no such name, by its place among the point's errors; `injected`. */
  readonly error: string;
  readonly lasts: 'once' | 'persistent';
}

/** The program under test crashes at the `call`th call at a point, before or after that took effect. */
export interface CrashFault {
  readonly point: string;
  readonly call: number;
  readonly effect: 'crash-before' | 'crash-after';
}

/** How a run ended. */
export interface ScenarioOutcome {
  /** `error` when the run threw, `crashed` when a fault let the program under test die. */
  readonly status: 'ok' | 'error' | 'crashed';
  /** What the run threw. */
  readonly error?: unknown;
  /** The faults that were armed: none in the first run. */
  readonly faults: readonly CaseFault[];
}
