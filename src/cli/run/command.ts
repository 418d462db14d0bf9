import process from 'node:process';
import type { CAC } from 'cac';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { planEntryCommand } from '../../native/locate-entry.js';
import { findExecutable, planRootless } from '../../native/rootless.js';
import { becomeCommand } from './become-command.js';
import { becomeUser } from './become-user.js';
import { findStartObstacle } from './find-start-obstacle.js';
import { runAsRoot } from './root/as-root.js';
import { readVmFlags, type VmFlags } from './vm/read-vm-flags.js';
import { runInVm } from './vm/run-in-vm.js';

/** Those of shells. */
const NO_PROGRAM_EXIT_CODE = 127;
const NOT_STARTED_EXIT_CODE = 126;

/** As what a command can be run. */
const WAYS = ['user', 'rootless', 'root', 'vm'] as const;

const MEANINGS: Readonly<Record<(typeof WAYS)[number], string>> = {
  user: 'an ordinary user: you, or for root who called sudo or owns the project',
  rootless: 'root of a user namespace with a network of its own',
  root: 'root of this machine, by sudo',
  vm: 'root of a virtual machine with a kernel of its own',
};

/** Adds `glovebox run` to a command line. */
export function addRunCommand(cli: CAC): void {
  cli
    .command(
      'run',
      'Run a command at a rung: as an ordinary user, as root of a user namespace, as root, or in a virtual machine',
    )
    .option('--as <way>', 'user, rootless, root by sudo, or vm')
    .option('--env <names>', 'Variables that root and a vm get beside the usual: TOKEN,DEBUG')
    .option('--project <folder>', 'Where files that root made are given back (default: that of .git or package.json)')
    .option('--kernel <kernel>', "vm: Debian's 6.1, 6.12, … or the path of an image (default: 6.1)")
    .option('--memory <MiB>', 'vm: its memory (default: 1024)')
    .option('--writable <folders>', 'vm: folders that the command may change; all other changes are forgotten')
    .option('--modules <names>', 'vm: modules of its kernel that are loaded beside the usual')
    .example('glovebox run --as vm --kernel 6.12 -- npx vitest run')
    .example('glovebox run --as rootless -- npx vitest run')
    .action(run);
}

interface RunFlags extends VmFlags {
  readonly as?: unknown;
  readonly env?: unknown;
  readonly project?: unknown;
  readonly '--'?: readonly string[];
}

async function run(flags: RunFlags): Promise<void> {
  const { as: way, '--': command = [] } = flags;
  const problems: string[] = [];
  if (way === undefined) problems.push(describeWays());
  else if (!WAYS.some((each) => each === way))
    problems.push(`--as takes ${WAYS.join(', ')}, not ${quote(way)}${suggest(String(way), WAYS)}`);
  if (command.length === 0)
    problems.push('the command is missing, behind --: glovebox run --as rootless -- npx vitest run');
  const machine = readVmFlags(flags, problems);
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
  if (way === 'user') becomeUser(command);
  const names = [flags.env ?? []].flat().flatMap((each) => String(each).split(','));
  if (way === 'vm') {
    process.exitCode = await runInVm(command, { ...machine, keep: names, onPhase: tellPhases() });
    return;
  }
  if (way === 'root') {
    const project = flags.project === undefined ? {} : { project: String(flags.project) };
    process.exitCode = await runAsRoot(command, { keep: names, ...project });
    return;
  }
  becomeCommand([...planRootless(), ...planEntryCommand('cli/run/inside'), ...command]);
}

function describeWays(): string {
  const lines = WAYS.map((name) => `\n    --as ${name.padEnd(10)}${MEANINGS[name]}`);
  return `--as is missing, which says at which rung the command is run:${lines.join('')}\n  such as: glovebox run --as rootless -- npx vitest run`;
}

/** With `GLOVEBOX_TIMINGS`, what takes how long is told, in milliseconds. */
function tellPhases(): (name: string) => void {
  let last = performance.timeOrigin;
  return (name) => {
    const now = Date.now();
    if (process.env['GLOVEBOX_TIMINGS'] !== undefined)
      console.error(`glovebox run: ${name} ${Math.round(now - last)} ms`);
    last = now;
  };
}
