import { existsSync } from 'node:fs';
import process from 'node:process';

/** What decides how services are started here. */
export interface ServiceMachine {
  /** The effective user id. @defaultValue that of this process */
  readonly uid?: number | undefined;
  /** Whether a folder is there. @defaultValue asked of the file system */
  readonly isThere?: (path: string) => boolean;
}

/** Folders that are there while a service manager runs the machine, and how it is told what to do with the engine. */
const MANAGERS = [
  // sd_booted(3)
  { folder: '/run/systemd/system', command: (verb: string) => `systemctl ${verb} docker` },
  { folder: '/run/openrc', command: (verb: string) => `service docker ${verb}` },
] as const;

/** The command that starts the Docker engine of this machine: by its service manager, or by hand where there is none. */
export function startDockerCommand(machine: ServiceMachine = {}): string {
  return asRoot(machine, manageDocker(machine, 'start') ?? 'dockerd');
}

/** In words: what gives this machine another Docker engine in place of one that hangs. */
export function describeDockerRestart(machine: ServiceMachine = {}): string {
  const command = manageDocker(machine, 'restart');
  return command === undefined
    ? `end dockerd, and start it again: ${asRoot(machine, 'dockerd')}`
    : `restart it: ${asRoot(machine, command)}`;
}

function manageDocker({ isThere = existsSync }: ServiceMachine, verb: string): string | undefined {
  return MANAGERS.find(({ folder }) => isThere(folder))?.command(verb);
}

function asRoot({ uid = process.geteuid?.() }: ServiceMachine, command: string): string {
  return uid === 0 ? command : `sudo ${command}`;
}
