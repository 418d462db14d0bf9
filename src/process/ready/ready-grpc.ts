import { errnoOf } from '../../core/kernel-error.js';
import type { SpawnPlace } from '../spawn-options.js';
import { pollUntil } from './poll-until.js';
import { connectIn } from './ready-http.js';
import type { ReadyGrpc } from './ready-spec.js';
import type { ReadyCheck } from './ready-target.js';

const ANSWER_TIMEOUT_MS = 1000;
/** Of HealthCheckResponse, in grpc.health.v1. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** Ready when the health service says SERVING. */
export function createGrpcCheck(
  { port, host = '127.0.0.1', service = '' }: ReadyGrpc['grpc'],
  place: SpawnPlace | undefined,
): ReadyCheck {
  let last: string | undefined;
  return {
    description: `SERVING of the gRPC health service at ${host} port ${port}`,
    lastSeen: () => last,
    wait: async (_target, signal) => {
      const isServing = async (): Promise<boolean> => {
        last = await ask(host, port, service, place);
        return last === 'SERVING';
      };
      await pollUntil(isServing, signal);
    },
  };
}

/** One call of Check over HTTP/2: what it says, or why it says nothing. */
async function ask(host: string, port: number, service: string, place: SpawnPlace | undefined): Promise<string> {
  // Workers import this entry, by the hundred, and ask nobody.
  const { connect } = await import('node:http2');
  return new Promise((resolve) => {
    const session = connect(`http://${host}:${port}`, { createConnection: () => connectIn(place, host, port) });
    const settle = (answer: string): void => {
      session.destroy();
      resolve(answer);
    };
    session.setTimeout(ANSWER_TIMEOUT_MS, () => settle(`no answer in ${ANSWER_TIMEOUT_MS} ms`));
    session.once('error', (error) => settle(errnoOf(error) ?? error.message));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let code: unknown;
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('response', (headers) => {
      code = headers['grpc-status'];
    });
    stream.once('trailers', (headers) => {
      code = headers['grpc-status'] ?? code;
    });
    stream.once('error', (error) => settle(errnoOf(error) ?? error.message));
    stream.once('end', () =>
      settle(code === undefined || code === '0' ? readStatus(Buffer.concat(chunks)) : `gRPC status ${code}`),
    );
    stream.end(encodeRequest(service));
  });
}

/** A message of gRPC (no compression, length) with HealthCheckRequest: field 1, a string. */
function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** HealthCheckResponse: field 1, an enum, which is absent when it is 0. */
function readStatus(bytes: Buffer): string {
  const message = bytes.subarray(5);
  const value = message[0] === 0x08 ? message[1] : 0;
  return STATUSES[value ?? 0] ?? `status ${value}`;
}
