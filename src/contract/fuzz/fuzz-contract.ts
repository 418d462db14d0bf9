import { deepStrictEqual } from 'node:assert/strict';
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
import { type Outcome, outcomeOf, Session } from './session.js';

const KINDS: readonly CommandKind[] = [
  ...OBJECT_COMMANDS,
  ...MAP_COMMANDS,
  ...PIN_COMMANDS,
  ...DEVICE_COMMANDS,
  ...TRAFFIC_COMMANDS,
];

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
  /** The report: the commands, what each kernel answered, and how to replay it. */
  readonly message: string;
}

/**
 * Runs random commands on two kernels at once and compares, after each, the answers, the listings and the hooks.
 * fast-check makes the commands, and the sequence shorter when they differ.
 *
 * @throws UnsupportedError when fast-check, an optional package, is not installed
 *
 * @example
 * ```ts
 * const report = await fuzzContract(fakeDriver('6.18'), linuxDriver(), { commands: 5000 });
 * ```
 */
export async function fuzzContract(
  model: ContractDriver,
  kernel: ContractDriver,
  options: FuzzOptions = {},
): Promise<FuzzReport> {
  const { commands: wanted = 20_000, commandsPerWorld = 100, seed = 1, path } = options;
  const fc = await loadFastCheck();
  const outcomes = new Map<string, number>();
  let commands = 0;
  let worlds = 0;
  let wrong: string | undefined;
  const property = fc.asyncProperty(commandsOf(fc, commandsPerWorld), async (sequence) => {
    // Enough was run; what is generated beyond it is not looked at. A failure is always shrunk to its end.
    if (commands >= wanted && wrong === undefined && path === undefined) return;
    worlds += 1;
    await using left = await Session.open(model);
    await using right = await Session.open(kernel);
    for (const [index, command] of sequence.entries()) {
      commands += 1;
      const difference = await step(left, right, command, outcomes);
      if (difference === undefined) continue;
      const ran = sequence.slice(0, index + 1);
      wrong = [...ran.map(printCommand), '', difference].join('\n');
      throw new AssertionError(wrong);
    }
  });
  const details = await fc.check(property, {
    seed,
    numRuns: path === undefined ? Math.ceil(wanted / (commandsPerWorld / 4)) : 1,
    ...(path === undefined ? {} : { path }),
    interruptAfterTimeLimit: 30 * 60_000,
  });
  const report = { commands, worlds, seed, outcomes };
  if (!details.failed) return report;
  const found = details.counterexample?.[0] ?? [];
  const replay = `seed ${details.seed}, path ${JSON.stringify(details.counterexamplePath)}`;
  const message =
    details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
  return {
    ...report,
    difference: {
      path: details.counterexamplePath ?? '',
      commands: found,
      message: `${model.name} and ${kernel.name} differ after ${found.length} commands (${replay}):\n${message}`,
    },
  };
}

/** Runs one command on both and says how they differ after it. */
async function step(
  left: Session,
  right: Session,
  command: Command,
  outcomes: Map<string, number>,
): Promise<string | undefined> {
  const kind = KINDS.find(({ name }) => name === command.name);
  if (kind === undefined) return `there is no command ${command.name}`;
  const [a, b] = [
    await outcomeOf(() => kind.run(left, command.args)),
    await outcomeOf(() => kind.run(right, command.args)),
  ];
  const label = `${command.name}: ${'error' in a ? a.error : a.ok === NOTHING ? NOTHING : 'ok'}`;
  outcomes.set(label, (outcomes.get(label) ?? 0) + 1);
  if (!isDeepStrictEqual(a, b)) return `answers: ${printOutcome(a)} against ${printOutcome(b)}`;
  for (const session of [left, right]) await session.world.settle();
  const [seen, seenToo] = [await observe(left), await observe(right)];
  if (isDeepStrictEqual(seen, seenToo)) return undefined;
  return `what can be seen after it: ${describeDifference(seen, seenToo)}`;
}

/** In lines, those of the first kernel with a plus and those of the second with a minus. */
function describeDifference(seen: unknown, seenToo: unknown): string {
  try {
    deepStrictEqual(seen, seenToo);
    return 'nothing';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function commandsOf(fc: Fc, maxLength: number): FastCheck.Arbitrary<Command[]> {
  const weighted = KINDS.map((kind) => ({
    weight: kind.weight,
    arbitrary: fc.record({ name: fc.constant(kind.name), args: kind.arguments(fc) }),
  }));
  return fc.array(fc.oneof(...weighted), { minLength: 1, maxLength, size: 'max' });
}

function printCommand({ name, args }: Command, index: number): string {
  return `${String(index + 1).padStart(3)}. ${name} ${JSON.stringify(args)}`;
}

function printOutcome(outcome: Outcome): string {
  return 'error' in outcome ? outcome.error : `ok ${JSON.stringify(outcome.ok) ?? ''}`;
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
