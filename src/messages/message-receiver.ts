import type { Clock } from '../core/clock.js';
import { Inbox, type MessageRecord, type WaitForMessageOptions } from './inbox.js';

/** What clients and servers of messages have in common: the messages that came. */
export abstract class MessageReceiver<Message> {
  readonly #inbox: Inbox<Message>;

  /** @internal @param receivedLimit - How many messages are kept. */
  constructor(receivedLimit: number | undefined, clock: Clock) {
    this.#inbox = new Inbox<Message>(() => this.describe(), receivedLimit, clock);
  }

  /** @internal Who it is and how that is, for the message of a failure: `Server at 127.0.0.1:9000 (2 connected)`. */
  abstract describe(): string;

  /** @internal A message has come. */
  receive(message: Message, connection: number): void {
    this.#inbox.add(message, connection);
  }

  /** How many messages came in all. */
  get receivedCount(): number {
    return this.#inbox.count;
  }

  /** The messages that came, to a client answers too, the latest `receivedLimit`. */
  received(): readonly MessageRecord<Message>[] {
    return this.#inbox.list();
  }

  /** Calls a function with each message that comes from now on. @returns takes it back */
  onMessage(listener: (record: MessageRecord<Message>) => void): Disposable {
    return this.#inbox.listen(listener);
  }

  /** The first message that is taken by a function: one that came before, or one that comes yet. @throws TimeoutError */
  waitForMessage(
    where: (message: Message) => boolean,
    options: WaitForMessageOptions = {},
  ): Promise<MessageRecord<Message>> {
    return this.#inbox.waitForMessage(where, options);
  }

  /** Waits until so many messages have come in all; resolves with those that are kept. @throws TimeoutError */
  waitForMessages(count: number, options: WaitForMessageOptions = {}): Promise<readonly MessageRecord<Message>[]> {
    return this.#inbox.waitForMessages(count, options);
  }
}
