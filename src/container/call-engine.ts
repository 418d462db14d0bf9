import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { EngineConnection } from './engine-connection.js';

/** What an engine answered that is no success. */
export class EngineAnswerError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** An engine that was asked and said nothing for too long. */
export class SilentEngineError extends Error {}

/** One call of the engine's API. */
export interface EngineCall {
  /** @defaultValue 'GET' */
  readonly method?: 'GET' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** How long it may say nothing, in milliseconds. @defaultValue 30000 */
  readonly timeoutMs?: number;
}

/**
 * Calls the engine by plain HTTP: what runs when a test runner was killed is there at once, for it loads no client.
 *
 * @returns what it answered, out of JSON
 * @throws EngineAnswerError @throws SilentEngineError; Node's errors of connections
 */
export async function callEngine(connection: EngineConnection, call: EngineCall): Promise<unknown> {
  const { method = 'GET', path, query = {}, timeoutMs = 30_000 } = call;
  const target = `${path}?${new URLSearchParams(query)}`;
  const send = await prepare(connection, { method, path: target, agent: false, timeout: timeoutMs });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = send(resolve);
    sent.once('timeout', () => sent.destroy(new SilentEngineError(`it says nothing for ${timeoutMs} ms`)));
    sent.once('error', reject);
    sent.end();
  });
  return readAnswer(response);
}

type Send = (answer: (response: IncomingMessage) => void) => ClientRequest;

async function prepare(connection: EngineConnection, options: RequestOptions): Promise<Send> {
  if ('socketPath' in connection) return (answer) => request({ ...options, socketPath: connection.socketPath }, answer);
  const { host, port, tls } = connection;
  if (tls === undefined) return (answer) => request({ ...options, host, port }, answer);
  // Most engines are reached without, and it takes as long to load as all else.
  const https = await import('node:https');
  return (answer) => https.request({ ...options, host, port, ...tls }, answer);
}

async function readAnswer(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString();
  const { statusCode = 0 } = response;
  if (statusCode >= 200 && statusCode < 300) return parseAnswer(text);
  const told = parseAnswer(text);
  const isTold = typeof told === 'object' && told !== null && 'message' in told;
  throw new EngineAnswerError(statusCode, isTold ? String(told.message) : `it answered ${statusCode}`);
}

/** A ping is answered with words. */
function parseAnswer(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
