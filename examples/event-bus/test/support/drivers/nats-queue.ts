import type { NatsConnection } from '@nats-io/transport-node';
import { until } from 'glovebox';
import type { Overflow } from '../../../src/broker/bounded-buffer.ts';

const STREAM = 'TASKS';
const SUBJECT = 'kept.tasks';
const MANY = 65_536;
const DISCARDS: Partial<Record<Overflow, 'old' | 'new'>> = { 'drop-oldest': 'old', reject: 'new' };

/** What the interface of JetStream answers, as far as it is used here. */
interface Answer {
  readonly error?: { readonly description: string };
  readonly state?: { readonly first_seq: number; readonly last_seq: number; readonly messages: number };
  readonly message?: { readonly data: string };
}

/** A stream of JetStream, in files, by requests to its interface: what NATS has for tasks that have to be kept. */
export class NatsQueue {
  readonly #connection: NatsConnection;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** @throws Error when the server will not have it */
  static async create(
    connection: NatsConnection,
    { capacity, overflow }: { readonly capacity: number; readonly overflow: Overflow } = {
      capacity: MANY,
      overflow: 'reject',
    },
  ): Promise<NatsQueue> {
    const queue = new NatsQueue(connection);
    const { error } = await queue.#ask(`$JS.API.STREAM.CREATE.${STREAM}`, {
      name: STREAM,
      subjects: [SUBJECT],
      storage: 'file',
      retention: 'limits',
      discard: DISCARDS[overflow],
      max_msgs: capacity,
      max_consumers: -1,
      max_bytes: -1,
      max_age: 0,
      num_replicas: 1,
    });
    if (error !== undefined) throw new Error(error.description);
    return queue;
  }

  /** Which of so many tasks were refused with an error. */
  async offer(count: number): Promise<readonly number[]> {
    const answers = await Promise.all(Array.from({ length: count }, (_, n) => this.#ask(SUBJECT, n)));
    return answers.flatMap(({ error }, n) => (error === undefined ? [] : [n]));
  }

  /** What is kept, oldest first, as soon as the server answers for it. */
  async takeAll(): Promise<readonly number[]> {
    const find = () => this.#ask(`$JS.API.STREAM.INFO.${STREAM}`).then(({ state }) => state);
    const state = await until(find, { description: 'the stream to be there', timeoutMs: 10_000 });
    const count = state.messages === 0 ? 0 : state.last_seq - state.first_seq + 1;
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        this.#ask(`$JS.API.STREAM.MSG.GET.${STREAM}`, { seq: state.first_seq + n }),
      ),
    );
    return answers.map(({ message }) => Number(Buffer.from(message?.data ?? '', 'base64').toString('utf8')));
  }

  async #ask(subject: string, payload?: unknown): Promise<Answer> {
    const text = payload === undefined ? '' : JSON.stringify(payload);
    return (await this.#connection.request(subject, text, { timeout: 5000 })).json<Answer>();
  }
}
