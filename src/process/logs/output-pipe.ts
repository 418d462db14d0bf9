import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { openPipe } from '../../native/pipe.js';
import { readLink } from '../proc/read-proc.js';

/**
 * A pipe that a program writes to. Node's own are pairs of sockets, which `/dev/stdout` cannot be opened as; and of a
 * pipe this process knows what its holders are found by, though the program has ended.
 */
export class OutputPipe {
  readonly #ends = openPipe();
  /** What `/proc/<pid>/fd` says of whoever has it open. */
  readonly target: string = readLink(`/proc/self/fd/${this.#ends.readEnd.number}`) ?? '';

  #isRead = false;

  /** What the program writes to. */
  get fd(): number {
    return this.#ends.writeEnd.number;
  }

  /** What it writes, once it was started: as long as this process can write too, no end would come. */
  read(): Readable {
    this.#ends.writeEnd.close();
    this.#isRead = true;
    // It takes the descriptor over.
    return new Socket({ fd: this.#ends.readEnd.number, readable: true, writable: false });
  }

  /** Gives up one that nobody reads; whoever reads one has it. Safe to call twice. */
  discard(): void {
    this.#ends.writeEnd.close();
    if (!this.#isRead) this.#ends.readEnd.close();
  }
}
