import { isDeepStrictEqual } from 'node:util';
import type * as FastCheck from 'fast-check';
import { AssertionError, UnsupportedError } from '../../core/errors.js';
import type { ContractDriver } from '../world.js';
import { type Command, type CommandKind, type Fc, NOTHING } from './commands/command.js';
import { DEVICE_COMMANDS } from './commands/device-commands.js';
import { MAP_COMMANDS } from './commands/map-commands.js';
import { OBJECT_COMMANDS } from './commands/object-commands.js';
import { PIN_COMMANDS } from './commands/pin-commands.js';
import { TRAFFIC_COMMANDS } from './commands/traffic-commands.js';
import { observe } from './observe.js';
import { RecordReader } from './record.js';
import { describeAnswers, describeLines, describeSteps, type Step } from './report.js';
import { type Outcome, outcomeOf, Session } from './session.js';

const KINDS: ReadonlyMap<string, CommandKind> = new Map(
  [...OBJECT_COMMANDS, ...MAP_COMMANDS, ...PIN_COMMANDS, ...DEVICE_COMMANDS, ...TRAFFIC_COMMANDS].map((kind) => [
    kind.name,
    kind,
  ]),
);
const LONGEST_MS = 30 * 60_000;

/** How two kernels are compared. */
export interface FuzzOptions {
  /** How many commands are run, over all worlds. @defaultValue 20000 */
  readonly commands?: number;
  /** How many commands one pair of worlds sees at most. @defaultValue 100 */
  readonly commandsPerWorld?: number;
  /** The seed of the generator. @defaultValue 1 */
  readonly seed?: number;
  /** The path to a failure, from the report of a run with that seed: only it is run again. */
  readonly path?: string;
  /** Whether a sequence that shows a difference is made as short as it can be. @defaultValue true */
  readonly shrink?: boolean;
}

/** What a comparison came to. */
export interface FuzzReport {
  /** How many commands were run on both kernels. */
  readonly commands: number;
  readonly worlds: number;
  readonly seed: number;
  /** How often each kind of command was answered with what: `attachTcx: EEXIST` → 12. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Where they first differed, in the shortest sequence that was found; absent when they never did. */
  readonly difference?: FuzzDifference;
}

/** A sequence of commands after whose last one two kernels differ. */
export interface FuzzDifference {
  /** To be given with the seed, to see it again. */
  readonly path: string;
  readonly commands: readonly Command[];
  /** How many commands had been run when the first sequence showed it, before it was made shorter. */
  readonly foundAfter: number;
  /** The report: the commands, what each kernel answered, and how to replay it. */
  readonly message: string;
}

/**
 * Runs random commands on two kernels at once and compares, after each, the answers, what is listed and attached, and
 * the operations that test kernels have recorded. fast-check makes the commands, and the sequence shorter when they
 * differ.
 *
 * @throws UnsupportedError when fast-check, an optional package, is not installed
 *
 * @example
 * ```ts
 * const report = await fuzzContract(fakeDriver('6.18'), await linuxDriver(), { commands: 5000 });
 * if (report.difference !== undefined) throw new Error(report.difference.message);
 * ```
 */
export async function fuzzContract(
  model: ContractDriver,
  kernel: ContractDriver,
  options: FuzzOptions = {},
): Promise<FuzzReport> {
  const { commands: wanted = 20_000, commandsPerWorld = 100, seed = 1, path, shrink = true } = options;
  const fc = await loadFastCheck();
  const outcomes = new Map<string, number>();
  let commands = 0;
  let worlds = 0;
  let foundAfter: number | undefined;
  const property = fc.asyncProperty(commandsOf(fc, commandsPerWorld), async (sequence) => {
    // Enough was run; what is generated beyond it is not looked at. A failure is always shrunk to its end.
    if (commands >= wanted && foundAfter === undefined && path === undefined) return;
    worlds += 1;
    await using pair = await Pair.open(model, kernel);
    for (const command of sequence) {
      commands += 1;
      const message = await pair.step(command, outcomes);
      if (message === undefined) continue;
      foundAfter ??= commands;
      throw new AssertionError(message);
    }
  });
  const details = await fc.check(property, {
    seed,
    numRuns: path === undefined ? Math.ceil(wanted / (commandsPerWorld / 4)) : 1,
    endOnFailure: !shrink,
    ...(path === undefined ? {} : { path }),
    interruptAfterTimeLimit: LONGEST_MS,
  });
  const report = { commands, worlds, seed, outcomes };
  if (!details.failed) return report;
  const { counterexample, counterexamplePath, errorInstance } = details;
  // What is no difference of the kernels', such as a driver that broke, is not to be reported as one.
  if (!(errorInstance instanceof AssertionError)) throw errorInstance;
  const found = counterexamplePath ?? '';
  const replay = `seed ${seed}, path ${JSON.stringify(found)}: npm run fuzz -- --seed ${seed} --path ${found}`;
  return {
    ...report,
    difference: {
      path: found,
      commands: counterexample?.[0] ?? [],
      foundAfter: foundAfter ?? commands,
      message: `${errorInstance.message}\n\nTo see it again: ${replay}`,
    },
  };
}

