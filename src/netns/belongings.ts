import { TimeoutError } from '../core/errors.js';
import { Scope } from '../core/scope.js';
import { within } from '../core/within.js';

/** How long something that was told to end may take. */
const END_TIMEOUT_MS = 5000;

/** Something that was made in a namespace, and that ends with it. */
export interface Belonging {
  /** What messages call it: `server at 10.0.0.1 port 80`. */
  readonly label: string;
  /** Tells it to end, without waiting; may be called again. */
  stop(): void;
  /** Resolves when it has ended. It must not reject. */
  readonly ended: Promise<void>;
}

/** What is open in a namespace: sockets, servers, children. Each leaves when it ends; the rest ends with the namespace. */
export class Belongings {
  readonly #all = new Set<Belonging>();

  add(belonging: Belonging): void {
    this.#all.add(belonging);
    void belonging.ended.then(() => this.#all.delete(belonging));
  }

  /** Tells everything to end, the newest first, past every failure; who failed is told by {@link close}. */
  stop(): ReadonlyMap<Belonging, unknown> {
    const failures = new Map<Belonging, unknown>();
    for (const belonging of [...this.#all].reverse()) {
      try {
        belonging.stop();
      } catch (error) {
        failures.set(belonging, error);
      }
    }
    return failures;
  }

  /**
   * Ends everything, the newest first, and waits for it.
   *
   * @throws ScopeError with every failure; what has not ended after 5 s is one.
   */
  async close(): Promise<void> {
    if (this.#all.size === 0) return;
    const scope = new Scope({ name: 'netns' });
    const all = [...this.#all];
    const failures = this.stop();
    for (const belonging of all) {
      scope.defer(() => {
        this.#all.delete(belonging);
        if (failures.has(belonging)) throw failures.get(belonging);
        return waitForEnd(belonging);
      }, belonging.label);
    }
    await scope.close();
  }
}

async function waitForEnd({ label, ended }: Belonging): Promise<void> {
  const hasEnded = await within(
    ended.then(() => true),
    END_TIMEOUT_MS,
  );
  if (hasEnded === true) return;
  throw new TimeoutError(`${label} has not ended ${END_TIMEOUT_MS} ms after it was told to`, END_TIMEOUT_MS);
}
