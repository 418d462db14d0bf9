import type { Server, Socket } from 'node:net';
import { checkOptions } from '../core/check-options.js';
import { quote, UsageError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';
import { until } from '../core/until.js';
import { Inbox, type MessageRecord, type WaitForMessageOptions } from './inbox.js';
import { MessageConnection } from './message-connection.js';
import {
  type AnyFraming,
  findSettingsMistakes,
  type MessageOf,
  type MessageSettings,
  readFraming,
} from './message-settings.js';
import { MessageStream, type StreamEnd } from './message-stream.js';
import { describeAddress, findAddressMistakes, listenAt, readPort, type StreamAddress } from './stream-address.js';

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing has no return
type Answer<Message> = Message | undefined | void;

/** How messages are served. */
export interface ServeMessagesOptions<F extends AnyFraming> extends MessageSettings<F> {
  /**
   * Handles a message; what it answers is sent, `undefined` is not. Those of one connection are handled one after the
   * other, and no more are read meanwhile. What it throws ends the connection, and is uncaught: a mistake of the test.
   *
   * @defaultValue messages are taken, and not answered
   */
  readonly handle?: (
    message: MessageOf<F>,
    connection: MessageConnection<MessageOf<F>>,
  ) => Answer<MessageOf<F>> | Promise<Answer<MessageOf<F>>>;
  /** Is told of each connection before anything of it is read. */
  readonly onConnection?: (connection: MessageConnection<MessageOf<F>>) => void;
}

/** How one connection ended. */
export interface ConnectionEnd extends StreamEnd {
  readonly connection: number;
}

/** How many ends are kept. */
const ENDS_LIMIT = 1000;

/** A server of messages: a broker, a collector, any peer that a test plays itself. */
export class MessageServer<Message> implements AsyncDisposable {
  /** The port that it listens on; 0 for what has none. */
  readonly port: number;
  /** Where it can be called: with the port that it got. */
  readonly address: StreamAddress;
  readonly #server: Server;
  readonly #connections: Map<number, MessageConnection<Message>>;
  readonly #inbox: Inbox<Message>;
  readonly #ends: ConnectionEnd[];
  readonly #counter: { count: number };

  /** @internal Use `serveMessages`. */
  constructor(server: Server, address: StreamAddress, parts: ServerParts<Message>) {
    this.port = readPort(server);
    this.address = 'tcp' in address ? { ...address, tcp: this.port } : address;
    this.#server = server;
    this.#connections = parts.connections;
    this.#inbox = parts.inbox;
    this.#ends = parts.ends;
    this.#counter = parts.counter;
  }

  /** Those that are open, the oldest first. */
  get connections(): readonly MessageConnection<Message>[] {
    return [...this.#connections.values()];
  }

  /** How many there were in all. */
  get connectionCount(): number {
    return this.#counter.count;
  }

  /** How connections ended, the latest 1,000: garbage, half a message and resets are told here. */
  get ends(): readonly ConnectionEnd[] {
    return this.#ends.slice(-ENDS_LIMIT);
  }

  /** How many messages came in all. */
  get receivedCount(): number {
    return this.#inbox.count;
  }

  /** The messages that came, the latest `receivedLimit`. */
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

  /** Waits until so many are connected at once; resolves with them. @throws TimeoutError */
  async waitForConnections(
    count: number,
    { timeoutMs = 5000 }: { readonly timeoutMs?: number } = {},
  ): Promise<readonly MessageConnection<Message>[]> {
    const description = `${count} connections to ${describeAddress(this.address)}`;
    return until(() => this.#connections.size >= count && this.connections, { timeoutMs, description, intervalMs: 1 });
  }

  /**
   * Sends a message to everybody who is connected.
   *
   * @throws MessageError as `send`, of the first that it could not be sent to; the others got it
   */
  broadcast(message: Message): void {
    const failures: unknown[] = [];
    for (const connection of this.#connections.values()) {
      if (!connection.isOpen) continue;
      try {
        connection.send(message);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Listens no more; those who are connected stay. Safe to call twice. */
  close(): void {
    if (this.#server.listening) this.#server.close();
  }

  /** Listens no more, and ends every connection. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    const all = this.connections;
    for (const connection of all) connection.destroy();
    await Promise.all(all.map(({ ended }) => ended));
  }
}

interface ServerParts<Message> {
  readonly connections: Map<number, MessageConnection<Message>>;
  readonly inbox: Inbox<Message>;
  readonly ends: ConnectionEnd[];
  readonly counter: { count: number };
}

/**
 * Serves messages, from this process: at a port of TCP, a Unix socket, or a pipe of Windows. For a server that is a
 * process of its own, and can crash, see `defineWorker`.
 *
 * @throws UsageError with every mistake @throws Node's errors: EADDRINUSE, EACCES
 * @throws UnsupportedError for a pipe where there are none
 *
 * @example
 * ```ts
 * await using collector = await serveMessages({ tcp: 0 }, { handle: (message) => ({ ack: message }) });
 * await collector.waitForMessage((message) => isResult(message));
 * ```
 */
export async function serveMessages<F extends AnyFraming = 'json'>(
  address: StreamAddress,
  options: ServeMessagesOptions<F> = {},
): Promise<MessageServer<MessageOf<F>>> {
  checkServe(address, options);
  type Message = MessageOf<F>;
  const { handle, onConnection, receivedLimit, clock = new RealClock(), in: place, ...settings } = options;
  const { maxMessageBytes, maxBacklogBytes } = settings;
  const limits = {
    ...(maxMessageBytes !== undefined && { maxMessageBytes }),
    ...(maxBacklogBytes !== undefined && { maxBacklogBytes }),
  };
  const framing = readFraming(options.framing);
  const connections = new Map<number, MessageConnection<Message>>();
  const ends: ConnectionEnd[] = [];
  const counter = { count: 0 };
  const describe = (): string => describeServer(address, connections.size, ends);
  const inbox = new Inbox<Message>(describe, receivedLimit, clock);

  const accept = (socket: Socket): void => {
    counter.count += 1;
    const id = counter.count;
    const take = (message: Message): unknown => {
      inbox.add(message, id);
      return handle === undefined ? undefined : reply(connection, handle(message, connection));
    };
    const connection = new MessageConnection(
      id,
      new MessageStream(socket, { framing, label: `connection ${id}`, ...limits }, take),
    );
    connections.set(id, connection);
    void connection.ended.then((end) => {
      connections.delete(id);
      ends.push({ connection: id, ...end });
      if (ends.length >= 2 * ENDS_LIMIT) ends.splice(0, ENDS_LIMIT);
    });
    onConnection?.(connection);
  };
  const server = await listenAt(address, accept, place);
  return new MessageServer(server, address, { connections, inbox, ends, counter });
}

/**
 * Sends an answer: at once where that is possible, for a promise costs a turn. The next message waits for a peer that does
 * not read its answers.
 */
function reply<Message>(
  connection: MessageConnection<Message>,
  answer: Answer<Message> | Promise<Answer<Message>>,
): Promise<void> | undefined {
  if (answer instanceof Promise) return answer.then((value) => sendAnswer(connection, value));
  return sendAnswer(connection, answer);
}

/** Who has hung up meanwhile gets no answer. */
function sendAnswer<Message>(
  connection: MessageConnection<Message>,
  answer: Answer<Message>,
): Promise<void> | undefined {
  if (answer === undefined || !connection.isOpen || connection.send(answer)) return undefined;
  return connection.drained().catch(() => {});
}

function describeServer(address: StreamAddress, count: number, ends: readonly ConnectionEnd[]): string {
  const failed = ends.findLast(({ error }) => error !== undefined)?.error;
  const failure = failed === undefined ? '' : `; the last that ended badly: ${failed.message}`;
  return `Server at ${describeAddress(address)} (${count} connected${failure})`;
}

function checkServe(address: unknown, options: ServeMessagesOptions<AnyFraming>): void {
  checkOptions('serveMessages', options);
  const { handle, onConnection } = options;
  const mistakes = [
    ...findAddressMistakes(address),
    ...findSettingsMistakes(options, ['handle', 'onConnection']),
    ...Object.entries({ handle, onConnection })
      .filter(([, value]) => value !== undefined && typeof value !== 'function')
      .map(([name, value]) => `${name} must be a function; received ${quote(value)}`),
  ];
  if (mistakes.length > 0) throw new UsageError('serveMessages', mistakes);
}
