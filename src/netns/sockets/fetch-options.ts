import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { findSignalMistakes, findTimeoutMistakes } from './checks.js';
import type { HostTable } from './host-table.js';

/** What a request may carry. A stream is sent in chunks as it comes, and cannot be sent twice. */
export type FetchBody = string | Uint8Array | URLSearchParams | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** How a request is made: what of WHATWG's `RequestInit` has a meaning here, and what only glovebox has. */
export interface FetchOptions {
  /** @defaultValue GET */
  readonly method?: string;
  /** As `new Headers()` takes them. `host` may be set. */
  readonly headers?: Headers | Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  /** @defaultValue none */
  readonly body?: FetchBody;
  /** Whether redirects are followed (20 at most), returned, or errors. @defaultValue follow */
  readonly redirect?: 'follow' | 'manual' | 'error';
  /** Calls the request off, and its body. */
  readonly signal?: AbortSignal;
  /** How long to wait for the head of the response, and then for each piece of its body, in milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** Names, looked at before those of the namespace. */
  readonly hosts?: HostTable;
}

const KNOWN = [
  'method',
  'headers',
  'body',
  'redirect',
  'signal',
  'timeoutMs',
  'hosts',
] as const satisfies readonly (keyof FetchOptions)[];

/** An RFC 9110 token, as every method is. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

export const FETCH_SUBJECT = 'Netns.fetch';

/** The URL that is meant. @throws UsageError with every mistake */
export function checkFetch(url: unknown, options: FetchOptions): URL {
  checkOptions(FETCH_SUBJECT, options);
  const { body, method = 'GET', redirect } = options;
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : url;
  const isUrl = parsed instanceof URL;
  const isMethod = typeof method === 'string' && TOKEN.test(method);
  const isBody = body === undefined || isFetchBody(body);
  const mistakes = [
    ...(isUrl ? [] : [`url must be an absolute URL, such as "http://10.0.0.1/", not ${quote(url)}`]),
    ...(isUrl && parsed.protocol !== 'http:' ? [`url must begin with http://, not ${quote(parsed.protocol)}`] : []),
    ...(isUrl && (parsed.username !== '' || parsed.password !== '') ? ['url must not hold a name or password'] : []),
    ...findUnknownOptions(options, KNOWN),
    ...(isMethod ? [] : [`method must be a method of HTTP, not ${quote(method)}`]),
    ...(isMethod && /^(?:CONNECT|TRACE|TRACK)$/i.test(method) ? [`${method} is no method that fetch can make`] : []),
    ...(isBody ? [] : [`body must be a string, bytes, URLSearchParams or a stream of bytes, not ${quote(body)}`]),
    ...(isMethod && body !== undefined && /^(?:GET|HEAD)$/i.test(method) ? [`${method} cannot have a body`] : []),
    ...(redirect === undefined || ['follow', 'manual', 'error'].includes(redirect)
      ? []
      : [`redirect must be "follow", "manual" or "error", not ${quote(redirect)}`]),
    ...findSignalMistakes(options.signal),
    ...findTimeoutMistakes(options.timeoutMs),
  ];
  if (mistakes.length > 0 || !isUrl) throw new UsageError(FETCH_SUBJECT, mistakes);
  return parsed;
}

/** Headers, with the mistakes of theirs as a UsageError. */
export function toHeaders(headers: FetchOptions['headers']): Headers {
  try {
    if (headers === undefined || headers instanceof Headers) return new Headers(headers);
    if (isPairs(headers)) return new Headers(headers.map(([name, value]): [string, string] => [name, value]));
    return new Headers(headers);
  } catch (cause) {
    throw new UsageError(FETCH_SUBJECT, `headers are not valid: ${quote(cause)}`, { cause });
  }
}

function isPairs(headers: object): headers is readonly (readonly [string, string])[] {
  return Array.isArray(headers);
}

function isFetchBody(body: unknown): boolean {
  if (typeof body === 'string' || body instanceof Uint8Array || body instanceof URLSearchParams) return true;
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
