import { randomBytes } from 'node:crypto';
import type { Clock, Random, Timer } from '../clock.ts';
import { type DeliveryInbox, Inbox } from '../delivery/inbox.ts';
import { Outbox } from '../delivery/outbox.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import {
  type DeliveredMessage,
  decodeHandshake,
  encode,
  type PassingMessage,
  type Role,
} from '../protocol/messages.ts';
import { answerChallenge, answerNonce, areSame, deriveKeys, type HandshakeFacts } from '../protocol/signature.ts';
import { Backoff } from './backoff.ts';
import { Channel, DEFAULT_HEARTBEAT, type HeartbeatOptions } from './channel.ts';
import { type ConnectionEvent, type ConnectionState, nextState } from './connection-state.ts';
import { Traffic } from './traffic.ts';
import type { Dial, Transport, TransportEvents } from './transport.ts';

export interface ConnectionOptions {
  readonly dial: Dial;
  readonly role: Role;
  readonly name: string;
  readonly secret: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How many tasks it does at once. @defaultValue 0 */
  readonly slots?: number;
  /** @defaultValue 100 */
  readonly backoffBaseMs?: number;
  /** @defaultValue 10000 */
  readonly backoffMaxMs?: number;
  /** How long a connection may take until it is welcomed. @defaultValue 5000 */
  readonly connectMs?: number;
  /** @defaultValue a word every 5 s, dead after 15 s */
  readonly heartbeat?: HeartbeatOptions;
  /** What is to be sent. @defaultValue nothing yet */
  readonly outbox?: Outbox;
  /** What has come. @defaultValue nothing yet */
  readonly inbox?: DeliveryInbox;
  readonly onMessage: (message: DeliveredMessage) => void;
  readonly onState?: (state: ConnectionState) => void;
}

/** How its attempts went. */
export interface ConnectionCounts {
  readonly attempts: number;
  readonly connections: number;
  /** Connections after the first. */
  readonly reconnections: number;
  /** How long those took in all, from the loss of the one before. */
  readonly reconnectMs: number;
}

/** One end that dials, and dials again: what it was given to send arrives, once, over however many connections that takes. */
export class Connection {
  readonly traffic = new Traffic();
  /** Which run of the program this is. */
  readonly stream = randomBytes(12).toString('hex');
  readonly #options: ConnectionOptions;
  readonly #outbox: Outbox;
  readonly #inbox: DeliveryInbox;
  readonly #backoff: Backoff;
  readonly #counts = { attempts: 0, connections: 0, reconnections: 0, reconnectMs: 0 };
  #state: ConnectionState = 'idle';
  #transport: Transport | undefined;
  #channel: Channel | undefined;
  #timer: Timer | undefined;
  #lostMs: number | undefined;

  constructor(options: ConnectionOptions) {
    const { backoffBaseMs = 100, backoffMaxMs = 10_000, random, outbox = new Outbox(), inbox = new Inbox() } = options;
    this.#options = options;
    this.#outbox = outbox;
    this.#inbox = inbox;
    this.#backoff = new Backoff({ baseMs: backoffBaseMs, maxMs: backoffMaxMs, random });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get counts(): ConnectionCounts {
    return { ...this.#counts };
  }

  /** How many messages are not acknowledged. */
  get unacknowledged(): number {
    return this.#outbox.size;
  }

  open(): void {
    this.#dial();
  }

  /** For good: what is not acknowledged stays so. Safe to call twice. */
  close(): void {
    this.#move('close');
    this.#end()?.close('done');
  }

  /** Sends a message, now or when there is a connection, until it is acknowledged. @param priority 0 is the most urgent */
  send(message: DeliveredMessage, priority: number): void {
    this.#outbox.put(this.#outbox.address(message, priority));
    this.#channel?.flush();
  }

  /** Sends a message if there is a connection. */
  sendPassing(message: PassingMessage): void {
    this.#channel?.sendPassing(message);
  }

  #dial(): void {
    const { dial, clock, connectMs = 5000 } = this.#options;
    this.#move('dial');
    this.#counts.attempts += 1;
    const events = this.#listen();
    const transport = dial(events);
    this.#transport = transport;
    this.#timer = clock.setTimer(() => {
      events.onClose(`no welcome within ${connectMs} ms`);
      transport.destroy();
    }, connectMs);
  }

  /** Events of one attempt; those that come after its end mean nothing. */
  #listen(): TransportEvents {
    let facts: HandshakeFacts | undefined;
    let isOver = false;
    const fail = (reason: string): void => {
      if (isOver) return;
      isOver = true;
      if (this.#state !== 'closed') this.#lose(reason);
    };
    const shakeHands = (frame: Uint8Array): void => {
      const message = decodeHandshake(frame);
      if (message.type === 'challenge') facts = this.#answer(message.challenge);
      else if (message.type === 'welcome' && facts !== undefined) this.#welcome(message.answer, facts);
      else throw new Error(message.type === 'refused' ? message.reason : `an unexpected message "${message.type}"`);
    };
    return {
      onOpen: () => {
        if (!isOver) this.#move('opened');
      },
      onFrame: (frame) => {
        if (isOver || this.#state === 'closed') return;
        if (this.#channel !== undefined) {
          this.#channel.receive(frame);
          return;
        }
        try {
          shakeHands(frame);
        } catch (error) {
          const transport = this.#transport;
          fail(messageOf(error));
          transport?.destroy();
        }
      },
      onClose: fail,
    };
  }

  #answer(challenge: string): HandshakeFacts {
    const { role, name, slots = 0, secret } = this.#options;
    const { stream } = this;
    const facts = { challenge, nonce: randomBytes(16).toString('hex'), role, name, stream };
    const answer = answerChallenge(secret, facts);
    this.#transport?.send(encode({ type: 'hello', role, name, stream, slots, nonce: facts.nonce, answer }));
    return facts;
  }

  #welcome(answer: string, facts: HandshakeFacts): void {
    const { secret, clock, heartbeat = DEFAULT_HEARTBEAT, onMessage, log } = this.#options;
    const transport = this.#transport;
    if (transport === undefined) return;
    if (!areSame(answerNonce(secret, facts), answer)) throw new Error('the coordinator does not know the secret');
    this.#timer?.cancel();
    const { toCoordinator: send, fromCoordinator: receive } = deriveKeys(secret, facts);
    const { traffic } = this;
    this.#channel = new Channel({
      ...{ transport, keys: { send, receive }, outbox: this.#outbox, inbox: this.#inbox, traffic, clock, heartbeat },
      onMessage,
    });
    this.#counts.connections += 1;
    const tookMs = this.#lostMs === undefined ? undefined : clock.now() - this.#lostMs;
    if (tookMs !== undefined) {
      this.#counts.reconnections += 1;
      this.#counts.reconnectMs += tookMs;
    }
    this.#backoff.reset();
    this.#move('welcomed');
    log('connected', { attempts: this.#counts.attempts, reconnectMs: tookMs });
  }

  #lose(reason: string): void {
    const { clock, log } = this.#options;
    if (this.#state === 'connected') this.#lostMs = clock.now();
    this.#end();
    this.#move('lost');
    const delayMs = this.#backoff.next();
    log('disconnected', { reason, retryMs: delayMs });
    this.#timer = clock.setTimer(() => this.#dial(), delayMs);
  }

  /** Lets go of what belongs to the connection that was. */
  #end(): Transport | undefined {
    const transport = this.#transport;
    this.#timer?.cancel();
    this.#channel?.stop();
    this.#channel = undefined;
    this.#transport = undefined;
    return transport;
  }

  #move(event: ConnectionEvent): void {
    const state = nextState(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}
