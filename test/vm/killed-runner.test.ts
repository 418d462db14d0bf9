import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { createRandom, randomSeed } from '../../src/core/random.js';
import { RealClock } from '../../src/core/real-clock.js';
import { until } from '../../src/core/until.js';
import { requireCapability } from '../../src/fixtures/requirements/require.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';
import { takeOwnMounts } from '../support/own-mounts.js';
import { TYPESCRIPT } from '../support/typescript.js';

/** More of them by hand: the figures of docs/vm.md are of twenty. */
const ROUNDS = Number(process.env['GLOVEBOX_KILL_ROUNDS'] ?? 1);
/** The files are the helper's to remove, which is a program of its own; on a busy machine it waits for its turn. */
const LIMIT_MS = Number(process.env['GLOVEBOX_KILL_LIMIT_MS'] ?? 15_000);
/** Within which a machine boots, and serves a folder. */
const BOOT_MS = 4000;

/** Every process that was started, however far down, with a variable of this value. */
function listMarked(mark: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // What has ended, and was not waited for by whoever is to, has no environment.
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
      } catch {
        return false;
      }
    });
}

async function killOnce(afterMs: number | 'up'): Promise<void> {
  // Sockets have short paths.
  using folder = createTempFolder({ prefix: 'k' });
  const [temporary, runtime] = ['tmp', 'run'].map((name) => join(folder.path, name));
  if (temporary === undefined || runtime === undefined) throw new TypeError('there are two');
  for (const each of [temporary, runtime]) mkdirSync(each, { mode: 0o700 });
  const mark = `GLOVEBOX_TEST_MARK=${randomUUID()}`;
  const [name = '', value = ''] = mark.split('=');
  takeOwnMounts();
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  const runner = spawn(process.execPath, [...TYPESCRIPT, `${root}test/vm/child/hold-machine.ts`, folder.path], {
    env: { ...process.env, TMPDIR: temporary, XDG_RUNTIME_DIR: runtime, [name]: value },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => runner.once('exit', resolve));
  let written = '';
  runner.stdout.on('data', (bytes) => {
    written += String(bytes);
  });
  const isThere = () => written.includes(afterMs === 'up' ? 'up' : 'booting') || runner.exitCode !== null;
  await until(isThere, { timeoutMs: 60_000 });
  expect(runner.exitCode).toBe(null);
  if (afterMs === 'up') expect(listMarked(mark).length).toBeGreaterThan(2);
  else await new RealClock().sleep(afterMs);
  runner.kill('SIGKILL');
  await ended;
  const journals = join(runtime, 'glovebox/journal');
  const look = () => ({
    processes: listMarked(mark),
    // Of a runner that was killed before it made anything, there is no folder of journals.
    files: [...readdirSync(temporary), ...(existsSync(journals) ? readdirSync(journals) : [])],
  });
  let left: unknown;
  await until(
    () => {
      left = look();
      return JSON.stringify(left) === '{"processes":[],"files":[]}';
    },
    { timeoutMs: LIMIT_MS, description: 'nothing to be left' },
  ).catch(() => expect(left).toEqual({ processes: [], files: [] }));
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mounts);
}

test('of a machine whose runner is killed, booting or up, no process, file or mount is left', {
  timeout: 120_000 * ROUNDS,
}, async (context) => {
  await requireCapability(context, 'vm');
  const random = createRandom(randomSeed());
  for (let round = 0; round < ROUNDS; round += 1) {
    await killOnce('up');
    await killOnce(random.float() * BOOT_MS);
  }
});
