import { Agent, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AssertionError, UsageError } from '../../core/errors.js';
import type { Inside } from '../inside.js';
import { connectInside } from './connect.js';
import { checkFetch, FETCH_SUBJECT, type FetchBody, type FetchOptions, toHeaders } from './fetch-options.js';
import { resolveHost } from './host-table.js';
import { exchange, type HttpRequest } from './http-exchange.js';

const MAX_REDIRECTS = 20;
/** Of what a redirected request does not send again: fetch.spec.whatwg.org, HTTP-redirect fetch. */
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'];
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'host'];

/** HTTP/1.1 from inside a namespace, on connections that are kept between requests. */
export class HttpClient {
  readonly #inside: Inside;
  readonly #agent: Agent;

  constructor(inside: Inside) {
    this.#inside = inside;
    this.#agent = new InsideAgent(inside);
  }

  /** @throws UsageError, TimeoutError, AbortedError, or Node's error of the connection: ECONNREFUSED, EHOSTUNREACH */
  async fetch(input: string | URL, options: FetchOptions): Promise<Response> {
    const first = checkFetch(input, options);
    const { redirect = 'follow' } = options;
    let request = this.#prepare(first, options);
    for (let count = 0; ; count += 1) {
      const response = await exchange(this.#agent, request);
      const location = findRedirect(response);
      if (location === undefined || redirect === 'manual') return toResponse(response, request.url, count > 0);
      // What is left of it would keep the connection busy.
      response.resume();
      if (redirect === 'error' || count === MAX_REDIRECTS) {
        const reason = redirect === 'error' ? 'redirect is "error"' : `that is redirect ${MAX_REDIRECTS + 1}`;
        const message = `${request.method} ${request.url.href} was redirected to ${location}, and ${reason}`;
        throw new AssertionError(message, { actual: response.statusCode, expected: 'no redirect' });
      }
      request = this.#follow(request, response.statusCode ?? 0, location, options);
    }
  }

  /** Closes the connections that wait for a request. */
  close(): void {
    this.#agent.destroy();
  }

  #prepare(url: URL, options: FetchOptions): HttpRequest {
    return {
      url,
      address: this.#resolve(url, options),
      method: (options.method ?? 'GET').toUpperCase(),
      headers: toHeaders(options.headers),
      body: options.body,
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? 10_000,
    };
  }

  #follow(request: HttpRequest, status: number, location: string, options: FetchOptions): HttpRequest {
    const url = checkFetch(new URL(location, request.url), {});
    const becomesGet =
      (status === 303 && request.method !== 'HEAD' && request.method !== 'GET') ||
      ((status === 301 || status === 302) && request.method === 'POST');
    if (!becomesGet && isStream(request.body)) {
      const problem = `a body that is a stream cannot be sent again, as ${status} to ${url.href} asks; send bytes`;
      throw new UsageError(FETCH_SUBJECT, problem);
    }
    const headers = new Headers(request.headers);
    for (const name of becomesGet ? BODY_HEADERS : []) headers.delete(name);
    for (const name of url.origin === request.url.origin ? [] : SECRET_HEADERS) headers.delete(name);
    const body = becomesGet ? undefined : request.body;
    const method = becomesGet ? 'GET' : request.method;
    return { ...request, url, address: this.#resolve(url, options), method, headers, body };
  }

  #resolve(url: URL, options: FetchOptions): string {
    const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
    return resolveHost(FETCH_SUBJECT, host, options.hosts, this.#inside.hosts);
  }
}

class InsideAgent extends Agent {
  readonly #inside: Inside;

  constructor(inside: Inside) {
    super({ keepAlive: true });
    this.#inside = inside;
  }

  override createConnection(options: { readonly host?: string | null; readonly port?: string | number | null }) {
    return connectInside(this.#inside, { host: options.host ?? '', port: Number(options.port), noDelay: true });
  }
}

function isStream(body: FetchBody | undefined): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array) && !(body instanceof URLSearchParams);
}

function findRedirect({ headers, statusCode = 0 }: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(statusCode) ? headers.location : undefined;
}

function toResponse(message: IncomingMessage, url: URL, redirected: boolean): Response {
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '');
  }
  const { statusCode: status = 0, statusMessage: statusText = '' } = message;
  const hasBody = ![204, 205, 304].includes(status);
  if (!hasBody) message.resume();
  const response = createResponse(message, hasBody, { status, statusText, headers });
  // The constructor cannot be told of these.
  Object.defineProperties(response, { url: { value: url.href }, redirected: { value: redirected } });
  return response;
}

function createResponse(message: IncomingMessage, hasBody: boolean, init: ResponseInit): Response {
  try {
    return new Response(hasBody ? Readable.toWeb(message) : null, init);
  } catch (error) {
    // A status that is none, such as 600: nobody would read the rest.
    message.destroy();
    throw error;
  }
}
