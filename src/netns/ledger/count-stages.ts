import { within } from '../../core/within.js';
import type { LedgerStage } from './flow.js';
import type { CountedStage } from './make-report.js';

/** A stage, and what it counted at the beginning; a program that is not there yet begins at 0. */
export interface OpenStage {
  readonly stage: LedgerStage;
  readonly start: Promise<number>;
}

/** Begins to count. */
export function openStage(stage: LedgerStage): OpenStage {
  return { stage, start: readIfThere(stage) };
}

/** What one report asks of stages. One that has not answered in time is not asked again, so that it costs that once. */
export class StageInquiry {
  readonly #answerMs: number;
  readonly #silent = new Map<LedgerStage, string>();

  constructor(answerMs: number) {
    this.#answerMs = answerMs;
  }

  /** What stages count now, to be compared. */
  async readAll(stages: readonly OpenStage[]): Promise<string> {
    return (await Promise.all(stages.map(({ stage }) => this.#ask(stage, 'read()', () => readIfThere(stage))))).join();
  }

  /** @throws what the `read` of a stage that runs throws */
  async count({ stage, start }: OpenStage): Promise<CountedStage> {
    const isRunning = (await this.#ask(stage, 'isRunning()', async () => stage.isRunning?.())) ?? true;
    const from = await this.#ask(stage, 'read(), when the ledger was opened,', () => start);
    const to = await this.#ask(stage, 'read()', () => (isRunning ? readNow(stage) : readIfThere(stage)));
    const silence = this.#silent.get(stage);
    if (from === undefined || to === undefined)
      return { name: stage.name, ifLost: undefined, isRunning, packets: 0, silence };
    // Whoever cannot say why, or does not, has lost them all the same.
    const ifLost = await within(askWhy(stage), this.#answerMs);
    // A program that was started anew counts from 0 again.
    return { name: stage.name, ifLost, isRunning, packets: to >= from ? to - from : to, silence: undefined };
  }

  async #ask<T>(stage: LedgerStage, question: string, ask: () => Promise<T>): Promise<T | undefined> {
    if (this.#silent.has(stage)) return undefined;
    const answer = await within(
      ask().then((value) => ({ value })),
      this.#answerMs,
    );
    if (answer === undefined) this.#silent.set(stage, `its ${question} has not answered within ${this.#answerMs} ms`);
    return answer?.value;
  }
}

/**
 * Read now, not in the next turn: what moves at once counts. A program that does not run, yet or any more, may not
 * answer: it has counted nothing.
 */
async function readIfThere(stage: LedgerStage): Promise<number> {
  try {
    return await stage.read();
  } catch {
    return 0;
  }
}

async function readNow(stage: LedgerStage): Promise<number> {
  return stage.read();
}

async function askWhy({ ifLost }: LedgerStage): Promise<string | undefined> {
  try {
    return typeof ifLost === 'function' ? await ifLost() : ifLost;
  } catch {
    return undefined;
  }
}
