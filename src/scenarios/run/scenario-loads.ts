import { quote, UsageError } from '../../core/errors.js';
import type { Load } from '../load/load.js';
import { findLoadMistakes } from '../load/load-mistakes.js';
import { LoadRun } from '../load/load-run.js';
import { fromFunction } from '../measures/sources/from-function.js';
import type { MeasureSource } from '../measures/sources/measure-source.js';
import type { LoadResult } from '../scenario-result.js';
import type { RunState } from './run-state.js';

const IN_FLIGHT_EVERY_MS = 250;

/** All loads of a scenario. */
export class ScenarioLoads {
  readonly #runs: readonly LoadRun[];
  #results: readonly LoadResult[] | undefined;

  /** @throws UsageError for what is no load, and names that are taken twice */
  constructor(given: unknown, state: RunState) {
    const loads = readLoads(given);
    this.#runs = loads.map((load) => createRun(load, state));
  }

  /** Whether there is anything to wait for. */
  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** How long the longest is planned to be, in milliseconds. */
  get plannedMs(): number {
    return Math.max(0, ...this.#runs.map(({ plannedMs }) => plannedMs));
  }

  /** What they are measured by, beside what they count. */
  get sources(): readonly MeasureSource[] {
    return this.#runs.map((run) =>
      fromFunction(`${run.name} in flight`, () => run.inFlight, { intervalMs: IN_FLIGHT_EVERY_MS }),
    );
  }

  get counts() {
    const sum = (read: (run: LoadRun) => number): number => this.#runs.reduce((total, run) => total + read(run), 0);
    return {
      started: sum(({ started }) => started),
      succeeded: sum(({ succeeded }) => succeeded),
      failed: sum(({ failed }) => failed),
    };
  }

  /** Resolves when all schedules are over, or the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      for (const run of this.#runs) run.stop();
    };
    signal.addEventListener('abort', stop, { once: true });
    const over = this.#runs.map((run) => run.run());
    if (signal.aborted) stop();
    await Promise.all(over);
    signal.removeEventListener('abort', stop);
  }

  /** Waits for what was begun, as long as it may take. */
  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#runs.map((run) => run.drain(signal)));
  }

  /** Gives up what has not ended. Safe to call twice. */
  close(): readonly LoadResult[] {
    for (const run of this.#runs) run.close();
    this.#results ??= this.#runs.map((run) => run.result());
    return this.#results;
  }
}

function createRun(load: Load, state: RunState): LoadRun {
  const name = load.work.name ?? 'load';
  const { measures, clock } = state;
  return new LoadRun(load, {
    clock,
    random: state.random.fork(`load ${name}`),
    latency: measures.histogram(`${name} latency`, {
      unit: 'ms',
      description: 'Of successes, from when each ought to have begun.',
    }),
    succeeded: measures.counter(`${name} succeeded`),
    failed: measures.counter(`${name} failed`),
    onEvent: (event, details) => state.event(event, { details }),
    onProblem: (message) => state.problem(message, name),
  });
}

function readLoads(given: unknown): readonly Load[] {
  const list: readonly unknown[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
  const mistakes: string[] = [];
  const names = new Set<string>();
  const loads: Load[] = [];
  for (const [index, each] of list.entries()) {
    const found = findLoadMistakes(each);
    mistakes.push(...found.map((mistake) => (list.length === 1 ? mistake : `[${index}]: ${mistake}`)));
    if (found.length > 0) continue;
    // It was looked over.
    const load = each as Load;
    const name = load.work.name ?? 'load';
    if (names.has(name)) mistakes.push(`two loads are called ${quote(name)}: give one another name`);
    names.add(name);
    loads.push(load);
  }
  if (mistakes.length > 0) throw new UsageError('load', mistakes);
  return loads;
}
