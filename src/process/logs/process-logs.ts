import type { Readable } from 'node:stream';
import type { Clock } from '../../core/clock.js';
import { createEmitter, type TypedEmitter } from '../../core/events.js';
import { LineSplitter } from './line-splitter.js';
import type { LogLine } from './log-line.js';

/** What a {@link ProcessLogs} tells. */
export type ProcessLogEvents = { line: (line: LogLine) => void };

/** What a program writes, line by line, the latest of it in memory. */
export class ProcessLogs {
  readonly events: TypedEmitter<ProcessLogEvents> = createEmitter<ProcessLogEvents>();
  readonly #clock: Clock;
  readonly #limit: number;
  #lines: LogLine[] = [];
  #count = 0;

  /** @internal */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** How many lines there were, those that are no longer kept among them. */
  get count(): number {
    return this.#count;
  }

  /** The lines that are kept, the oldest first; those after the first `from` of all that there were. */
  lines(from = 0): readonly LogLine[] {
    const kept = this.#lines.slice(-this.#limit);
    return kept.slice(Math.max(0, from - (this.#count - kept.length)));
  }

  /** The text of the last lines. */
  tail(count = 20): readonly string[] {
    return this.#lines.slice(-count).map(({ text }) => text);
  }

  /** @internal Takes what comes on a stream; resolves at its end. */
  async follow(stream: LogLine['stream'], source: Readable): Promise<void> {
    const splitter = new LineSplitter((text) => this.#add({ stream, text, atMs: this.#clock.now() }));
    await new Promise<void>((resolve) => {
      source.on('data', (bytes: Buffer) => splitter.push(bytes));
      // What is broken has ended too.
      source.once('error', () => resolve());
      source.once('close', () => resolve());
    });
    splitter.end();
  }

  #add(line: LogLine): void {
    this.#count += 1;
    this.#lines.push(line);
    // Twice the limit is let in before it is cut, so that a line costs the same however many are kept.
    if (this.#lines.length >= 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
    this.events.emit('line', line);
  }
}
