import { FaultPlan, type FaultPlanOptions } from '../../src/faults/plan.js';

/** A point of the tests' own. */
export interface ToyCall {
  readonly name: string;
  readonly size: number;
}

declare module '../../src/faults/points.js' {
  interface FaultPoints {
    'toy.make': ToyCall;
    'toy.undo': ToyCall;
    'toy.look': ToyCall;
  }
}

export function createPlan(options: FaultPlanOptions = { seed: 1 }): FaultPlan {
  const plan = new FaultPlan(options);
  plan.declare({
    'toy.make': { errors: ['EIO', 'ENOMEM'] },
    'toy.undo': { errors: ['EBUSY'] },
    'toy.look': { read: true },
  });
  return plan;
}

/** Sends a call through a point and says how it ended. */
export function attempt(plan: FaultPlan, name: string, point: 'toy.make' | 'toy.undo' = 'toy.make', size = 1): string {
  try {
    plan.passSync(point, { name, size }, () => undefined);
    return 'ok';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
