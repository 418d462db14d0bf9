import { listFailures, type TeardownFailure } from '../../core/scope-error.js';

/** Something to be taken back, by its name. */
export type Step = readonly [label: string, run: () => void];

/** Takes every step, whatever becomes of those before, and lists what failed. */
export function attemptEach(steps: readonly Step[]): readonly TeardownFailure[] {
  return steps.flatMap(([label, run]) => {
    try {
      run();
      return [];
    } catch (error) {
      return listFailures(label, error);
    }
  });
}
