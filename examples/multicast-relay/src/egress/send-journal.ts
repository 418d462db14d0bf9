import { addressOf } from '../system/libc.ts';
import { MESSAGE_BYTES, MessageVectors, pointMessage, SENT_BYTES_OFFSET } from '../system/message-batch.ts';

/** How many datagrams one call sends at most. */
export const SEND_BATCH = 64;
/** How many outputs a relay has at most, all rules together. */
export const MAX_OUTPUTS = 256;

/** In memory: which of both batches is current; of each, its output and what that had sent before; the headers; the sums. */
const CURRENT = 0;
const BATCH_FIELDS = 8;
const BATCH_BYTES = BATCH_FIELDS * 2 + SEND_BATCH * MESSAGE_BYTES;
const BATCHES = 64;
const SUMS = BATCHES + 2 * BATCH_BYTES;
export const JOURNAL_BYTES = SUMS + MAX_OUTPUTS * 8;
const NOT_SENT = 0xffff_ffff;

/** Reads what a sender wrote, while it runs and after it was killed. */
export class SendJournalReader {
  protected readonly view: DataView;

  constructor(buffer: ArrayBuffer, offset: number) {
    this.view = new DataView(buffer, offset, JOURNAL_BYTES);
  }

  /** How many datagrams an output has sent: exactly those that the kernel took. */
  sent(output: number): number {
    const current = this.current;
    return this.outputOf(current) === output
      ? this.sentBefore(current) + this.countSent(current)
      : this.view.getFloat64(SUMS + output * 8, true);
  }

  protected get current(): number {
    return this.view.getInt32(CURRENT, true) & 1;
  }

  protected outputOf(batch: number): number {
    return this.view.getFloat64(startOf(batch), true) - 1;
  }

  protected sentBefore(batch: number): number {
    return this.view.getFloat64(startOf(batch) + BATCH_FIELDS, true);
  }

  /** The kernel writes into a header how many bytes it sent, in the same call: net/socket.c, __sys_sendmmsg. */
  protected countSent(batch: number): number {
    let count = 0;
    for (let index = 0; index < SEND_BATCH; index += 1) {
      if (this.view.getUint32(headerOf(batch, index) + SENT_BYTES_OFFSET, true) !== NOT_SENT) count += 1;
    }
    return count;
  }
}

/**
 * Sends in such a way that nobody has to ask the sender how many went. A process that is killed while it is in
 * sendmmsg(2) cannot say that any more; but the kernel writes next to each message that it was sent, before the process
 * can die. Those headers are in memory that the supervisor sees. Between two batches, one store takes the sum over from
 * the one to the other, so that at no moment anything counts twice or not at all.
 */
export class SendJournal extends SendJournalReader {
  readonly #vectors = new MessageVectors(SEND_BATCH);
  readonly #address: bigint;

  constructor(buffer: ArrayBuffer, offset: number) {
    super(buffer, offset);
    this.#address = addressOf(new Uint8Array(buffer)) + BigInt(offset);
    for (const batch of [0, 1]) {
      for (let index = 0; index < SEND_BATCH; index += 1)
        pointMessage(this.view, headerOf(batch, index), this.#vectors.address(index));
      this.#clear(batch);
    }
  }

  /** Where a datagram of the next batch is. */
  point(index: number, address: bigint, bytes: number): void {
    this.#vectors.set(index, address, bytes);
  }

  /** Begins a batch of an output; its headers are at the address that this answers. */
  begin(output: number): bigint {
    const previous = this.current;
    const next = 1 - previous;
    const last = this.outputOf(previous);
    if (last >= 0) this.view.setFloat64(SUMS + last * 8, this.sentBefore(previous) + this.countSent(previous), true);
    this.#clear(next);
    this.view.setFloat64(startOf(next), output + 1, true);
    this.view.setFloat64(startOf(next) + BATCH_FIELDS, this.view.getFloat64(SUMS + output * 8, true), true);
    this.view.setInt32(CURRENT, next, true);
    return this.#address + BigInt(headerOf(next, 0));
  }

  #clear(batch: number): void {
    for (let index = 0; index < SEND_BATCH; index += 1)
      this.view.setUint32(headerOf(batch, index) + SENT_BYTES_OFFSET, NOT_SENT, true);
  }
}

function startOf(batch: number): number {
  return BATCHES + batch * BATCH_BYTES;
}

function headerOf(batch: number, index: number): number {
  return startOf(batch) + BATCH_FIELDS * 2 + index * MESSAGE_BYTES;
}
