import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import type { CAC } from 'cac';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { findExecutable } from '../../native/rootless.js';
import { ProcessError } from '../../process/process-error.js';
import { findProgram } from '../../process/program/find-program.js';
import { type ContainerFlags, readContainerFlags } from './container/read-container-flags.js';
import { listOf } from './list-of.js';
import { readVmFlags, type VmFlags } from './vm/read-vm-flags.js';
import { WAYS, type Way } from './ways.js';

/** Those of shells. */
const NO_PROGRAM_EXIT_CODE = 127;
const NOT_STARTED_EXIT_CODE = 126;

/** Adds `glovebox run` to a command line. */
export function addRunCommand(cli: CAC): void {
  cli
    .command(
      'run',
      'Run a command at a rung: as an ordinary user, as root of a user namespace, as root, in a virtual machine or a container',
    )
    .option('--as <way>', 'user, rootless, root by sudo, vm, or container')
    .option('--env <names>', 'Variables that root, a vm and a container get beside the usual: TOKEN,DEBUG')
    .option(
      '--project <folder>',
      'root: where files that root made are given back; container: what an image sees (default: that of .git or package.json)',
    )
    .option('--kernel <kernel>', "vm: Debian's 6.1, 6.12, … or the path of an image (default: 6.1)")
    .option('--memory <MiB>', 'vm, container: its memory (default: 1024 of a vm, no limit of a container)')
    .option('--writable <folders>', 'vm, container: folders that the command may change on this machine')
    .option('--modules <names>', 'vm: modules of its kernel that are loaded beside the usual')
    .option('--image <name>', 'container: its image, pulled where it is not there (default: the files of this machine)')
    .option('--build <folder>', 'container: a folder with a Dockerfile, or a Dockerfile, that its image is built from')
    .option('--cap-add <names>', 'container: capabilities beside the usual of the engine: net_admin,sys_admin')
    .option('--privileged', 'container: all capabilities and devices')
    .example('glovebox run --as rootless -- npx vitest run')
    .example('glovebox run --as vm --kernel 6.12 -- npx vitest run')
    .example('glovebox run --as container --image debian:12 -- ./my-tests')
    .action(run);
}

interface RunFlags extends VmFlags, ContainerFlags {
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
  if (chosen !== undefined) problems.push(...findForeignFlags(flags, String(way), chosen));
  const machine = readVmFlags(flags, problems);
  const container = readContainerFlags(flags, problems);
  if (problems.length > 0 || chosen === undefined) throw new UsageError('glovebox run', problems);
  // What an image has is seen when there is one.
  const isOfThisMachine = container.image === undefined;
  process.exitCode =
    (isOfThisMachine ? checkProgram(command) : undefined) ??
    (await chosen.start({
      command,
      keep: listOf(flags.env),
      ...(flags.project === undefined ? {} : { project: String(flags.project) }),
      machine,
      container,
    }));
}

/** Refuses what cannot be started. @returns the exit code of shells for that */
function checkProgram([name = '']: readonly string[]): number | undefined {
  // A file that is there and may not be executed is told as that.
  const path = findExecutable(name) ?? (name.includes('/') && existsSync(name) ? name : undefined);
  if (path === undefined) {
    console.error(`glovebox run: there is no program ${quote(name)}`);
    return NO_PROGRAM_EXIT_CODE;
  }
  try {
    // Node would end in an abort where execve(2) fails.
    findProgram(resolve(path), { cwd: process.cwd(), path: undefined });
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error;
    console.error(`glovebox run: ${error.message}`);
    return NOT_STARTED_EXIT_CODE;
  }
  return undefined;
}

/** Flags of other ways: that nothing comes of them would not be seen. */
function findForeignFlags(flags: RunFlags, way: string, { flags: taken }: Way): readonly string[] {
  const given: Readonly<Record<string, unknown>> = { ...flags };
  const owners = Object.entries(WAYS);
  return [...new Set(owners.flatMap(([, each]) => each.flags))]
    .filter((name) => given[name] !== undefined && !taken.includes(name))
    .map((name) => {
      const names = owners.filter(([, each]) => each.flags.includes(name)).map(([owner]) => `--as ${owner}`);
      const flag = name.replace(/[A-Z]/g, '-$&').toLowerCase();
      return `--${flag} is for ${names.join(' and ')}, not for --as ${way}`;
    });
}

function describeWays(): string {
  const lines = Object.entries(WAYS).map(([name, { meaning }]) => `\n    --as ${name.padEnd(11)}${meaning}`);
  return `--as is missing, which says at which rung the command is run:${lines.join('')}\n  such as: glovebox run --as rootless -- npx vitest run`;
}
