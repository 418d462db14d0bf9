import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { readActivity } from '../../../../src/process/proc/unified-cgroup.js';
import { createShell } from '../../../../src/process/shell/create-shell.js';
import { spawn } from '../../../../src/process/spawn.js';

/** Limits of a user namespace hold for what is made in it: the setting of the machine stays what it is. */
const FORBID =
  'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all -- "$0" "$@"';
const [, self = '', group = '', user = '', stage = 'root'] = process.argv;
const again = (next: string): readonly string[] => [process.execPath, ...process.execArgv, self, group, user, next];

// As root: enters the group that was delegated, then becomes the user, then is where nobody may make namespaces.
if (stage === 'root') {
  writeFileSync(join(group, 'cgroup.procs'), '0');
  const [uid, gid] = [`--reuid=${user}`, `--regid=${user}`];
  spawnSync('setpriv', [uid, gid, '--clear-groups', ...again('user')], { stdio: 'inherit' });
} else if (stage === 'user') {
  const words = ['--user', '--map-current-user', '--keep-caps', '--', 'sh', '-c', FORBID, ...again('inside')];
  spawnSync('unshare', words, { stdio: 'inherit' });
} else {
  await using program = await spawn('sh', ['-c', '(setsid sleep 1000 >/dev/null 2>&1 &); echo up; exec sleep 1001'], {
    ready: { log: 'up' },
  });
  await program.suspend();
  const frozen = program.pids().every((pid) => readActivity(pid) === 'T');
  const { isolation } = program;
  await program.kill();
  const shell = await createShell();
  await shell`setsid sleep 1000 >/dev/null 2>&1 &`;
  await shell[Symbol.asyncDispose]();
  const groups = readdirSync(group).filter((name) => name.startsWith('glovebox-'));
  const told = {
    uid: process.getuid?.(),
    isolation,
    shell: shell.isolation,
    frozen,
    left: program.pids().length,
    groups,
  };
  process.stdout.write(JSON.stringify(told));
}
