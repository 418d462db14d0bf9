import { checkOptions } from './check-options.js';
import { DisposedError, quote, UsageError } from './errors.js';
import { listFailures, ScopeError, type TeardownFailure } from './scope-error.js';

/** How a {@link Scope} is made. */
export interface ScopeOptions {
  /**
   * What messages call the scope.
   *
   * @defaultValue none; messages say `scope`
   */
  readonly name?: string;
  /**
   * Disposes of one thing, in this scope and in its children: to wait no longer than it may, say. What it throws is the
   * failure of that thing, and the next one follows.
   *
   * @defaultValue calls `dispose`, and waits as long as it takes
   */
  readonly disposeOne?: (dispose: () => unknown, label: string) => unknown;
}

interface Entry {
  readonly label: string;
  readonly dispose: () => unknown;
  /** It is a child, which does so with each of its own. */
  readonly isScope?: boolean;
}

/**
 * An owner: whatever is created is given to a scope, and is gone when the scope is. Teardown goes in reverse order, one
 * after the other, past every failure, and reports all of them in one {@link ScopeError}.
 *
 * A disposer must not await the `close()` of the scope that runs it: each would wait for the other.
 *
 * @example
 * ```ts
 * await using scope = new Scope({ name: 'relay' });
 * const server = scope.use(await startServer());
 * const directory = scope.adopt(await mkdtemp('relay-'), (path) => rm(path, { recursive: true }), 'directory');
 * scope.defer(() => restoreRoutes(), 'routes');
 * ```
 */
export class Scope implements AsyncDisposable {
  readonly name: string | undefined;
  readonly #entries: Entry[] = [];
  readonly #disposeOne: NonNullable<ScopeOptions['disposeOne']>;
  #count = 0;
  #closed = false;
  #ended = false;
  #closing: Promise<void> | undefined;

  /** @throws UsageError when `name` is empty or no string. */
  constructor(options: ScopeOptions = {}) {
    checkOptions('Scope', options);
    const { name, disposeOne = (dispose) => dispose() } = options;
    if (name !== undefined) checkLabel('Scope', 'name', name);
    checkFunction('Scope', 'disposeOne', disposeOne);
    this.name = name;
    this.#disposeOne = disposeOne;
  }

  /** Whether `close` was called; from then on the scope takes nothing more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many things the scope owns; a child counts as one until it is closed. */
  get size(): number {
    return this.#entries.length;
  }

  /**
   * Owns something that can dispose of itself, by `Symbol.asyncDispose` or else by `Symbol.dispose`.
   *
   * @param label - What messages call it; by default its class and the place it was taken in, such as `Server #2`.
   * @throws UsageError when it cannot dispose of itself.
   * @throws DisposedError after `close`; the resource is disposed of nevertheless, so that it cannot leak.
   */
  use<T extends AsyncDisposable | Disposable>(resource: T, label?: string): T {
    const dispose = findDisposer(resource);
    if (dispose === undefined) {
      throw new UsageError(
        'Scope.use',
        `resource must have Symbol.asyncDispose or Symbol.dispose; received ${quote(resource)}. Use adopt(value, dispose) instead`,
      );
    }
    this.#add('use', label, nameOf(resource, 'resource'), dispose);
    return resource;
  }

  /**
   * Owns a value that cannot dispose of itself, together with the function that does.
   *
   * @throws UsageError when `dispose` is no function, or `label` is empty.
   * @throws DisposedError after `close`; the value is disposed of nevertheless, so that it cannot leak.
   */
  adopt<T>(value: T, dispose: (value: T) => unknown, label?: string): T {
    checkFunction('Scope.adopt', 'dispose', dispose);
    this.#add('adopt', label, nameOf(value, 'value'), () => dispose(value));
    return value;
  }

  /**
   * Calls a function when the scope is closed.
   *
   * @throws UsageError when `fn` is no function, or `label` is empty.
   * @throws DisposedError after `close`; the function is called nevertheless, at once.
   */
  defer(fn: () => unknown, label?: string): void {
    checkFunction('Scope.defer', 'fn', fn);
    this.#add('defer', label, fn.name || 'deferred', () => fn());
  }

