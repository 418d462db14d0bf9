import { messageOf, toManagerError, withLeftovers } from './errors.js';

interface Step {
  readonly description: string;
  readonly undo: () => Promise<void> | void;
}

/** How to undo what was done so far. */
export class Rollback {
  readonly #steps: Step[] = [];

  /**
   * @param description - What undoing does: `unload program 7`.
   * @param undo - Must be harmless when there is nothing to undo, if it is added before the step it belongs to.
   */
  add(description: string, undo: () => Promise<void> | void): void {
    this.#steps.push({ description, undo });
  }

  /** Undoes every step in reverse, whatever fails, and tells what failed. */
  async run(): Promise<readonly string[]> {
    const failures: string[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step.undo();
      } catch (error) {
        failures.push(`${step.description}: ${messageOf(error)}`);
      }
    }
    return failures;
  }
}

/**
 * Does several steps as one: when one fails, those before it are undone in reverse. The error is that of the step; what
 * could not be undone is told beside it.
 */
export async function asOne<T>(action: string, body: (rollback: Rollback) => Promise<T>): Promise<T> {
  const rollback = new Rollback();
  try {
    return await body(rollback);
  } catch (error) {
    throw withLeftovers(toManagerError(error, action), await rollback.run());
  }
}

/** Does every step, whatever fails, and tells what failed. */
export async function doAll(steps: readonly Step[]): Promise<readonly string[]> {
  const rollback = new Rollback();
  for (const step of [...steps].reverse()) rollback.add(step.description, step.undo);
  return await rollback.run();
}
