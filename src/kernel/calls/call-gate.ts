import type { KernelBackend } from '../backend.js';
import type { KernelFaultPoints } from '../points.js';
import type { KernelPoints } from './kernel-points.js';

/** What the calls of one process go through: the points of the plan, then the backend. */
export class CallGate {
  readonly backend: KernelBackend;
  readonly #points: KernelPoints;

  constructor(backend: KernelBackend, points: KernelPoints) {
    this.backend = backend;
    this.#points = points;
  }

  /** Sends a call through its point. One that had to wait there has no effect when the kernel or the process is gone. */
  pass<P extends keyof KernelFaultPoints, R>(point: P, call: KernelFaultPoints[P], effect: () => R): Promise<R> {
    return this.#points[point].run(call, () => {
      this.backend.assertAlive(point);
      return effect();
    });
  }
}
