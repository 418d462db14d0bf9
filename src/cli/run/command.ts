import { resolve } from 'node:path';
import process from 'node:process';
import type { CAC } from 'cac';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { findExecutable } from '../../native/rootless.js';
import { findProgram } from '../../process/find-program.js';
import { ProcessError } from '../../process/process-error.js';
import { readVmFlags, type VmFlags } from './vm/read-vm-flags.js';
import { WAYS } from './ways.js';

/** Those of shells. */
const NO_PROGRAM_EXIT_CODE = 127;
const NOT_STARTED_EXIT_CODE = 126;

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
  const names = Object.keys(WAYS);
  const chosen = names.includes(String(way)) ? WAYS[String(way)] : undefined;
  const problems: string[] = [];
  if (way === undefined) problems.push(describeWays());
  else if (chosen === undefined)
    problems.push(`--as takes ${names.join(', ')}, not ${quote(way)}${suggest(String(way), names)}`);
  if (command.length === 0)
    problems.push('the command is missing, behind --: glovebox run --as rootless -- npx vitest run');
  const machine = readVmFlags(flags, problems);
  if (problems.length > 0 || chosen === undefined) throw new UsageError('glovebox run', problems);
  const [name = ''] = command;
  const path = findExecutable(name);
  if (path === undefined) {
    console.error(`glovebox run: there is no program ${quote(name)}`);
    process.exitCode = NO_PROGRAM_EXIT_CODE;
    return;
  }
  try {
    // Node would end in an abort where execve(2) fails.
    findProgram(resolve(path), { cwd: process.cwd(), path: undefined });
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error;
    console.error(`glovebox run: ${error.message}`);
    process.exitCode = NOT_STARTED_EXIT_CODE;
    return;
  }
  process.exitCode = await chosen.start({
    command,
    keep: [flags.env ?? []].flat().flatMap((each) => String(each).split(',')),
    ...(flags.project === undefined ? {} : { project: String(flags.project) }),
    machine,
  });
}

function describeWays(): string {
  const lines = Object.entries(WAYS).map(([name, { meaning }]) => `\n    --as ${name.padEnd(10)}${meaning}`);
  return `--as is missing, which says at which rung the command is run:${lines.join('')}\n  such as: glovebox run --as rootless -- npx vitest run`;
}
