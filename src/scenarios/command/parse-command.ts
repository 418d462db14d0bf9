import { parseArgs } from 'node:util';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';

/** What a command line asks for. */
export interface ScenarioCommand {
  readonly help: boolean;
  readonly list: boolean;
  readonly quick: boolean;
  readonly seed: number | undefined;
  /** The names of the scenarios to run, in the order in which they were given to the program. */
  readonly names: readonly string[];
  readonly out: string | undefined;
}

export const USAGE = `Options:
  --quick        at the small scale
  --seed N       the same load, disruptions and draws again, 0 to 4294967295
  --only NAME    only the scenarios with this in their name; may be given again
  --out FOLDER   where the report goes
  --list         only tell which scenarios there are
  --help         only tell this`;

/** @throws UsageError with every mistake */
export function parseCommand(args: readonly string[], names: readonly string[]): ScenarioCommand {
  const values = parse(args);
  const { help = false, list = false, quick = false, seed, only = [], out } = values;
  const mistakes: string[] = [];
  const number = seed === undefined ? undefined : Number(seed);
  if (number !== undefined && !(/^\d+$/.test(seed ?? '') && number < 2 ** 32))
    mistakes.push(`--seed must be an integer from 0 to ${2 ** 32 - 1}; received ${quote(seed)}`);
  for (const wanted of only)
    if (!names.some((name) => matches(name, wanted)))
      mistakes.push(
        `--only ${quote(wanted)}: no scenario is called so${suggest(wanted, names) || `; there are ${names.map(quote).join(', ')}`}`,
      );
  if (out === '') mistakes.push('--out must be the path of a folder; received ""');
  if (mistakes.length > 0) throw new UsageError('command line', mistakes);
  const chosen = only.length === 0 ? names : names.filter((name) => only.some((wanted) => matches(name, wanted)));
  return { help, list, quick, seed: number, names: chosen, out };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        list: { type: 'boolean' },
        quick: { type: 'boolean' },
        seed: { type: 'string' },
        only: { type: 'string', multiple: true },
        out: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError('command line', error instanceof Error ? error.message : quote(error), { cause: error });
  }
}

function matches(name: string, wanted: string): boolean {
  return name.toLowerCase().includes(wanted.toLowerCase());
}
