import { quote, UsageError } from '../core/errors.js';
import type { InjectionPoint } from '../faults/injection-point.js';
import type { FaultPlan } from '../faults/plan.js';
import { PROCESS_POINTS, type ProcessSignalCall, type ProcessSpawnCall } from './points.js';
import { Run } from './run.js';

/** Sends the starts and the signals of a program through the points of a plan, where it has one. */
export class ProcessFaults {
  readonly #spawn: InjectionPoint<ProcessSpawnCall> | undefined;
  readonly #signal: InjectionPoint<ProcessSignalCall> | undefined;
  readonly #call: ProcessSpawnCall;

  constructor(plan: FaultPlan | undefined, name: string, args: readonly string[]) {
    this.#spawn = plan?.point('process.spawn', PROCESS_POINTS['process.spawn']);
    this.#signal = plan?.point('process.signal', PROCESS_POINTS['process.signal']);
    this.#call = { name, args };
  }

  /** What was started though it is reported to have failed is killed: nobody could stop it. */
  async spawn(start: () => Promise<Run>): Promise<Run> {
    if (this.#spawn === undefined) return start();
    let started: Run | undefined;
    try {
      const run: unknown = await this.#spawn.run(this.#call, async () => {
        started = await start();
        return started;
      });
      if (run instanceof Run) return run;
      throw new UsageError('process.spawn', `a fault cannot answer instead of a start; it answered ${quote(run)}`);
    } catch (error) {
      await started?.kill();
      throw error;
    }
  }

  /** A signal to one process. */
  signal(pid: number, signal: NodeJS.Signals, send: () => void): void {
    if (this.#signal === undefined) send();
    else this.#signal.runSync({ name: this.#call.name, pid, signal }, send);
  }

  /** A signal to all of a program, in effect when this resolves. */
  async signalAll(pid: number, signal: NodeJS.Signals, send: () => void | Promise<void>): Promise<void> {
    if (this.#signal === undefined) return send();
    await this.#signal.run({ name: this.#call.name, pid, signal }, send);
  }
}
