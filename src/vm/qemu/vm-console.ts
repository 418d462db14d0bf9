import type { LinePattern } from '../../core/line-pattern.js';
import type { LogLine } from '../../core/log-line.js';
import type { ProcessLogs, WaitForLineOptions } from '../../process/logs/process-logs.js';

/** What a kernel writes when it goes down: panic() in kernel/panic.c, die() in arch/x86/kernel/dumpstack.c. */
const PANIC = /Kernel panic - not syncing|---\[ end Kernel panic/;
const OOPS = /\bOops: |\bBUG: |general protection fault|Unable to handle kernel/;

/** How much of a panic is shown, and of what was written before it. */
const PANIC_LINES = 60;
const LINES_BEFORE = 3;

/** The guest's console, line by line, the latest of it in memory. */
export class VmConsole {
  readonly #logs: ProcessLogs;

  /** @internal @param logs - What QEMU writes: to its output, the console; to its errors, what it has to say itself. */
  constructor(logs: ProcessLogs) {
    this.#logs = logs;
  }

  /** The lines that are kept, the oldest first, with the time at which each came. */
  lines(): readonly LogLine[] {
    return this.#logs.lines().filter(({ stream }) => stream === 'stdout');
  }

  /** The text of the last lines. */
  tail(count = 30): readonly string[] {
    return this.lines()
      .slice(-count)
      .map(({ text }) => text.replace(/\r$/, ''));
  }

  /** The text of the lines that are kept. */
  text(): string {
    return this.tail(Number.MAX_SAFE_INTEGER)
      .map((line) => `${line}\n`)
      .join('');
  }

  /** How many lines there were so far, QEMU's own counted: `from` of {@link waitForLine}. */
  get count(): number {
    return this.#logs.count;
  }

  /** The first line with this text in it, or that matches. @throws TimeoutError with the last lines @throws AbortedError */
  waitForLine(pattern: LinePattern, options: WaitForLineOptions = {}): Promise<LogLine> {
    return this.#logs.waitForLine(pattern, options);
  }

  /** The line in which the kernel said that it panicked, or oopsed; `undefined` when it did neither. */
  findPanic(): string | undefined {
    const lines = this.tail(Number.MAX_SAFE_INTEGER);
    return lines.find((line) => PANIC.test(line)) ?? lines.find((line) => OOPS.test(line));
  }

  /** @internal The lines of a panic from what led to it on: a call trace is longer than a tail. */
  panicTail(): readonly string[] {
    const lines = this.tail(Number.MAX_SAFE_INTEGER);
    const first = lines.findIndex((line) => PANIC.test(line) || OOPS.test(line));
    return first === -1 ? this.tail() : lines.slice(Math.max(0, first - LINES_BEFORE)).slice(0, PANIC_LINES);
  }

  /** @internal Calls back once the kernel has said that it panics. */
  onPanic(callback: () => void): () => void {
    const look = ({ stream, text }: LogLine): void => {
      if (stream === 'stdout' && PANIC.test(text)) callback();
    };
    this.#logs.events.on('line', look);
    return () => this.#logs.events.off('line', look);
  }

  /** @internal The last lines that QEMU itself wrote. */
  machineTail(): readonly string[] {
    return this.#logs
      .lines()
      .filter(({ stream }) => stream === 'stderr')
      .slice(-10)
      .map(({ text }) => text);
  }
}
