import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { CAC } from 'cac';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { findExecutable, planRootless } from '../../native/rootless.js';
import { becomeCommand } from './become-command.js';
import { findStartObstacle } from './find-start-obstacle.js';

/** Those of shells. */
const NO_PROGRAM_EXIT_CODE = 127;
const NOT_STARTED_EXIT_CODE = 126;

/** As what a command can be run. */
const WAYS = ['user', 'rootless'] as const;

/** Adds `glovebox run` to a command line. */
export function addRunCommand(cli: CAC): void {
  cli
    .command('run', 'Run a command where tests can have networks: as root of a user namespace')
    .option('--as <way>', 'rootless, or user for as it is')
    .example('glovebox run --as rootless -- npx vitest run')
    .action(run);
}

interface RunFlags {
  readonly as?: unknown;
  readonly '--'?: readonly string[];
}

function run({ as: way, '--': command = [] }: RunFlags): void {
  const problems: string[] = [];
  if (way === undefined) problems.push('--as is missing: glovebox run --as rootless -- npx vitest run');
  else if (!WAYS.some((each) => each === way))
    problems.push(`--as takes ${WAYS.join(' or ')}, not ${quote(way)}${suggest(String(way), WAYS)}`);
  if (command.length === 0)
    problems.push('the command is missing, behind --: glovebox run --as rootless -- npx vitest run');
  if (problems.length > 0) throw new UsageError('glovebox run', problems);
  const [name = ''] = command;
  const path = findExecutable(name);
  if (path === undefined) {
    console.error(`glovebox run: there is no program ${quote(name)}`);
    process.exitCode = NO_PROGRAM_EXIT_CODE;
    return;
  }
  const obstacle = findStartObstacle(path);
  if (obstacle !== undefined) {
    console.error(`glovebox run: ${obstacle}`);
    process.exitCode = NOT_STARTED_EXIT_CODE;
    return;
  }
  if (way === 'user') becomeCommand(command);
  becomeCommand([...planRootless(), process.execPath, ...process.execArgv, locateInside(), ...command]);
}

/** Beside this file as long as that is a source; once built, this may be in any file of the package. */
function locateInside(): string {
  const self = import.meta.url;
  if (self.endsWith('.ts')) return fileURLToPath(new URL('./inside.ts', self));
  return fileURLToPath(new URL('cli/run/inside.js', self.slice(0, self.lastIndexOf('/dist/') + '/dist/'.length)));
}
