import { EventEmitter } from 'node:events';
import type { EventMap } from 'typed-emitter';

/**
 * An event emitter whose event names and arguments are checked by the compiler. `Events` maps each name to the type of
 * its listeners, and must be a type alias (an interface has no index signature).
 */
// An import type, because a default import of this CommonJS package means two things under `nodenext` and `bundler`.
export type TypedEmitter<Events extends EventMap> = import('typed-emitter').default<Events>;

/** How an emitter of {@link createEmitter} treats its listeners. */
export interface EmitterOptions {
  /**
   * Takes what a listener threw, or what the promise of an `async` listener was rejected with.
   *
   * @defaultValue it becomes an uncaught exception, which test runners report as a failure of the run
   */
  readonly onListenerError?: (error: unknown, event: string | symbol) => void;
}

/**
 * Makes a typed emitter for which emitting is always safe: a listener that fails neither stops the listeners after it
 * nor the code that emits, whose state is half changed at that moment. Nothing is swallowed: the failure goes to
 * `onListenerError`. For the same reason `error` is an event like any other: it needs no listener.
 *
 * @example
 * ```ts
 * const events = createEmitter<{ loaded: (name: string) => void }>();
 * events.on('loaded', (name) => names.push(name));
 * events.emit('loaded', 'prog_one');
 * ```
 */
export function createEmitter<Events extends EventMap>(options: EmitterOptions = {}): TypedEmitter<Events> {
  return new SafeEmitter(options.onListenerError ?? throwUncaught) as unknown as TypedEmitter<Events>;
}

class SafeEmitter extends EventEmitter {
  readonly #report: (error: unknown, event: string | symbol) => void;

  constructor(report: (error: unknown, event: string | symbol) => void) {
    super();
    this.#report = report;
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (this.listenerCount(event) === 0) return false;
    // The raw listeners: the wrapper of a `once` takes itself off when it is called.
    for (const listener of this.rawListeners(event)) {
      try {
        const result: unknown = Reflect.apply(listener, this, args);
        if (result instanceof Promise) result.catch((error: unknown) => this.#report(error, event));
      } catch (error) {
        this.#report(error, event);
      }
    }
    return true;
  }
}

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
