import { quote, UsageError } from '../../core/errors.js';
import { createRandom } from '../../core/random.js';
import type { FaultPoint } from '../points.js';
import { listFaults, listSecondFaults } from './cases.js';
import { ExploreError } from './explore-error.js';
import { checkArguments, type ExploreOptions } from './options.js';
import { type ExploreFailure, type ExploreResult, formatReport, type PointCoverage } from './report.js';
import { type CaseRun, type RunSettings, runCase } from './run-case.js';
import type { CaseFault, Scenario } from './scenario.js';
import { formatToken, parseToken } from './token.js';

const readTime = performance.now.bind(performance);

/** The function {@link explore}. */
export interface Explore {
  <World>(scenario: Scenario<World>, options?: ExploreOptions): Promise<ExploreResult>;
  /**
   * Runs one case again, as a report's token names it; otherwise as `explore`.
   *
   * @throws UsageError for a text that is no token, and for a token of another scenario.
   */
  replay<World>(token: string, scenario: Scenario<World>, options?: ExploreOptions): Promise<ExploreResult>;
}

/**
 * Runs a scenario once without faults, then once more for every call it made at a point × failing before, failing after
 * it took effect, crashing before and after × once and persistently × the errors plausible there; and checks the
 * invariants after each run. The same seed gives the same runs.
 *
 * A run that throws is an outcome like any other. One that does not end is a failing case; only an endless loop that
 * never awaits cannot be stopped.
 *
 * @throws ExploreError when an invariant did not hold (see `throwOnFailure`), and when the scenario fails without faults.
 * @throws UsageError for a scenario or options that are wrong.
 *
 * @example
 * ```ts
 * await explore({
 *   setup: ({ faults }) => new FakeKernel({ faults }),
 *   run: (kernel) => loadAndAttach(kernel),
 *   invariants: {
 *     'all or nothing': (kernel) => expect([0, 1]).toContain(kernel.linkCount()),
 *   },
 * });
 * ```
 */
export const explore: Explore = /* @__PURE__ */ Object.assign(exploreAll, { replay });

async function exploreAll<World>(scenario: Scenario<World>, options: ExploreOptions = {}): Promise<ExploreResult> {
  checkArguments(scenario, options);
  if (options.token !== undefined) return replay(options.token, scenario, options);
  const exploration = new Exploration(scenario, options, options.seed ?? 0);
  await exploration.runAll();
  return exploration.finish();
}

async function replay<World>(
  token: string,
  scenario: Scenario<World>,
  options: ExploreOptions = {},
): Promise<ExploreResult> {
  checkArguments(scenario, options);
  const { seed, faults } = parseToken(token);
  const exploration = new Exploration(scenario, options, seed);
  await exploration.runOne(faults);
  return exploration.finish();
}

/** One exploration under way. */
class Exploration<World> {
  readonly #scenario: Scenario<World>;
  readonly #options: ExploreOptions;
  readonly #settings: RunSettings;
  readonly #coverage = new Map<string, { passes: number; cases: number; fired: number }>();
  readonly #failures: ExploreFailure[] = [];
  readonly #warnings: string[] = [];
  readonly #startedMs = readTime();
  /** Why there was nothing to try. */
  #idleReason: string | undefined;
  #runs = 0;
  #notFired = 0;
  #skipped = 0;

  constructor(scenario: Scenario<World>, options: ExploreOptions, seed: number) {
    this.#scenario = scenario;
    this.#options = options;
    this.#settings = { seed, errors: options.errors ?? {}, timeoutMs: options.timeoutMs ?? 5_000 };
  }

