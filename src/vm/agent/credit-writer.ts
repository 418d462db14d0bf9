import { Writable } from 'node:stream';
import { KernelError } from '../../core/kernel-error.js';
import type { AgentLink } from './agent-link.js';
import { CHUNK_BYTES, REQUEST } from './frame.js';

/** What the agent keeps of one input until a program or a file takes it: INPUT in commands.h. */
const INPUT_BYTES = 64 * 1024;

/** A program's input, or a file's content, on its way to the guest: never more than the agent said it has room for. */
export class CreditWriter extends Writable {
  readonly #link: AgentLink;
  readonly #id: number;
  #credit = INPUT_BYTES;
  #pending: { readonly bytes: Buffer; readonly done: (error?: Error | null) => void } | undefined;

  constructor(link: AgentLink, id: number) {
    super({ decodeStrings: true, highWaterMark: INPUT_BYTES });
    this.#link = link;
    this.#id = id;
  }

  /** The agent has room for so many bytes more. */
  grant(bytes: number): void {
    this.#credit += bytes;
    this.#pump();
  }

  /** Nobody reads any more: as a pipe, what is written now is EPIPE. */
  refuse(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    const error = new KernelError('EPIPE', { syscall: 'write', action: 'write to a program in the guest' });
    if (pending !== undefined) pending.done(error);
    else this.destroy(this.writableFinished || this.writableLength === 0 ? undefined : error);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#pending = { bytes: chunk, done };
    this.#pump();
  }

  override _final(done: () => void): void {
    this.#link.send(REQUEST.end, this.#id, Buffer.alloc(0));
    done();
  }

  #pump(): void {
    while (this.#pending !== undefined && this.#credit > 0) {
      const { bytes, done } = this.#pending;
      const size = Math.min(bytes.length, this.#credit, CHUNK_BYTES);
      this.#link.send(REQUEST.data, this.#id, bytes.subarray(0, size));
      this.#credit -= size;
      this.#pending = size === bytes.length ? undefined : { bytes: bytes.subarray(size), done };
      if (this.#pending === undefined) done();
    }
  }
}
