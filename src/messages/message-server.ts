import type { Server, Socket } from 'node:net';
import { checkOptions } from '../core/check-options.js';
import type { Clock } from '../core/clock.js';
import { quote, UsageError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';
import { until } from '../core/until.js';
import { describeMessage } from './describe-message.js';
import { MessageConnection } from './message-connection.js';
import { MessageError } from './message-error.js';
import { MessageReceiver } from './message-receiver.js';
import {
  type AnyFraming,
  findSettingsMistakes,
  type MessageOf,
  type MessageSettings,
  readFraming,
} from './message-settings.js';
import { MessageStream, type MessageStreamSettings, type StreamEnd } from './message-stream.js';
import {
  describeAddress,
  findAddressMistakes,
  listenAt,
  type MessagePlace,
  readPort,
  type StreamAddress,
} from './stream-address.js';

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing has no return
type Answer<Message> = Message | undefined | void;

/** How messages are served. */
export interface ServeMessagesOptions<F extends AnyFraming> extends MessageSettings<F> {
  /**
   * Handles a message; what it answers is sent, `undefined` is not. Those of one connection are handled one after the
   * other, and no more are read meanwhile. What it throws ends the connection, and is uncaught, as the cause of a
   * `MessageError` that tells of which message: a mistake of the test.
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
export class MessageServer<Message> extends MessageReceiver<Message> implements AsyncDisposable {
  readonly #options: ServerParts<Message>;
  readonly #connections = new Map<number, MessageConnection<Message>>();
  readonly #ends: ConnectionEnd[] = [];
  #address: StreamAddress;
  #server: Server | undefined;
  #connectionCount = 0;

  /** @internal Use `serveMessages`. */
  constructor(address: StreamAddress, options: ServerParts<Message>) {
    super(options.receivedLimit, options.clock);
    this.#address = address;
    this.#options = options;
  }

  /** @internal Listens when this resolves. */
  async listen(): Promise<void> {
    this.#server = await listenAt(this.#address, (socket) => this.#accept(socket), this.#options.in);
    if ('tcp' in this.#address) this.#address = { ...this.#address, tcp: this.port };
  }

  /** The port that it listens on; 0 for what has none. */
  get port(): number {
    return this.#server === undefined ? 0 : readPort(this.#server);
  }

  /** Where it can be called: with the port that it got. */
  get address(): StreamAddress {
    return this.#address;
  }

  /** Those that are open, the oldest first. */
  get connections(): readonly MessageConnection<Message>[] {
    return [...this.#connections.values()];
  }

  /** How many there were in all. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** How connections ended, the latest 1,000: garbage, half a message and resets are told here. */
  get ends(): readonly ConnectionEnd[] {
    return this.#ends.slice(-ENDS_LIMIT);
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
    if (this.#server?.listening === true) this.#server.close();
  }

  /** Listens no more, and ends every connection. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    const all = this.connections;
    for (const connection of all) connection.destroy();
    await Promise.all(all.map(({ ended }) => ended));
  }

  /** @internal */
  describe(): string {
    const failed = this.#ends.findLast(({ error }) => error !== undefined)?.error;
    const failure = failed === undefined ? '' : `; the last that ended badly: ${failed.message}`;
    return `Server at ${describeAddress(this.#address)} (${this.#connections.size} connected${failure})`;
  }

  #accept(socket: Socket): void {
    this.#connectionCount += 1;
    const id = this.#connectionCount;
    const { stream, onConnection } = this.#options;
    const settings = { ...stream, label: `connection ${id}` };
    const connection: MessageConnection<Message> = new MessageConnection(
      id,
      new MessageStream(socket, settings, (message) => this.#take(message, connection)),
    );
    this.#connections.set(id, connection);
    void connection.ended.then((end) => {
      this.#connections.delete(id);
      this.#ends.push({ connection: id, ...end });
      if (this.#ends.length >= 2 * ENDS_LIMIT) this.#ends.splice(0, ENDS_LIMIT);
    });
    onConnection?.(connection);
  }

  /** What is wrong here is a mistake of the test's, which must be found: it says where. */
  #take(message: Message, connection: MessageConnection<Message>): Promise<void> | undefined {
    const { handle } = this.#options;
    try {
      this.receive(message, connection.id);
      if (handle === undefined) return undefined;
      return reply(connection, handle(message, connection))?.catch((error) => {
        throw this.#explain(message, connection, error);
      });
    } catch (error) {
      throw this.#explain(message, connection, error);
    }
  }

  #explain(message: Message, { id }: MessageConnection<Message>, cause: unknown): MessageError {
    const what = `${describeMessage(message, this.#options.stream.framing)}, of connection ${id}`;
    const why = cause instanceof Error ? cause.message || cause.name : `it threw ${quote(cause)}`;
    return new MessageError(
      'ERR_GLOVEBOX_MESSAGE_HANDLER',
      `Server at ${describeAddress(this.#address)} could not handle ${what}: ${why}`,
      { cause },
    );
  }
}

/** @internal What a server goes by. */
interface ServerParts<Message> {
  readonly receivedLimit: number | undefined;
  readonly clock: Clock;
  readonly in: MessagePlace | undefined;
  readonly stream: Omit<MessageStreamSettings<Message>, 'label'>;
  readonly handle:
    | ((message: Message, connection: MessageConnection<Message>) => Answer<Message> | Promise<Answer<Message>>)
    | undefined;
  readonly onConnection: ((connection: MessageConnection<Message>) => void) | undefined;
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
  const { handle, onConnection, receivedLimit, clock = new RealClock(), in: place, maxMessageBytes } = options;
  const { maxBacklogBytes } = options;
  const server = new MessageServer<MessageOf<F>>(address, {
    ...{ handle, onConnection, receivedLimit, clock, in: place },
    stream: {
      framing: readFraming(options.framing),
      ...(maxMessageBytes !== undefined && { maxMessageBytes }),
      ...(maxBacklogBytes !== undefined && { maxBacklogBytes }),
    },
  });
  await server.listen();
  return server;
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
