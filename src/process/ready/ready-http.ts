import { connect, type Socket } from 'node:net';
import { errnoOf } from '../../core/kernel-error.js';
import type { SpawnPlace } from '../spawn-options.js';
import { pollUntil } from './poll-until.js';
import type { ReadyCheck } from './ready-target.js';

/** How long one answer may take: a server that accepts and says nothing is asked again. */
const ANSWER_TIMEOUT_MS = 1000;

/** Ready when a request is answered as it should be. */
export function createHttpCheck(url: URL, status: number | undefined, place: SpawnPlace | undefined): ReadyCheck {
  let last: string | undefined;
  return {
    description: `an answer of ${url.href}${status === undefined ? '' : ` with status ${status}`}`,
    lastSeen: () => last,
    wait: async (_target, signal) => {
      const answers = async (): Promise<boolean> => {
        const answer = await askHttp(url, place);
        last = typeof answer === 'number' ? `status ${answer}` : answer;
        return isGoodAnswer(answer, status);
      };
      await pollUntil(answers, signal);
    },
  };
}

/** Whether an answer has the status that is wanted, or one from 200 to 299. */
export function isGoodAnswer(answer: number | string, status: number | undefined): boolean {
  return answer === status || (status === undefined && typeof answer === 'number' && answer >= 200 && answer < 300);
}

/** The status of the answer, or why there is none. */
export async function askHttp(url: URL, place: SpawnPlace | undefined): Promise<number | string> {
  // Workers import this entry, by the hundred, and ask nobody.
  const { request } = await import('node:http');
  const createConnection = (): Socket => connectIn(place, url.hostname, Number(url.port || 80));
  return new Promise((resolve) => {
    const attempt = request(
      url,
      { createConnection, timeout: ANSWER_TIMEOUT_MS, headers: { connection: 'close' } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    attempt.once('timeout', () => attempt.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)));
    attempt.once('error', (error) => resolve(errnoOf(error) ?? error.message));
    attempt.end();
  });
}

/** A connection from where a program is. */
export function connectIn(place: SpawnPlace | undefined, hostname: string, port: number): Socket {
  const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
  return place?.connect({ host, port }) ?? connect({ host, port, autoSelectFamily: false });
}