  async runAll(): Promise<void> {
    const { crash = true, pairs = false } = this.#options;
    const { trace, points } = await this.#runWithoutFaults();
    const wanted = trace.filter(({ point }) => this.#isWanted(point));
    for (const { point } of wanted) this.#coverageOf(point).passes += 1;
    this.#warnOfPoints(points, new Set(trace.map(({ point }) => point)), wanted.length);
    const firsts = this.#draw(wanted.flatMap((pass) => listFaults(pass, { crash, firstErrorOnly: false })));
    // All single faults before any pair, so that the first failure has the fewest faults.
    const seconds: { readonly first: CaseFault; readonly second: CaseFault }[] = [];
    for (const first of firsts) {
      const run = await this.#runUnlessDone([first]);
      if (!pairs || run === undefined) continue;
      const later = run.trace.filter(({ point }) => this.#isWanted(point));
      seconds.push(...listSecondFaults(first, later, crash).map((second) => ({ first, second })));
    }
    for (const { first, second } of this.#draw(seconds)) await this.#runUnlessDone([first, second]);
  }

  async runOne(faults: readonly CaseFault[]): Promise<void> {
    const run = await this.#run(faults);
    for (const { point } of run.trace) this.#coverageOf(point).passes += 1;
    const idle = faults.filter((_, index) => run.fired[index] !== true);
    if (idle.length > 0)
      this.#warnings.push(`${idle.length} of the token's faults did not take effect: the scenario may have changed`);
  }

  /** @throws ExploreError when an invariant did not hold, or when there was nothing to try. */
  finish(): ExploreResult {
    const points: PointCoverage[] = [...this.#coverage].map(([point, counts]) => ({ point, ...counts }));
    const found = {
      seed: this.#settings.seed,
      runs: this.#runs,
      points,
      failures: this.#failures,
      notFired: this.#notFired,
      skipped: this.#skipped,
      warnings: this.#warnings,
      durationMs: readTime() - this.#startedMs,
    };
    const result: ExploreResult = { ...found, toString: () => formatReport(found) };
    const [smallest] = this.#failures;
    if (this.#options.throwOnFailure === false) return result;
    if (this.#idleReason !== undefined)
      throw new ExploreError(`explore tried nothing: ${this.#idleReason}`, { result });
    if (smallest !== undefined) {
      throw new ExploreError(formatReport(found), { result, cause: smallest.violations[0]?.error });
    }
    return result;
  }

  /** Runs the scenario twice as it is, so that one which takes another way each time is found out. */
  async #runWithoutFaults(): Promise<CaseRun> {
    const first = await this.#runBare();
    const second = await this.#runBare();
    const length = Math.max(first.trace.length, second.trace.length);
    for (let place = 0; place < length; place += 1) {
      const [one, other] = [first.trace[place]?.point ?? 'the end', second.trace[place]?.point ?? 'the end'];
      if (one === other) continue;
      this.#warnings.push(
        `the scenario takes another way each time (call ${place + 1} was ${one}, then ${other}), so cases and tokens are ` +
          'not exact: take time and randomness from the tools of setup',
      );
      break;
    }
    return first;
  }

  async #runBare(): Promise<CaseRun> {
    const run = await this.#execute([]);
    const { outcome, violations } = run;
    const [violation] = violations;
    const cause = violation ?? (outcome.status === 'ok' ? undefined : { invariant: '', error: outcome.error });
    if (cause === undefined) return run;
    const what = violation === undefined ? 'its run throws' : `${JSON.stringify(violation.invariant)} does not hold`;
    const thrown =
      violation !== undefined && outcome.status === 'error' ? `, after its run threw ${String(outcome.error)}` : '';
    throw new ExploreError(
      `explore: the scenario fails without any fault: ${what}: ${String(cause.error)}${thrown}. Mend the scenario first`,
      { cause: cause.error },
    );
  }

  /** A sample, in the order that the cases have, where one is asked for. */
  #draw<Case>(cases: readonly Case[]): readonly Case[] {
    const { sample = cases.length } = this.#options;
    if (cases.length <= sample) return cases;
    this.#skipped += cases.length - sample;
    const drawn = new Set(
      createRandom(this.#settings.seed)
        .shuffle([...cases.keys()])
        .slice(0, sample),
    );
    return cases.filter((_, index) => drawn.has(index));
  }

  async #runUnlessDone(faults: readonly CaseFault[]): Promise<CaseRun | undefined> {
    const { maxRuns = 100_000, stopAtFirst = false } = this.#options;
    if (this.#runs < maxRuns && !(stopAtFirst && this.#failures.length > 0)) return this.#run(faults);
    this.#skipped += 1;
    return undefined;
  }

  async #run(faults: readonly CaseFault[]): Promise<CaseRun> {
    const run = await this.#execute(faults);
    faults.forEach((fault, index) => {
      const counts = this.#coverageOf(fault.point);
      counts.cases += 1;
      if (run.fired[index] === true) counts.fired += 1;
    });
    if (run.fired.includes(false)) this.#notFired += 1;
    if (run.violations.length > 0) {
      const { outcome, violations } = run;
      const token = formatToken({ seed: this.#settings.seed, faults });
      this.#failures.push({ token, faults, violations, outcome, steps: run.listSteps() });
    }
    this.#options.onProgress?.({ runs: this.#runs, failures: this.#failures.length });
    return run;
  }

  async #execute(faults: readonly CaseFault[]): Promise<CaseRun> {
    this.#runs += 1;
    try {
      return await runCase(this.#scenario, faults, this.#settings);
    } catch (error) {
      // A token that does not fit the scenario is the caller's mistake, all else is the scenario's.
      if (error instanceof UsageError) throw error;
      throw new ExploreError(`explore: the scenario's setup failed, without any fault: ${String(error)}`, {
        cause: error,
      });
    }
  }

  /** Says of names that are no points of the scenario, and of an exploration that has nothing to try. */
  #warnOfPoints(known: readonly string[], passed: ReadonlySet<string>, wanted: number): void {
    const { points, errors = {} } = this.#options;
    for (const [option, names] of Object.entries({ points, errors: Object.keys(errors) })) {
      const unknown = Array.isArray(names) ? names.filter((name) => !known.includes(name)) : [];
      if (unknown.length > 0) {
        this.#warnings.push(`${option} names ${unknown.map(quote).join(', ')}, which is no point of the scenario`);
      }
    }
    if (wanted > 0) return;
    this.#idleReason =
      passed.size === 0
        ? 'the scenario passed no point: make its fakes with the plan of setup'
        : `the scenario passed no point that is to be tried, but ${[...passed].join(', ')}`;
    this.#warnings.push(this.#idleReason);
  }

  #isWanted(point: FaultPoint): boolean {
    const { points } = this.#options;
    if (points === undefined) return true;
    return typeof points === 'function' ? points(point) : points.includes(point);
  }

  #coverageOf(point: string): { passes: number; cases: number; fired: number } {
    const known = this.#coverage.get(point);
    if (known !== undefined) return known;
    const counts = { passes: 0, cases: 0, fired: 0 };
    this.#coverage.set(point, counts);
    return counts;
  }
}
