import { bullets, GloveboxError, type GloveboxErrorOptions, quote } from './errors.js';

/** One failure of a teardown. */
export interface TeardownFailure {
  /** What could not be closed, its owners first: `lab / link "veth0"`. */
  readonly label: string;
  /** What its disposer threw. */
  readonly error: unknown;
}

/** What makes up a {@link ScopeError}. */
export interface ScopeErrorDetails {
  /** The scope, as a message names it: `scope "test"`. */
  readonly subject: string;
  /** Every failure, in the order in which they happened. */
  readonly failures: readonly TeardownFailure[];
  /** What failed before the teardown did, where something had. */
  readonly original?: { readonly error: unknown };
}

/**
 * The teardown of a scope failed, in one place or in many; everything else in the scope was closed nevertheless. When
 * the work in the scope had failed before, its error comes first: in the message, as `errors[0]` and as `cause`.
 */
export class ScopeError extends GloveboxError {
  override readonly name = 'ScopeError';
  /** The scope, as the message names it: `scope "test"`. */
  readonly subject: string;
  /** The error of the work, if it failed, and then that of each failed disposer. */
  readonly errors: readonly unknown[];
  /** The failures of the teardown, each with its label. */
  readonly failures: readonly TeardownFailure[];

  constructor(details: ScopeErrorDetails) {
    const { failures, original, subject } = details;
    const teardown = `${subject}: teardown failed in ${failures.length} ${failures.length === 1 ? 'place' : 'places'}:\n${bullets(
      failures.map(({ label, error }) => `${label}: ${describeError(error)}`.replaceAll('\n', '\n    ')),
    )}`;
    const options: GloveboxErrorOptions = { cause: original ? original.error : failures[0]?.error };
    super(
      'ERR_GLOVEBOX_TEARDOWN',
      original ? `${describeError(original.error)}\n\nAnd then, ${teardown}` : teardown,
      options,
    );
    this.subject = subject;
    this.failures = failures;
    this.errors = [...(original ? [original.error] : []), ...failures.map(({ error }) => error)];
  }
}

/** The failures in what a disposer threw: those of an inner scope one by one, anything else as it is. */
export function listFailures(label: string, error: unknown): readonly TeardownFailure[] {
  if (!(error instanceof ScopeError) || error.failures.length !== error.errors.length) return [{ label, error }];
  return error.failures.map((inner) => ({ label: `${label} / ${inner.label}`, error: inner.error }));
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${quote(error)}`;
  return `${error.name}: ${error.message}`;
}
