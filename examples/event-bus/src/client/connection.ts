import { connect, type Socket } from 'node:net';
import { BusError } from '../errors.ts';
import { LineChannel } from '../protocol/line-channel.ts';
import { type FromBroker, PROTOCOL, type ToBroker } from '../protocol/messages.ts';
import { backoffMs } from './backoff.ts';

/** What a connection tells whoever has it. */
export interface ConnectionEvents {
  /** A broker has said welcome: everything that it has to know has to be said again. */
  onConnected(): void;
  onMessages(messages: readonly FromBroker[]): void;
  onDisconnected(reason: string): void;
  /** The broker will not have it: there is no use in another attempt. */
  onRefused(error: BusError): void;
}

/** How long a broker may be silent, in intervals of heartbeats. */
const PATIENCE = 2.25;
/** How long a broker has to say welcome. */
const WELCOME_TIMEOUT_MS = 5000;

/** A conversation with a broker, which is begun again whenever it has ended. */
export class Connection {
  readonly #address: string;
  readonly #name: string;
  readonly #events: ConnectionEvents;
  #socket: Socket | undefined;
  #channel: LineChannel<FromBroker, ToBroker> | undefined;
  #isFlushing = false;
  #isWelcome = false;
  #isClosed = false;
  #attempt = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #lastHeardMs = 0;
  #heartbeatAtMs = 0;

  constructor(address: string, name: string, events: ConnectionEvents) {
    this.#address = address;
    this.#name = name;
    this.#events = events;
    this.#connect();
  }

  get isConnected(): boolean {
    return this.#isWelcome;
  }

  /** What is sent while nobody is there is lost; messages of one moment go in one call to the kernel. */
  send(message: ToBroker): void {
    if (!this.#isWelcome) return;
    this.#channel?.send(message);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#channel?.flush();
    });
  }

  /** Resolves when what was sent is with the kernel, or cannot be any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#heartbeatTimer);
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    this.#channel?.flush();
    if (this.#isWelcome) socket.destroySoon();
    else socket.destroy();
    await closed;
  }

  #connect(): void {
    const socket = connect(this.#address);
    this.#socket = socket;
    let reason = 'the broker has ended the connection';
    const channel = new LineChannel<FromBroker, ToBroker>(
      socket,
      (messages) => this.#hear(messages),
      (error) => socket.destroy(error instanceof Error ? error : undefined),
    );
    this.#channel = channel;
    socket.setTimeout(WELCOME_TIMEOUT_MS, () => {
      if (!this.#isWelcome) socket.destroy(new Error(`no welcome in ${WELCOME_TIMEOUT_MS} ms`));
    });
    socket.once('connect', () => {
      channel.send({ type: 'hello', protocol: PROTOCOL, name: this.#name });
      channel.flush();
    });
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.once('close', () => this.#lose(reason));
  }

  #hear(messages: readonly FromBroker[]): void {
    this.#lastHeardMs = performance.now();
    for (const message of messages) {
      if (message.type === 'welcome') this.#welcome(message.heartbeatMs);
      else if (message.type === 'error') {
        this.#isClosed = true;
        this.#events.onRefused(new BusError(message.code, message.message));
      }
    }
    this.#events.onMessages(messages);
  }

  #welcome(heartbeatMs: number): void {
    this.#attempt = 0;
    this.#isWelcome = true;
    this.#heartbeatAtMs = performance.now();
    this.#heartbeatTimer = setInterval(() => this.#beat(heartbeatMs), heartbeatMs);
    this.#events.onConnected();
  }

  #beat(heartbeatMs: number): void {
    const now = performance.now();
    const lateMs = now - this.#heartbeatAtMs - heartbeatMs;
    this.#heartbeatAtMs = now;
    // When this process itself was asleep it has heard nobody.
    if (lateMs > heartbeatMs) this.#lastHeardMs += lateMs;
    this.send({ type: 'heartbeat' });
    if (now - this.#lastHeardMs > PATIENCE * heartbeatMs)
      this.#socket?.destroy(new Error(`nothing was heard of the broker for ${Math.round(now - this.#lastHeardMs)} ms`));
  }

  #lose(reason: string): void {
    clearInterval(this.#heartbeatTimer);
    const wasWelcome = this.#isWelcome;
    this.#isWelcome = false;
    if (wasWelcome) this.#events.onDisconnected(reason);
    if (this.#isClosed) return;
    this.#retryTimer = setTimeout(() => this.#connect(), backoffMs(this.#attempt));
    this.#attempt += 1;
  }
}
