import process from 'node:process';
import { planEntryCommand } from '../../native/locate-entry.js';
import { planRootless } from '../../native/rootless.js';
import { becomeCommand } from './become-command.js';
import { becomeUser } from './become-user.js';
import type { ContainerRequest } from './container/read-container-flags.js';
import { runAsRoot } from './root/as-root.js';
import type { readVmFlags } from './vm/read-vm-flags.js';

/** What a command line asks for, as whatever the command is run. */
export interface RunRequest {
  readonly command: readonly string[];
  /** Variables that it gets beside the usual. */
  readonly keep: readonly string[];
  /** Where files that root made are given back. */
  readonly project?: string;
  readonly machine: ReturnType<typeof readVmFlags>;
  readonly container: ContainerRequest;
}

/** As what a command can be run. */
export interface Way {
  /** In words. */
  readonly meaning: string;
  /** The flags that it takes beside those of all. */
  readonly flags: readonly string[];
  /** Runs it and gives its exit code, or becomes it and never returns. */
  start(request: RunRequest): Promise<number> | never;
}

/** The ways of `glovebox run --as`, by their names. */
export const WAYS: Readonly<Record<string, Way>> = {
  user: {
    meaning: 'an ordinary user: you, or for root who called sudo or owns the project',
    flags: [],
    start: ({ command }) => becomeUser(command),
  },
  rootless: {
    meaning: 'root of a user namespace with a network of its own',
    flags: [],
    start: ({ command }) => becomeCommand([...planRootless(), ...planEntryCommand('cli/run/inside'), ...command]),
  },
  root: {
    meaning: 'root of this machine, by sudo',
    flags: ['project'],
    start: ({ command, keep, project }) => runAsRoot(command, { keep, ...(project === undefined ? {} : { project }) }),
  },
  vm: {
    meaning: 'root of a virtual machine with a kernel of its own',
    flags: ['kernel', 'memory', 'writable', 'modules'],
    start: async ({ command, keep, machine }) => {
      // No other command needs it, and an older Node than ours cannot load it: the doctor is to say so.
      const { runInVm } = await import('./vm/run-in-vm.js');
      return runInVm(command, { ...machine, keep, onPhase: tellPhases() });
    },
  },
  container: {
    meaning: 'root of a container, of an image or with the files of this machine',
    flags: ['image', 'build', 'memory', 'writable', 'privileged', 'capAdd', 'project'],
    start: async ({ command, keep, project, container }) => {
      // The client of the engine takes a while to load, and no other way needs it.
      const { runInContainer } = await import('./container/run-in-container.js');
      const where = project === undefined ? {} : { project };
      return runInContainer(command, { ...container, ...where, keep, onPhase: tellPhases() });
    },
  },
};

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
