import { ManagerError } from '../errors.js';

/** Collects everything that is wrong with a request, so that the client learns it at once. */
export class Problems {
  readonly #list: string[] = [];

  /** Notes a problem unless the condition holds; tells whether it does. */
  require(condition: boolean, problem: string): boolean {
    if (!condition) this.#list.push(problem);
    return condition;
  }

  /** @throws ManagerError INVALID_ARGUMENT when there are problems. */
  throwIfAny(): void {
    if (this.#list.length > 0) throw new ManagerError('INVALID_ARGUMENT', this.#list.join('; '));
  }

  /** @throws ManagerError INVALID_ARGUMENT */
  fail(problem: string): never {
    throw new ManagerError('INVALID_ARGUMENT', [...this.#list, problem].join('; '));
  }
}