  /**
   * Opens a scope that this one owns. It may be closed before its parent, and is forgotten then.
   *
   * @throws UsageError when `name` is empty or no string.
   * @throws DisposedError after `close`.
   */
  child(name: string): Scope {
    checkLabel('Scope.child', 'name', name);
    if (this.#closed) throw new DisposedError(this.#subject, `child(${quote(name)})`);
    const child = new Scope({ name, disposeOne: this.#disposeOne });
    const entry: Entry = { label: name, dispose: () => child.close(), isScope: true };
    this.#entries.push(entry);
    child.#whenEnded = () => {
      const index = this.#entries.indexOf(entry);
      if (index >= 0) this.#entries.splice(index, 1);
    };
    return child;
  }

  /**
   * Disposes of everything, in reverse order. Safe to call again: while it runs, every caller gets the same promise and
   * learns of the same failures; once it has ended, the failures have been told, and nothing happens.
   *
   * @throws ScopeError when something could not be disposed of.
   */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closed = true;
      // Not at once: a disposer that calls close must find the promise there.
      this.#closing = Promise.resolve()
        .then(() => this.#tearDown())
        .finally(() => {
          this.#closing = Promise.resolve();
        });
    }
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #whenEnded: () => void = () => {};

  get #subject(): string {
    return this.name === undefined ? 'scope' : `scope ${quote(this.name)}`;
  }

  #add(action: string, label: string | undefined, kind: string, dispose: () => unknown): void {
    if (label !== undefined) checkLabel(`Scope.${action}`, 'label', label);
    this.#count += 1;
    const entry: Entry = { label: label ?? `${kind} #${this.#count}`, dispose };
    if (this.#ended) void disposeLate(entry);
    else this.#entries.push(entry);
    if (this.#closed) {
      throw new DisposedError(
        this.#subject,
        `${action}(${entry.label})`,
        'It is disposed of instead, so that nothing leaks',
      );
    }
  }

  async #tearDown(): Promise<void> {
    const failures: TeardownFailure[] = [];
    // What comes while this runs is put last and so taken next; its owner has been told that the scope is closed.
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      try {
        await (entry.isScope === true ? entry.dispose() : this.#disposeOne(entry.dispose, entry.label));
      } catch (error) {
        failures.push(...listFailures(entry.label, error));
      }
    }
    this.#ended = true;
    this.#whenEnded();
    if (failures.length > 0) throw new ScopeError({ subject: this.#subject, failures });
  }
}

/** The scope has ended and can report nothing more, so a failure is a warning of the process: seen, yet not deadly. */
async function disposeLate(entry: Entry): Promise<void> {
  try {
    await entry.dispose();
  } catch (error) {
    process.emitWarning(
      `${entry.label} came after its scope had closed, and could not be disposed of: ${quote(error)}`,
      {
        type: 'GloveboxWarning',
        code: 'ERR_GLOVEBOX_TEARDOWN',
      },
    );
  }
}

function findDisposer(resource: unknown): (() => unknown) | undefined {
  if ((typeof resource !== 'object' && typeof resource !== 'function') || resource === null) return undefined;
  const methods: Partial<AsyncDisposable & Disposable> = resource;
  const dispose: unknown = methods[Symbol.asyncDispose] ?? methods[Symbol.dispose];
  return typeof dispose === 'function' ? () => dispose.call(resource) : undefined;
}

/** What to call a value that was given no label: a string itself, otherwise the class. */
function nameOf(value: unknown, fallback: string): string {
  if (typeof value === 'string') return quote(value);
  const name = typeof value === 'object' && value !== null ? value.constructor?.name : undefined;
  return name === undefined || name === '' || name === 'Object' ? fallback : name;
}

function checkLabel(subject: string, name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw new UsageError(subject, `${name} must be a string that is not empty; received ${quote(value)}`);
}

function checkFunction(subject: string, name: string, value: unknown): void {
  if (typeof value !== 'function')
    throw new UsageError(subject, `${name} must be a function; received ${quote(value)}`);
}
