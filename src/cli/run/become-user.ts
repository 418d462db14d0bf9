import { readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import { becomeCommand } from './become-command.js';
import { findProject } from './root/find-project.js';

/**
 * Becomes a command as an ordinary user. Root steps down to who called sudo, or else to the owner of the project; where
 * that is root too, and for an ordinary user, the command is run as it is.
 */
export function becomeUser(command: readonly string[]): never {
  const user = process.geteuid?.() === 0 ? findCaller(findProject(process.cwd()) ?? process.cwd()) : undefined;
  if (user === undefined) return becomeCommand(command);
  const [name, home] = findAccount(user.uid);
  if (home !== undefined) process.env['HOME'] = home;
  const groups = name === undefined ? '--clear-groups' : '--init-groups';
  return becomeCommand(['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, groups, '--', ...command]);
}

/** Whom root works for: who called sudo, or else the owner of a folder; nobody where that is root. */
export function findCaller(folder: string): { readonly uid: number; readonly gid: number } | undefined {
  const [uid, gid] = [Number(process.env['SUDO_UID'] ?? 0), Number(process.env['SUDO_GID'] ?? 0)];
  if (Number.isSafeInteger(uid) && uid > 0 && Number.isSafeInteger(gid)) return { uid, gid };
  const owner = statSync(folder);
  return owner.uid === 0 ? undefined : { uid: owner.uid, gid: owner.gid };
}

/** Name and home of a user, from /etc/passwd. */
function findAccount(uid: number): readonly [name?: string, home?: string] {
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , id]) => id === String(uid));
  return fields === undefined ? [] : [fields[0] ?? '', fields[5] ?? '/'];
}