/** A world of each kernel, which are given the same commands. */
class Pair implements AsyncDisposable {
  readonly #left: Session;
  readonly #right: Session;
  readonly #records: readonly [RecordReader, RecordReader];
  readonly #steps: Step[] = [];

  private constructor(left: Session, right: Session) {
    this.#left = left;
    this.#right = right;
    this.#records = [new RecordReader(left.world.kernel), new RecordReader(right.world.kernel)];
  }

  static async open(model: ContractDriver, kernel: ContractDriver): Promise<Pair> {
    const left = await Session.open(model);
    try {
      return new Pair(left, await Session.open(kernel));
    } catch (error) {
      await left[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs one command on both and says how they differ after it. */
  async step(command: Command, outcomes: Map<string, number>): Promise<string | undefined> {
    const kind = KINDS.get(command.name);
    if (kind === undefined) return `there is no command ${command.name}`;
    for (const record of this.#records) record.skip();
    const [a, b] = [await run(this.#left, kind, command.args), await run(this.#right, kind, command.args)];
    const label = `${command.name}: ${'error' in b ? b.error : b.ok === NOTHING ? NOTHING : 'ok'}`;
    outcomes.set(label, (outcomes.get(label) ?? 0) + 1);
    const difference = await this.#compare(a, b);
    // Names are given to what a command has made, so its calls can be shown only now.
    if (!isNothing(b) || difference !== undefined) {
      const calls = this.#right.trace.describe(this.#right.names, (text) => this.#right.hide(text));
      this.#steps.push({ calls: calls.length === 0 ? [command.name] : calls, outcome: b });
    }
    if (difference === undefined) return undefined;
    const [model, kernel] = this.#driverNames;
    return describeSteps({ model, kernel, steps: this.#steps, difference });
  }

  async #compare(a: Outcome, b: Outcome): Promise<readonly string[] | undefined> {
    const [left, right] = [this.#left, this.#right];
    const names = this.#driverNames;
    if (!isSame(a, b)) return describeAnswers(names, [a, b]);
    const [record, recordToo] = this.#records;
    const lists = [record.read(left), recordToo.read(right)] as const;
    if (lists[0] !== undefined && lists[1] !== undefined && !isDeepStrictEqual(lists[0], lists[1]))
      return describeLines('what is recorded of it', names, [lists[0], lists[1]]);
    for (const { world, driver } of [left, right]) {
      const settled = await outcomeOf(() => world.settle());
      if ('error' in settled) return [`${driver.name} does not come to rest: ${settled.message}`];
    }
    const [seen, seenToo] = [await observe(left), await observe(right)];
    return isDeepStrictEqual(seen, seenToo)
      ? undefined
      : describeLines('what is there after it', names, [seen, seenToo]);
  }

  get #driverNames(): readonly [string, string] {
    return [this.#left.driver.name, this.#right.driver.name];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using _right = this.#right;
    await using _left = this.#left;
  }
}

function run(session: Session, kind: CommandKind, args: unknown): Promise<Outcome> {
  session.trace.begin();
  return outcomeOf(() => kind.run(session, args));
}

/** What an error says is each kernel's own. */
function isSame(a: Outcome, b: Outcome): boolean {
  if ('error' in a || 'error' in b) return 'error' in a && 'error' in b && a.error === b.error;
  return isDeepStrictEqual(a.ok, b.ok);
}

function isNothing(outcome: Outcome): boolean {
  return 'ok' in outcome && outcome.ok === NOTHING;
}

function commandsOf(fc: Fc, maxLength: number): FastCheck.Arbitrary<Command[]> {
  const weighted = [...KINDS.values()].map((kind) => ({
    weight: kind.weight,
    arbitrary: fc.record({ name: fc.constant(kind.name), args: kind.arguments(fc) }),
  }));
  return fc.array(fc.oneof(...weighted), { minLength: 1, maxLength, size: 'max' });
}

async function loadFastCheck(): Promise<Fc> {
  try {
    return await import('fast-check');
  } catch (cause) {
    throw new UnsupportedError(
      {
        capability: 'differential fuzzing',
        reason: 'the package fast-check, which makes the commands, is not installed',
        fix: 'npm install --save-dev fast-check',
      },
      { cause },
    );
  }
}
