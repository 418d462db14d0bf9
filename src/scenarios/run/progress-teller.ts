import type { ClockTimer } from '../../core/clock.js';
import { describeError } from '../load/failure-tally.js';
import type { ScenarioPhase, ScenarioProgress } from '../scenario-progress.js';
import type { RunState } from './run-state.js';

/** What of a run is known to nobody else. */
export interface ProgressFigures {
  readonly plannedMs: number;
  readonly counts: { readonly started: number; readonly succeeded: number; readonly failed: number };
  /** The disruptions in effect, in words. */
  readonly active: readonly string[];
}

const EVERY_MS = 1000;

/** Tells whoever wants to know how far a run is. */
export class ProgressTeller {
  readonly #state: RunState;
  readonly #tell: ((progress: ScenarioProgress) => void) | undefined;
  readonly #figures: ProgressFigures;
  #phase: ScenarioPhase = 'actors';
  #loadSinceMs: number | undefined;
  #loadMs = 0;
  #lastMs = 0;
  #lastSucceeded = 0;
  #timer: ClockTimer | undefined;
  #hasFailed = false;

  /** @param figures - Is read again each time. */
  constructor(state: RunState, tell: ((progress: ScenarioProgress) => void) | undefined, figures: ProgressFigures) {
    this.#state = state;
    this.#tell = tell;
    this.#figures = figures;
  }

  enter(phase: ScenarioPhase): void {
    this.#phase = phase;
    const nowMs = this.#state.elapsedMs();
    if (phase === 'load') this.#loadSinceMs = nowMs;
    else if (this.#loadSinceMs !== undefined) {
      this.#loadMs = nowMs - this.#loadSinceMs;
      this.#loadSinceMs = undefined;
    }
    this.#timer?.cancel();
    if (this.#tell === undefined) return;
    this.#report();
    if (phase !== 'done') this.#arm();
  }

  #arm(): void {
    this.#timer = this.#state.clock.setTimer(() => {
      this.#report();
      this.#arm();
    }, EVERY_MS);
  }

  #report(): void {
    const { plannedMs, counts, active } = this.#figures;
    const elapsedMs = this.#state.elapsedMs();
    const spanMs = elapsedMs - this.#lastMs;
    const ratePerSecond = spanMs > 0 ? ((counts.succeeded - this.#lastSucceeded) * 1000) / spanMs : 0;
    this.#lastMs = elapsedMs;
    this.#lastSucceeded = counts.succeeded;
    try {
      this.#tell?.({
        name: this.#state.name,
        phase: this.#phase,
        elapsedMs,
        plannedMs,
        loadMs: this.#loadSinceMs === undefined ? this.#loadMs : elapsedMs - this.#loadSinceMs,
        ...counts,
        ratePerSecond,
        disruptions: active,
        problems: this.#state.problems.length,
      });
    } catch (error) {
      if (!this.#hasFailed) this.#state.problem(`onProgress failed: ${describeError(error)}`);
      this.#hasFailed = true;
    }
  }
}
