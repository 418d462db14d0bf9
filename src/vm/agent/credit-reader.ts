import { Readable } from 'node:stream';
import type { AgentLink } from './agent-link.js';
import { encodeNumbers } from './encode-request.js';
import { REQUEST } from './frame.js';

/** Below this, what was read is told together with what is read next: a frame for each would be more than the data. */
const GRANT_BYTES = 64 * 1024;

/** A program's output, or a file's content: the agent sends no more than was read here, and some. */
export class CreditReader extends Readable {
  readonly #link: AgentLink;
  readonly #id: number;
  readonly #which: 0 | 1;
  #taken = 0;
  #waiting: Buffer[] = [];
  #wants = false;

  constructor(link: AgentLink, id: number, which: 0 | 1) {
    super({ highWaterMark: GRANT_BYTES });
    this.#link = link;
    this.#id = id;
    this.#which = which;
  }

  /** A piece came; an empty one is the end. */
  accept(bytes: Buffer): void {
    if (this.destroyed) {
      this.#grant(bytes.length);
      return;
    }
    this.#waiting.push(bytes);
    if (this.#wants) this._read();
  }

  override _read(): void {
    this.#wants = true;
    while (this.#wants) {
      const bytes = this.#waiting.shift();
      if (bytes === undefined) return;
      if (bytes.length === 0) {
        this.#wants = false;
        this.push(null);
        return;
      }
      this.#wants = this.push(bytes);
      this.#grant(bytes.length);
    }
  }

  #grant(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < GRANT_BYTES) return;
    this.#link.send(REQUEST.credit, this.#id, encodeNumbers(this.#which, this.#taken));
    this.#taken = 0;
  }
}
