import type { Clock } from '../core/clock.js';
import { quote, UsageError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';
import { RecordList } from './record-list.js';

/** A message that came. */
export interface MessageRecord<Message> {
  readonly message: Message;
  /** Which connection of the server, or of the client, it came by, from 1. */
  readonly connection: number;
  /** On the clock that was given. */
  readonly atMs: number;
}

/** How a message is waited for. */
export interface WaitForMessageOptions {
  /** In milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** What is waited for, as the end of "has not got …". @defaultValue 'the message' */
  readonly description?: string;
}

const WAIT_TIMEOUT_MS = 5000;
const RECEIVED_LIMIT = 10_000;

/** The messages that came to a client or a server, the latest of them, and those who wait for more. */
export class Inbox<Message> {
  readonly #list: RecordList<MessageRecord<Message>>;
  readonly #listeners = new Set<(record: MessageRecord<Message>) => void>();
  readonly #clock: Clock;
  readonly #describe: () => string;

  /** @param describe - Whose it is and how that is, for the message of a failure: `server at 9000, with 2 connections`. */
  constructor(describe: () => string, limit: number = RECEIVED_LIMIT, clock: Clock = new RealClock()) {
    this.#list = new RecordList(limit);
    this.#clock = clock;
    this.#describe = describe;
  }

  get count(): number {
    return this.#list.count;
  }

  list(): readonly MessageRecord<Message>[] {
    return this.#list.list();
  }

  add(message: Message, connection: number): void {
    const record = { message, connection, atMs: this.#clock.now() };
    this.#list.add(record);
    for (const listener of [...this.#listeners]) listener(record);
  }

  /** @returns takes the listener back */
  listen(listener: (record: MessageRecord<Message>) => void): Disposable {
    if (typeof listener !== 'function')
      throw new UsageError('onMessage', `listener must be a function; received ${quote(listener)}`);
    // A function given twice is two listeners.
    const own = (record: MessageRecord<Message>): void => listener(record);
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  async waitForMessage(
    where: (message: Message) => boolean,
    { timeoutMs = WAIT_TIMEOUT_MS, description = 'the message' }: WaitForMessageOptions,
  ): Promise<MessageRecord<Message>> {
    return this.#list.waitFor({
      matches: ({ message }) => where(message),
      timeoutMs,
      describeFailure: (all) => this.#describeFailure(`has not got ${description}`, timeoutMs, all),
    });
  }

  async waitForMessages(
    count: number,
    { timeoutMs = WAIT_TIMEOUT_MS, description = 'messages' }: WaitForMessageOptions,
  ): Promise<readonly MessageRecord<Message>[]> {
    if (count > this.count)
      await this.#list.waitFor({
        matches: () => this.count >= count,
        timeoutMs,
        describeFailure: (all) =>
          this.#describeFailure(`has got ${this.count} of ${count} ${description}`, timeoutMs, all),
      });
    return this.list();
  }

  #describeFailure(what: string, timeoutMs: number, all: readonly MessageRecord<Message>[]): string {
    const last =
      all.length === 0
        ? 'nothing came'
        : `the last: ${all
            .slice(-3)
            .map(({ message }) => quote(message))
            .join(', ')}`;
    return `${this.#describe()} ${what} in ${timeoutMs} ms: ${last}`;
  }
}
