import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { until } from '../../../src/core/until.js';

/**
 * dockerd in network and mount namespaces of its own, so that nothing of this machine changes. It ends when the input of the
 * shell does, which ends with this process.
 */
const SCRIPT = `
folder=$1
parent=$2
dockerd --bridge=none --iptables=false --ip-forward=false --ip-masq=false --cgroup-parent="$parent" \
  --data-root="$folder/data" --exec-root="$folder/exec" --pidfile="$folder/pid" --host="unix://$folder/docker.sock" \
  >"$folder/log" 2>&1 </dev/null &
engine=$!
read -r nothing
docker="docker --host unix://$folder/docker.sock"
$docker ps --all --quiet | xargs --no-run-if-empty $docker rm --force >/dev/null 2>&1
kill "$engine"
wait "$engine"
find /sys/fs/cgroup -depth -type d -path "*$parent*" -exec rmdir {} + 2>/dev/null
rm -rf "$folder"
`;

/** Starts an engine for the tests, unless `DOCKER_HOST` names one, or there is none to start. */
export default async function startEngine(): Promise<(() => Promise<void>) | undefined> {
  const isThere = ['/usr/sbin/dockerd', '/usr/bin/dockerd'].some((path) => existsSync(path));
  if (process.env['DOCKER_HOST'] !== undefined || !isThere || process.geteuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'glovebox-dockerd-'));
  const parent = `/glovebox-${process.pid}`;
  const args = ['--net', '--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, 'engine', folder, parent];
  const shell = spawn('unshare', args, { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  const host = `unix://${folder}/docker.sock`;
  // The socket is there before anybody answers.
  await until(() => spawnSync('docker', ['--host', host, 'info'], { stdio: 'ignore' }).status === 0, {
    timeoutMs: 30_000,
    description: 'dockerd to answer',
  });
  process.env['DOCKER_HOST'] = host;
  // Without a bridge testcontainers would not find out where ports are published; none are.
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] = '127.0.0.1';
  return async () => {
    // Whoever cleans up after a killed runner asks for seconds whether more has come to be, and for a minute where nobody answers.
    await until(() => !isAnyReaperAt(folder), { timeoutMs: 20_000 }).catch(() => undefined);
    shell.stdin.end();
    await ended;
  };
}

/** Whether what removes the things of a killed runner is still at work in the engine of this folder. */
function isAnyReaperAt(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return /\/container\/reaper\./.test(command) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder);
    } catch {
      // No process, or one that has just ended.
      return false;
    }
  });
}
