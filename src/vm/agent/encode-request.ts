import { quote, UsageError } from '../../core/errors.js';
import { MAX_PAYLOAD_BYTES } from './frame.js';

/** A program to start in the guest. */
export interface ExecRequest {
  /** The program and its arguments; no shell reads them. A name without a slash is looked for in `PATH` of `env`. */
  readonly argv: readonly string[];
  /** The whole environment. @defaultValue `PATH`, `HOME` and `TERM` of a login as root */
  readonly env?: Readonly<Record<string, string>>;
  /** @defaultValue `/` */
  readonly cwd?: string;
  /** @defaultValue 0 */
  readonly uid?: number;
  /** @defaultValue that of `uid` */
  readonly gid?: number;
  /** A terminal of its own instead of pipes; both outputs are `stdout` then. */
  readonly pty?: { readonly rows: number; readonly columns: number };
  /** `ignore`: it reads an end of file at once. @defaultValue 'pipe' */
  readonly stdin?: 'pipe' | 'ignore';
}

const DEFAULT_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  TERM: 'linux',
};
const MAX_STRINGS = 4096;

/** @throws UsageError for an empty argv, a NUL character, more than a frame holds */
export function encodeExec(request: ExecRequest): Buffer {
  const { argv, env = DEFAULT_ENV, cwd = '', uid, gid, pty, stdin } = request;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const mistakes: string[] = [];
  if (argv.length === 0) mistakes.push('argv must name a program: it is empty');
  for (const [index, word] of argv.entries())
    if (word.includes('\0')) mistakes.push(`argv[${index}] contains a NUL character: ${quote(word)}`);
  for (const variable of variables)
    if (variable.includes('\0')) mistakes.push(`env contains a NUL character: ${quote(variable)}`);
  if (cwd.includes('\0')) mistakes.push(`cwd contains a NUL character: ${quote(cwd)}`);
  if (argv.length + variables.length > MAX_STRINGS)
    mistakes.push(
      `argv and env together are ${argv.length + variables.length} strings: at most ${MAX_STRINGS} can be sent`,
    );
  const head = Buffer.alloc(24);
  head.writeUInt32LE(
    (pty === undefined ? 0 : 1) | (stdin === 'ignore' ? 2 : 0) | (uid === undefined && gid === undefined ? 0 : 4),
    0,
  );
  head.writeUInt32LE(uid ?? 0, 4);
  head.writeUInt32LE(gid ?? uid ?? 0, 8);
  head.writeUInt16LE(pty?.rows ?? 0, 12);
  head.writeUInt16LE(pty?.columns ?? 0, 14);
  head.writeUInt32LE(argv.length, 16);
  head.writeUInt32LE(variables.length, 20);
  const payload = Buffer.concat([head, encodeStrings([cwd, ...argv, ...variables])]);
  if (payload.length > MAX_PAYLOAD_BYTES)
    mistakes.push(
      `argv and env together are ${payload.length} bytes: at most ${MAX_PAYLOAD_BYTES} can be sent; write a file instead`,
    );
  if (mistakes.length > 0) throw new UsageError('exec', mistakes);
  return payload;
}

/** Each with a NUL behind it. */
export function encodeStrings(strings: readonly string[]): Buffer {
  return Buffer.from(strings.map((text) => `${text}\0`).join(''));
}

/** Numbers of 32 bits, one behind the other. */
export function encodeNumbers(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, value] of numbers.entries()) bytes.writeUInt32LE(value >>> 0, 4 * index);
  return bytes;
}

/** @throws UsageError for a path that is empty, relative or contains a NUL character */
export function encodePath(subject: string, path: string): Buffer {
  if (!path.startsWith('/') || path.includes('\0'))
    throw new UsageError(subject, `the path in the guest must be absolute, without NUL characters: ${quote(path)}`);
  return encodeStrings([path]);
}
