import process from 'node:process';
import type { ScenarioPhase, ScenarioProgress } from '../../scenarios/scenario-progress.js';
import { describeProgress, fitLine } from './describe-progress.js';

/** Where progress is shown: `process.stderr` is one. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** How progress is shown. */
export interface ShowProgressOptions {
  /** @defaultValue `process.stderr` */
  readonly stream?: ProgressStream;
  /**
   * Of the run's clock, in milliseconds: where there is no terminal, how far apart the lines of one phase are.
   *
   * @defaultValue 10000
   */
  readonly everyMs?: number;
}

const CLEAR = '\r\u001B[2K';
const EVERY_MS = 10_000;
const COLUMNS = 80;

/**
 * Shows how far runs of scenarios are: on a terminal as one line that changes, elsewhere, as in CI, as a line for each
 * phase and every ten seconds.
 *
 * @example
 * ```ts
 * using progress = showProgress();
 * const result = await runScenario(churn, { onProgress: progress.onProgress });
 * ```
 */
export function showProgress(options: ShowProgressOptions = {}): ProgressLine {
  return new ProgressLine(options.stream ?? process.stderr, options.everyMs ?? EVERY_MS);
}

/** What {@link showProgress} gives. Closing it leaves the last line where it is; safe to repeat. */
export class ProgressLine implements Disposable {
  readonly #stream: ProgressStream;
  readonly #everyMs: number;
  #isOpen = false;
  #last: { readonly name: string; readonly phase: ScenarioPhase; readonly elapsedMs: number } | undefined;

  constructor(stream: ProgressStream, everyMs: number) {
    this.#stream = stream;
    this.#everyMs = everyMs;
  }

  /** For `runScenario`, or whoever else tells of progress. */
  readonly onProgress = (progress: ScenarioProgress): void => {
    const line = describeProgress(progress);
    if (this.#stream.isTTY === true) {
      this.#stream.write(`${CLEAR}${fitLine(line, this.#stream.columns ?? COLUMNS)}`);
      this.#isOpen = true;
      if (progress.phase === 'done') this.#end();
    } else if (this.#isDue(progress)) {
      this.#stream.write(`${line}\n`);
      this.#last = progress;
    }
  };

  [Symbol.dispose](): void {
    this.#end();
  }

  #isDue({ name, phase, elapsedMs }: ScenarioProgress): boolean {
    const last = this.#last;
    if (last === undefined || last.name !== name || last.phase !== phase) return true;
    return elapsedMs - last.elapsedMs >= this.#everyMs;
  }

  #end(): void {
    if (this.#isOpen) this.#stream.write('\n');
    this.#isOpen = false;
  }
}
