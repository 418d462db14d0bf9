import { type Agent, type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AbortedError, TimeoutError } from '../../core/errors.js';
import { setDeadline } from './deadline.js';
import type { FetchBody } from './fetch-options.js';

/** One request, with everything decided. */
export interface HttpRequest {
  readonly url: URL;
  /** The IP address that the URL's host stands for. */
  readonly address: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: FetchBody | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** Sends one request and resolves with the head of its response. @throws TimeoutError, AbortedError, or what the socket failed with */
export async function exchange(agent: Agent, request: HttpRequest): Promise<IncomingMessage> {
  try {
    return await attempt(agent, request);
  } catch (error) {
    // The server closed a kept connection just when it was taken; Node's manual says to try again.
    if (error instanceof StaleConnection && isRepeatable(request)) return await exchange(agent, request);
    throw error instanceof StaleConnection ? error.cause : error;
  }
}

class StaleConnection extends Error {}

/** Whether a request may be sent again though the server may have seen it: RFC 9110, 9.2.2. */
function isRepeatable({ body, method }: HttpRequest): boolean {
  const isWhole = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  return isWhole && /^(?:GET|HEAD|OPTIONS|PUT|DELETE|TRACE)$/.test(method);
}

function attempt(agent: Agent, request: HttpRequest): Promise<IncomingMessage> {
  const { address, method, signal, timeoutMs, url } = request;
  const what = `${method} ${url.href}`;
  const describeAbort = (): AbortedError => new AbortedError(`${what} was aborted`, { cause: signal?.reason });
  if (signal?.aborted) return Promise.reject(describeAbort());
  return new Promise((resolve, reject) => {
    const { body, headers } = encodeBody(request.body, request.headers);
    const outgoing = sendRequest({
      agent,
      host: address,
      port: url.port === '' ? 80 : Number(url.port),
      method,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, ...headers },
    });
    const abort = (): void => {
      outgoing.destroy(describeAbort());
    };
    signal?.addEventListener('abort', abort, { once: true });
    const message = `No response to ${what} within ${timeoutMs} ms. Is something listening there, and is there a route both ways?`;
    const cancel = setDeadline(timeoutMs, () => void outgoing.destroy(new TimeoutError(message, timeoutMs)));
    const settle = (): void => {
      cancel();
      signal?.removeEventListener('abort', abort);
    };
    outgoing.once('response', (response) => {
      settle();
      watchBody(response, what, request);
      resolve(response);
    });
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      settle();
      const isStale = outgoing.reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');
      reject(isStale ? new StaleConnection('stale', { cause }) : cause);
    });
    sendBody(outgoing, body);
  });
}

/** From the head on, silence and the signal end the body, which passes the error to its reader. */
function watchBody(response: IncomingMessage, what: string, { signal, timeoutMs }: HttpRequest): void {
  const { socket } = response;
  const abort = (): void => {
    response.destroy(new AbortedError(`The body of ${what} was aborted`, { cause: signal?.reason }));
  };
  let { bytesRead } = socket;
  let cancel = (): void => {};
  const watch = (): void => {
    cancel = setDeadline(timeoutMs, () => {
      // A reader that takes its time is no silence of the other end.
      const isSilent = socket.bytesRead === bytesRead && !response.complete && !response.isPaused();
      bytesRead = socket.bytesRead;
      if (!isSilent) watch();
      else
        response.destroy(
          new TimeoutError(`Nothing more of the body of ${what} came within ${timeoutMs} ms`, timeoutMs),
        );
    });
  };
  watch();
  signal?.addEventListener('abort', abort, { once: true });
  response.once('close', () => {
    signal?.removeEventListener('abort', abort);
    cancel();
  });
}

function encodeBody(body: FetchBody | undefined, headers: Headers) {
  const all = Object.fromEntries(headers);
  const bytes = body instanceof URLSearchParams ? body.toString() : body;
  if (bytes === undefined) return { body: undefined, headers: all };
  const type =
    body instanceof URLSearchParams
      ? 'application/x-www-form-urlencoded;charset=UTF-8'
      : typeof body === 'string'
        ? 'text/plain;charset=UTF-8'
        : undefined;
  const typed = type === undefined || headers.has('content-type') ? all : { ...all, 'content-type': type };
  if (typeof bytes !== 'string' && !(bytes instanceof Uint8Array)) return { body: bytes, headers: typed };
  const length = String(Buffer.byteLength(bytes));
  return { body: bytes, headers: { ...typed, 'content-length': length } };
}

function sendBody(outgoing: ClientRequest, body: ReturnType<typeof encodeBody>['body']): void {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body);
  else {
    // A source that fails destroys the request, whose own event tells of it.
    pipeline(Readable.from(body), outgoing).catch((error: unknown) => {
      if (!outgoing.destroyed) outgoing.destroy(error instanceof Error ? error : undefined);
    });
  }
}
