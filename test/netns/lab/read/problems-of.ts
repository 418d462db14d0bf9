import { UsageError } from '../../../../src/core/errors.js';
import { planLab } from '../../../../src/netns/lab/plan/plan-lab.js';

/** What is wrong with a spec, whatever it is; nothing when a lab can be planned by it. */
export function problemsOf(spec: unknown): readonly string[] {
  try {
    Reflect.apply(planLab, undefined, [spec]);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
}
