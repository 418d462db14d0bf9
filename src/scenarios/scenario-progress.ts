/** What a scenario is doing. */
export type ScenarioPhase = 'actors' | 'load' | 'eventually' | 'verdicts' | 'teardown' | 'done';

/** How far a run is, as plain figures: told to `onProgress` at every change of phase, and once a second between. */
export interface ScenarioProgress {
  /** The scenario. */
  readonly name: string;
  readonly phase: ScenarioPhase;
  /** Since the run began, in milliseconds of its clock. */
  readonly elapsedMs: number;
  /** How long the load is planned to take, in milliseconds; 0 where there is none. */
  readonly plannedMs: number;
  /** How long the load has taken so far, in milliseconds; 0 before it. */
  readonly loadMs: number;
  /** Of all loads together. */
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Successes a second, over the time since the progress that was told before. */
  readonly ratePerSecond: number;
  /** How many disruptions are in effect now, in words: `link down: a ↔ b`. */
  readonly disruptions: readonly string[];
  readonly problems: number;
}
