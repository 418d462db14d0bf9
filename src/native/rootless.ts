import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { type MissingCapability, UnsupportedError } from '../core/errors.js';
import { isExecutable } from './is-executable.js';
import { findForbiddingSetting, readUserNamespaceSettings, type UserNamespaceSettings } from './user-namespace.js';

const PROBE_TIMEOUT_MS = 5000;
/** Where a user's PATH may not lead. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
/** Root inside is the user outside; network and mounts belong to that root. */
const NAMESPACES = ['--user', '--map-root-user', '--net', '--mount'];

/** What starts a command as root of a user namespace: the command follows. */
export type RootlessPrefix = readonly [program: string, ...args: string[]];

/** A program that can be executed, by its name in PATH or by its path. */
export function findExecutable(name: string): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/**
 * How to start a command as root of a new user namespace, with a network of its own. It is tried, not guessed. Where
 * the user has subordinate ids (/etc/subuid), all others are these inside, so that programs may change their user.
 *
 * No process of more than one thread can make a user namespace for itself, and Node has several from its start:
 * unshare(2), EINVAL. So unshare(1) does it, which then becomes the command.
 *
 * @throws UnsupportedError that says which setting of the kernel forbids it
 */
export function planRootless(): RootlessPrefix {
  const unshare = findExecutable('unshare');
  if (unshare === undefined) throw new UnsupportedError(WITHOUT_UNSHARE);
  const hasIds = findExecutable('newuidmap') !== undefined && existsSync('/etc/subuid');
  const plans = [...(hasIds ? [[...NAMESPACES, '--map-auto']] : []), NAMESPACES];
  let refusal = '';
  for (const args of plans) {
    const { status, stderr, error } = spawnSync(unshare, [...args, '--', 'true'], {
      encoding: 'utf8',
      timeout: PROBE_TIMEOUT_MS,
    });
    if (status === 0) return [unshare, ...args, '--'];
    refusal = error?.message ?? (stderr.trim() || `exit code ${status}`);
  }
  throw new UnsupportedError(explainForbidden(refusal, readUserNamespaceSettings()));
}

const WITHOUT_UNSHARE: MissingCapability = {
  capability: 'rootless',
  reason: 'there is no program unshare, which is part of util-linux',
  fix: 'install util-linux, or run as root',
};

/** Why there are no user namespaces for this user. */
export function explainForbidden(refusal: string, settings: UserNamespaceSettings): MissingCapability {
  const setting = findForbiddingSetting(settings);
  if (setting !== undefined) {
    return {
      capability: 'rootless',
      reason: `this user may not make user namespaces, as ${setting.name} is ${setting.now} (${refusal})`,
      fix: `sudo sysctl -w ${setting.name}=${setting.allowing} (until the next boot; a file in /etc/sysctl.d keeps it), or run as root`,
    };
  }
  return {
    capability: 'rootless',
    reason: `this user may not make user namespaces (${refusal}); no setting of the kernel says why, so a security module or a seccomp filter forbids it`,
    fix: isContainer()
      ? 'start this container with --security-opt seccomp=unconfined, or with --privileged and run as root'
      : 'run as root',
  };
}

/** Whether this is inside a container, whose starter decides what is allowed. */
export function isContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv');
}
