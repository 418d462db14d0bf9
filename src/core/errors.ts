/**
 * The stable codes of glovebox's own errors. A code never changes its meaning; messages may.
 */
export type GloveboxErrorCode =
  | 'ERR_GLOVEBOX_USAGE'
  | 'ERR_GLOVEBOX_UNSUPPORTED'
  | 'ERR_GLOVEBOX_TIMEOUT'
  | 'ERR_GLOVEBOX_ABORTED'
  | 'ERR_GLOVEBOX_DISPOSED'
  | 'ERR_GLOVEBOX_TEARDOWN'
  | 'ERR_GLOVEBOX_ASSERTION'
  | 'ERR_GLOVEBOX_FAULT_UNFIRED'
  | 'ERR_GLOVEBOX_CRASH'
  | 'ERR_GLOVEBOX_EXPLORE'
  | 'ERR_GLOVEBOX_NAMESPACE_LOST'
  | 'ERR_GLOVEBOX_THREAD_ENDED'
  | 'ERR_GLOVEBOX_DATAGRAM_LOST'
  | 'ERR_GLOVEBOX_PROCESS_START'
  | 'ERR_GLOVEBOX_PROCESS_NOT_READY'
  | 'ERR_GLOVEBOX_PROCESS_EXIT'
  | 'ERR_GLOVEBOX_PROCESS_ENDED'
  | 'ERR_GLOVEBOX_CONTAINER_ENGINE'
  | 'ERR_GLOVEBOX_CONTAINER_IMAGE'
  | 'ERR_GLOVEBOX_CONTAINER_START'
  | 'ERR_GLOVEBOX_CONTAINER_NOT_READY'
  | 'ERR_GLOVEBOX_CONTAINER_COMMAND'
  | 'ERR_GLOVEBOX_CONTAINER_ENDED'
  | 'ERR_GLOVEBOX_JOURNAL'
  | 'ERR_GLOVEBOX_REPORT'
  | 'ERR_GLOVEBOX_MESSAGE_TOO_LARGE'
  | 'ERR_GLOVEBOX_MESSAGE_MALFORMED'
  | 'ERR_GLOVEBOX_MESSAGE_CUT_OFF'
  | 'ERR_GLOVEBOX_MESSAGE_BACKLOG'
  | 'ERR_GLOVEBOX_MESSAGE_CLOSED'
  | 'ERR_GLOVEBOX_MESSAGE_HANDLER'
  | 'ERR_GLOVEBOX_MESSAGE_CONNECT'
  | 'ERR_GLOVEBOX_VM_START'
  | 'ERR_GLOVEBOX_VM_PANIC'
  | 'ERR_GLOVEBOX_VM_HUNG'
  | 'ERR_GLOVEBOX_VM_LOST'
  | 'ERR_GLOVEBOX_VM_COMMAND'
  | 'ERR_GLOVEBOX_VM_KERNEL'
  | 'ERR_GLOVEBOX_VM_SNAPSHOT';

/** What every error of glovebox has beside its message: a stable code, and the cause where there is one. */
export interface GloveboxErrorOptions {
  readonly cause?: unknown;
}

/**
 * The base of the errors that glovebox itself throws. Mistakes in a call are {@link UsageError}s, which are `TypeError`s
 * instead; {@link isGloveboxError} knows both. A kernel's answer is neither: it is a `KernelError`, real or fake.
 */
export class GloveboxError extends Error {
  override readonly name: string = 'GloveboxError';
  readonly code: GloveboxErrorCode;

