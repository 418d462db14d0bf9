import type { Readable } from 'node:stream';
import type { Clock } from '../../core/clock.js';
import { AbortedError, TimeoutError } from '../../core/errors.js';
import { createEmitter, type TypedEmitter } from '../../core/events.js';
import { describePattern, type LinePattern, matchesLine } from '../../core/line-pattern.js';
import type { LogLine } from '../../core/log-line.js';
import { RealClock } from '../../core/real-clock.js';
import { LineSplitter } from './line-splitter.js';
import type { OutputFile } from './output-file.js';

/** What a {@link ProcessLogs} tells. */
export type ProcessLogEvents = { line: (line: LogLine) => void };

/** How a line is waited for. */
export interface WaitForLineOptions {
  /** In milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** Only lines after the first `from` of all that there were count; {@link ProcessLogs.count} is "from now on". @defaultValue 0 */
  readonly from?: number;
  /** Calls the wait off. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 5;
const TAIL_LINES = 10;

/** What a program writes, line by line, the latest of it in memory. */
export class ProcessLogs {
  readonly events: TypedEmitter<ProcessLogEvents> = createEmitter<ProcessLogEvents>();
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #copy: ((stream: LogLine['stream'], bytes: Buffer) => void) | undefined;
  #lines: LogLine[] = [];
  #count = 0;

  /** @internal @param copy - Takes the bytes as they come. */
  constructor(clock: Clock, limit: number, copy?: (stream: LogLine['stream'], bytes: Buffer) => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#copy = copy;
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

  /** The text of the lines that are kept. */
  text(): string {
    return this.lines()
      .map(({ text }) => `${text}\n`)
      .join('');
  }

  /**
   * The first line with this text in it, or that matches: one that was written already, or one that comes.
   *
   * @throws TimeoutError with the last lines @throws AbortedError
   */
  waitForLine(pattern: LinePattern, options: WaitForLineOptions = {}): Promise<LogLine> {
    const { timeoutMs = 5000, from = 0, signal } = options;
    const found = this.lines(from).find((line) => matchesLine(pattern, line));
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        timer.cancel();
        this.events.off('line', look);
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const look = (line: LogLine): void => {
        if (matchesLine(pattern, line)) end(() => resolve(line));
      };
      const abort = (): void =>
        end(() => reject(new AbortedError('Waiting for a line was called off', { cause: signal?.reason })));
      const timer = new RealClock().setTimer(
        () => end(() => reject(this.#createTimeout(pattern, timeoutMs))),
        timeoutMs,
      );
      this.events.on('line', look);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted === true) abort();
    });
  }

  #createTimeout(pattern: LinePattern, timeoutMs: number): TimeoutError {
    const tail = this.tail(TAIL_LINES);
    const seen =
      tail.length === 0 ? 'it wrote nothing' : `the last it wrote:\n${tail.map((line) => `  ${line}`).join('\n')}`;
    return new TimeoutError(`${describePattern(pattern)} did not come in ${timeoutMs} ms; ${seen}`, timeoutMs);
  }

  /** @internal Takes what comes on a stream; resolves at its end. */
  async followStream(stream: LogLine['stream'], source: Readable): Promise<void> {
    const splitter = this.#split(stream);
    await new Promise<void>((resolve) => {
      source.on('data', (bytes: Buffer) => splitter.push(bytes));
      // What is broken has ended too.
      source.once('error', () => resolve());
      source.once('close', () => resolve());
    });
    splitter.end();
  }

  /** @internal Takes what is written to a file, until the writer has ended and everything was read. */
  async followFile(stream: LogLine['stream'], file: OutputFile, ended: Promise<unknown>): Promise<void> {
    const splitter = this.#split(stream);
    const clock = new RealClock();
    let isOver = false;
    const over = ended.then(() => {
      isOver = true;
    });
    for (;;) {
      const wasOver = isOver;
      const bytes = file.read();
      if (bytes.length > 0) {
        splitter.push(bytes);
        // Whoever floods the file does not keep the test from everything else.
        await clock.sleep(0);
      } else if (wasOver) break;
      else await Promise.race([clock.sleep(POLL_MS), over]);
    }
    splitter.end();
  }

  #split(stream: LogLine['stream']): { push(bytes: Buffer): void; end(): void } {
    const splitter = new LineSplitter((text) => this.#add({ stream, text, atMs: this.#clock.now() }));
    return {
      push: (bytes) => {
        this.#copy?.(stream, bytes);
        splitter.push(bytes);
      },
      end: () => splitter.end(),
    };
  }

  #add(line: LogLine): void {
    this.#count += 1;
    this.#lines.push(line);
    // Twice the limit is let in before it is cut, so that a line costs the same however many are kept.
    if (this.#lines.length >= 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
    this.events.emit('line', line);
  }
}
