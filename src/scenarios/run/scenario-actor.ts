import type { Clock } from '../../core/clock.js';
import { quote, UsageError } from '../../core/errors.js';
import type { Actor, ActorOptions, ActorProcess } from '../actor.js';
import { describeError } from '../load/failure-tally.js';
import type { ActorResult } from '../scenario-result.js';

/** What an actor is told with. */
export interface ScenarioActorContext {
  readonly clock: Clock;
  /** Since the run began. */
  readonly nowMs: () => number;
  /** Aborted when nobody follows it any more. */
  readonly signal: AbortSignal;
  /** It has ended, and nobody said that it might. */
  readonly onDeath: (actor: ScenarioActor, end: string) => void;
}

type Spell = ActorResult['spells'][number];

/** How often is looked whether a process that has ended is there again. */
const LOOK_MS = 20;

/** One that takes part in a run: when it was there, and how it ended each time. */
export class ScenarioActor implements Actor {
  readonly name: string;
  readonly kind: string;
  readonly process: ActorProcess | undefined;
  readonly #options: ActorOptions;
  readonly #context: ScenarioActorContext;
  readonly #spells: Spell[] = [];
  #expected = 0;
  /** That of the last life that has ended. */
  #lastExit: ActorProcess['exit'] | undefined;

  constructor(name: string, options: ActorOptions, context: ScenarioActorContext) {
    this.name = name;
    this.kind = options.kind ?? 'actor';
    this.process = options.process;
    this.#options = options;
    this.#context = context;
    this.markStarted();
    if (options.process !== undefined) void this.#follow(options.process);
  }

  /** Whether it is there now. */
  get isThere(): boolean {
    const last = this.#spells.at(-1);
    return last !== undefined && last.untilMs === undefined;
  }

  /** Whether its process has ended, also where nobody follows it any more. */
  get hasExited(): boolean {
    return this.process === undefined || this.process.exit === this.#lastExit;
  }

  markStarted(): void {
    if (!this.isThere) this.#spells.push({ fromMs: this.#context.nowMs() });
  }

  markEnded(end?: string): void {
    const last = this.#spells.at(-1);
    if (last === undefined || last.untilMs !== undefined) return;
    this.#spells[this.#spells.length - 1] = {
      ...last,
      untilMs: this.#context.nowMs(),
      ...(end !== undefined && { end }),
    };
  }

  expectExit(): () => void {
    this.#expected += 1;
    let isTaken = false;
    return () => {
      if (!isTaken) this.#expected -= 1;
      isTaken = true;
    };
  }

  /** Asks it for its own figures. @throws UsageError for what is none, and whatever it throws */
  async askTotals(): Promise<Readonly<Record<string, number>>> {
    const totals: unknown = (await this.#options.totals?.()) ?? {};
    return readTotals(totals);
  }

  result(totals: Readonly<Record<string, number>>): ActorResult {
    return { name: this.name, kind: this.kind, spells: [...this.#spells], totals };
  }

  /** From life to life of a process that is started again. */
  async #follow(process: ActorProcess): Promise<void> {
    const { clock, signal } = this.#context;
    try {
      for (;;) {
        const { exit } = process;
        this.markStarted();
        const { code, signal: by } = await exit;
        this.#lastExit = exit;
        if (signal.aborted) return;
        this.#end(by === undefined ? `exited with code ${code}` : `was ended by ${by}`);
        while (process.exit === exit) await clock.sleep(LOOK_MS, { signal });
      }
    } catch (error) {
      if (!signal.aborted) this.#end(`cannot be followed: ${describeError(error)}`);
      else this.#awaitExit(process);
    }
  }

  /** The run is over: of a life that has begun since the last look, only its end counts. */
  #awaitExit({ exit }: ActorProcess): void {
    const end = (): void => {
      this.#lastExit = exit;
    };
    exit.then(end, end);
  }

  #end(end: string): void {
    this.markEnded(end);
    if (this.#expected === 0 && this.#options.mayExit !== true) this.#context.onDeath(this, end);
  }
}

/** They become plain data, in which nothing but numbers may stand. @throws UsageError with every mistake */
function readTotals(totals: unknown): Readonly<Record<string, number>> {
  if (typeof totals !== 'object' || totals === null)
    throw new UsageError('totals', `it must give an object of numbers; received ${quote(totals)}`);
  const mistakes: string[] = [];
  const read: Record<string, number> = {};
  for (const [name, value] of Object.entries(totals)) {
    if (typeof value === 'number' && Number.isFinite(value)) read[name] = value;
    else mistakes.push(`${name} must be a finite number; received ${quote(value)}`);
  }
  if (mistakes.length > 0) throw new UsageError('totals', mistakes);
  return read;
}
