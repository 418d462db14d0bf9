import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { spawn } from '../../../../src/process/spawn.js';

/** Limits of a user namespace hold for what is made in it: the setting of the machine stays what it is. */
const FORBID =
  'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all -- "$0" "$@"';

if (process.argv[2] !== 'inside') {
  const again = [process.execPath, ...process.execArgv, process.argv[1] ?? '', 'inside'];
  spawnSync('unshare', ['--user', '--map-root-user', '--', 'sh', '-c', FORBID, ...again], { stdio: 'inherit' });
} else {
  await using program = await spawn('true');
  const { isolation } = program;
  const error: unknown = await spawn('true', [], { isolation: 'full' }).catch((reason: unknown) => reason);
  const { code, message } = error instanceof Error && 'code' in error ? error : { code: undefined, message: undefined };
  process.stdout.write(`${JSON.stringify({ isolation, code, message })}\n`);
}