  constructor(code: GloveboxErrorCode, message: string, options: GloveboxErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A call that can never work: a wrong type, an empty name, options that contradict each other. It is a `TypeError`,
 * quotes the bad value, says what is allowed, and lists every mistake of the call in {@link UsageError.problems}.
 */
export class UsageError extends TypeError {
  override readonly name: string = 'UsageError';
  readonly code = 'ERR_GLOVEBOX_USAGE';
  /** One entry for each mistake, in the order of the arguments. */
  readonly problems: readonly string[];

  constructor(subject: string, problems: string | readonly string[], options: GloveboxErrorOptions = {}) {
    const list = typeof problems === 'string' ? [problems] : problems;
    super(
      list.length === 1 ? `${subject}: ${list[0]}` : `${subject}: ${list.length} mistakes:\n${bullets(list)}`,
      options,
    );
    this.problems = list;
  }
}

/** What is missing, and how to get it. */
export interface MissingCapability {
  /** The capability, in the words of the field: `netns`, `bpf`, `tcx`, `kvm`. */
  readonly capability: string;
  /** Why it is not there, as far as it is known. */
  readonly reason: string;
  /** The exact command or setting that would provide it. */
  readonly fix: string;
}

/** This machine or this kernel cannot do what was asked. It is the only error that turns a test into a skip. */
export class UnsupportedError extends GloveboxError {
  override readonly name = 'UnsupportedError';
  readonly capability: string;
  readonly fix: string;

  constructor(missing: MissingCapability, options: GloveboxErrorOptions = {}) {
    super(
      'ERR_GLOVEBOX_UNSUPPORTED',
      `${missing.capability} is not available: ${missing.reason}. To mend it: ${missing.fix}`,
      options,
    );
    this.capability = missing.capability;
    this.fix = missing.fix;
  }
}

/** A deadline passed. */
export class TimeoutError extends GloveboxError {
  override readonly name = 'TimeoutError';
  readonly timeoutMs: number;

  constructor(message: string, timeoutMs: number, options: GloveboxErrorOptions = {}) {
    super('ERR_GLOVEBOX_TIMEOUT', message, options);
    this.timeoutMs = timeoutMs;
  }
}

/** A wait was called off through its `AbortSignal`; `cause` is the signal's reason. */
export class AbortedError extends GloveboxError {
  override readonly name = 'AbortedError';

  constructor(message: string, options: GloveboxErrorOptions = {}) {
    super('ERR_GLOVEBOX_ABORTED', message, options);
  }
}

/** Something was used after its owner had closed it. */
export class DisposedError extends GloveboxError {
  override readonly name = 'DisposedError';

  /**
   * @param subject - What is closed: `scope "test"`.
   * @param action - What was tried, as the subject of a sentence: `child("lab")`.
   * @param consequence - What was done about it instead, as a sentence without its full stop.
   */
  constructor(subject: string, action: string, consequence?: string) {
    const note = consequence === undefined ? '' : `${consequence}. `;
    super(
      'ERR_GLOVEBOX_DISPOSED',
      `${subject} is closed: ${action} is no longer possible. ${note}Do it before the scope or test that owns it ends`,
    );
  }
}

/** An assertion of glovebox did not hold. Test runners show `actual` and `expected` as a diff. */
export class AssertionError extends GloveboxError {
  override readonly name = 'AssertionError';
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(message: string, details: { readonly actual?: unknown; readonly expected?: unknown } = {}) {
    super('ERR_GLOVEBOX_ASSERTION', message);
    this.actual = details.actual;
    this.expected = details.expected;
  }
}

/** Whether an error is one of glovebox's own: a {@link GloveboxError} or a {@link UsageError}, each with a stable code. */
export function isGloveboxError(error: unknown): error is GloveboxError | UsageError {
  return error instanceof GloveboxError || error instanceof UsageError;
}

/** A value as a message quotes it: short, on one line, strings in quotes. */
export function quote(value: unknown): string {
  const text = renderSafely(value).replace(/\s*\n\s*/g, ' ');
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** What cannot even be looked at, such as a proxy that was revoked, is still named by its type. */
function renderSafely(value: unknown): string {
  try {
    return render(value);
  } catch {
    return `[${typeof value}]`;
  }
}

function render(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `[function ${value.name || 'anonymous'}]`;
    case 'object': {
      if (value === null) return 'null';
      if (value instanceof Error) return `[${value.name}: ${value.message}]`;
      if (value instanceof RegExp) return String(value);
      return renderObject(value);
    }
    default:
      return String(value);
  }
}

function renderObject(value: object): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value, keepUnrepresentable) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
  if (json !== '{}') return json;
  // A promise, a map, an object that keeps everything private: its class says more than its fields.
  const name: unknown = Reflect.get(value, 'constructor')?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `[${name}]` : json;
}

/** JSON turns NaN into null and refuses a bigint; in a message about a bad value, both must stay what they are. */
function keepUnrepresentable(_key: string, value: unknown): unknown {
  const isPlain = typeof value !== 'bigint' && (typeof value !== 'number' || Number.isFinite(value));
  return isPlain ? value : render(value);
}

/** The last lines of a log, below the message that they belong to. */
export function renderTail(title: string, lines: readonly string[]): string {
  return [`  ${title}:`, ...lines.map((line) => `    ${line}`)].join('\n');
}

/** Lines with a bullet each, for messages that list several things. */
export function bullets(lines: readonly string[]): string {
  return lines.map((line) => `  - ${line}`).join('\n');
}
