import type { Clock, Timer } from '../clock.ts';
import type { DeliveryInbox } from '../delivery/inbox.ts';
import type { Outbox } from '../delivery/outbox.ts';
import { FleetError, messageOf } from '../errors.ts';
import { pack, unpack } from '../protocol/compression.ts';
import {
  type DeliveredMessage,
  decodeEnvelope,
  type Envelope,
  encode,
  type PassingMessage,
} from '../protocol/messages.ts';
import { Opener, Sealer } from '../protocol/seal.ts';
import type { Traffic } from './traffic.ts';
import type { Transport } from './transport.ts';

export interface HeartbeatOptions {
  /** How often each end says that it is there. */
  readonly everyMs: number;
  /** After so long without a word the connection is dead, whatever TCP says. */
  readonly deadMs: number;
}

export const DEFAULT_HEARTBEAT: HeartbeatOptions = { everyMs: 5000, deadMs: 15_000 };

export interface ChannelOptions {
  readonly transport: Transport;
  readonly keys: { readonly send: Uint8Array; readonly receive: Uint8Array };
  readonly outbox: Outbox;
  readonly inbox: DeliveryInbox;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly heartbeat: HeartbeatOptions;
  /** A message has come that had not come before. */
  readonly onMessage: (message: DeliveredMessage) => void;
  readonly onPassing?: (message: PassingMessage) => void;
  /** Messages of this end were acknowledged; how long that took for each, since it was sent. */
  readonly onAcknowledged?: (ids: readonly number[], tookMs: readonly number[]) => void;
  /** Calls back when what `onMessage` did is so that it cannot be lost: only then is it acknowledged. @defaultValue at once */
  readonly whenDurable?: (then: () => void) => void;
}

/** Acknowledgements wait so long for others that go the same way. */
const ACKNOWLEDGE_MS = 2;
/** As much as the network takes some time for; what waits here is not overtaken any more. */
const MAX_BUFFERED_BYTES = 256 * 1024;

/** Messages over one connection whose ends know each other: sealed, compressed, acknowledged, watched. */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #sealer: Sealer;
  readonly #opener: Opener;
  readonly #sentMs = new Map<number, number>();
  #toAcknowledge: number[] = [];
  #acknowledging: Timer | undefined;
  #beat: Timer | undefined;
  #heardMs: number;
  #isOpen = true;
  /** Whether the other end has said what it has got. */
  #isAgreed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#sealer = new Sealer(options.keys.send);
    this.#opener = new Opener(options.keys.receive);
    this.#heardMs = options.clock.now();
    this.#scheduleBeat();
    // Nothing is sent again that has come: on a bad network, acknowledgements are lost more often than messages.
    this.#whenDurable(() => this.sendPassing({ type: 'received', inbox: options.inbox.snapshot() }));
  }

  /** Sends what waits, as far as the other end and the network keep up. */
  flush(): void {
    const { outbox, transport, clock } = this.#options;
    while (this.#isOpen && this.#isAgreed && transport.bufferedBytes < MAX_BUFFERED_BYTES) {
      const next = outbox.take();
      if (next === undefined) return;
      this.#sentMs.set(next.id, clock.now());
      this.#send({ id: next.id, message: next.message });
    }
  }

  sendPassing(message: PassingMessage): void {
    if (this.#isOpen) this.#send({ message });
  }

  /** Takes a frame of the other end. What is wrong with it ends the connection. */
  receive(frame: Uint8Array): void {
    if (!this.#isOpen) return;
    try {
      this.#take(this.#open(frame));
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      if (error.code === 'INTEGRITY') this.#options.traffic.corrupted += 1;
      this.close(messageOf(error));
    }
  }

  /** Ends the connection, and says why. */
  close(reason: string): void {
    this.stop();
    this.#options.transport.close(reason);
  }

  /** The connection has ended: nothing more comes or goes. Safe to call twice. */
  stop(): void {
    this.#isOpen = false;
    this.#beat?.cancel();
    this.#acknowledging?.cancel();
  }

  #open(frame: Uint8Array): Envelope {
    const packed = this.#opener.open(frame);
    const bytes = unpack(packed);
    this.#count(bytes.length, packed.bytes.length);
    this.#options.traffic.messagesReceived += 1;
    return decodeEnvelope(bytes);
  }

  #take(envelope: Envelope): void {
    const { clock, inbox, traffic, onMessage } = this.#options;
    this.#heardMs = clock.now();
    if (envelope.id !== undefined) {
      const { id, message } = envelope;
      if (inbox.accept(id)) onMessage(message);
      else traffic.duplicates += 1;
      // What came twice may not be durable either.
      this.#whenDurable(() => this.#acknowledge(id));
      return;
    }
    this.#takePassing(envelope.message);
  }

  #takePassing(message: PassingMessage): void {
    const { outbox, traffic, onPassing, onAcknowledged } = this.#options;
    if (message.type === 'ping') this.sendPassing({ type: 'pong', at: message.at });
    if (message.type === 'ack') {
      const ids = outbox.acknowledge(message.ids);
      onAcknowledged?.(ids, this.#takeTimes(ids));
      this.flush();
    }
    if (message.type === 'received') {
      const ids = outbox.settle(message.inbox);
      onAcknowledged?.(ids, []);
      traffic.resent += outbox.rewind();
      this.#isAgreed = true;
      this.flush();
    }
    onPassing?.(message);
  }

  #takeTimes(ids: readonly number[]): readonly number[] {
    const nowMs = this.#options.clock.now();
    return ids.flatMap((id) => {
      const sentMs = this.#sentMs.get(id);
      this.#sentMs.delete(id);
      return sentMs === undefined ? [] : [nowMs - sentMs];
    });
  }

  #whenDurable(then: () => void): void {
    if (this.#options.whenDurable === undefined) then();
    else this.#options.whenDurable(then);
  }

  #acknowledge(id: number): void {
    this.#toAcknowledge.push(id);
    this.#acknowledging ??= this.#options.clock.setTimer(() => {
      const ids = this.#toAcknowledge;
      this.#toAcknowledge = [];
      this.#acknowledging = undefined;
      this.sendPassing({ type: 'ack', ids });
    }, ACKNOWLEDGE_MS);
  }

  #send(envelope: Envelope): void {
    const bytes = encode(envelope);
    const packed = pack(bytes);
    this.#count(bytes.length, packed.bytes.length);
    this.#options.traffic.messagesSent += 1;
    this.#options.transport.send(this.#sealer.seal(packed));
  }

  #count(plainBytes: number, wireBytes: number): void {
    this.#options.traffic.plainBytes += plainBytes;
    this.#options.traffic.wireBytes += wireBytes;
  }

  #scheduleBeat(): void {
    const { clock, heartbeat, transport } = this.#options;
    this.#beat = clock.setTimer(() => {
      const silentMs = clock.now() - this.#heardMs;
      if (silentMs >= heartbeat.deadMs) {
        this.stop();
        // Nobody is there to be told why.
        transport.destroy();
        return;
      }
      this.#scheduleBeat();
      this.sendPassing({ type: 'ping', at: clock.now() });
      this.flush();
    }, heartbeat.everyMs);
  }
}
