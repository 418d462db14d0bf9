import { spawn } from 'node:child_process';
import process from 'node:process';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { createRandom, randomSeed } from '../../src/core/random.js';
import { RealClock } from '../../src/core/real-clock.js';
import { until } from '../../src/core/until.js';
import { listLeft } from './support/list-left.js';

/** More of them by hand: the figures of docs/containers.md are of twenty. */
const ROUNDS = Number(process.env['GLOVEBOX_KILL_ROUNDS'] ?? 1);
/** Within which a network, a volume, an image and a container are made. */
const START_MS = 1500;

/** @returns how long it took until nothing was left, in milliseconds */
async function killOnce(afterMs: number | 'up'): Promise<number> {
  const hooks = `${root}scripts/typescript-hooks.mjs`;
  // In no pid namespace of its own, which would end what cleans up along with it.
  const runner = spawn(process.execPath, ['--import', hooks, `${root}test/container/child/hold-all.ts`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => runner.once('exit', resolve));
  let written = '';
  runner.stdout.on('data', (bytes) => {
    written += String(bytes);
  });
  await until(() => written.includes(afterMs === 'up' ? 'up' : 'starting') || runner.exitCode !== null, {
    timeoutMs: 60_000,
  });
  expect(runner.exitCode).toBe(null);
  if (afterMs === 'up')
    expect((await listLeft()).map((each) => each.split(' ')[0])).toEqual(['container', 'network', 'volume', 'image']);
  else await new RealClock().sleep(afterMs);
  runner.kill('SIGKILL');
  await ended;
  const from = performance.now();
  let left: readonly string[] = [];
  const isGone = async () => {
    left = await listLeft();
    return left.length === 0;
  };
  await until(isGone, { timeoutMs: 20_000 }).catch(() => expect(left).toEqual([]));
  return performance.now() - from;
}

test('of containers whose runner is killed, starting or up, no container, network, volume or image is left', {
  timeout: 120_000 * ROUNDS,
}, async () => {
  const random = createRandom(randomSeed());
  const tookMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    tookMs.push(await killOnce('up'), await killOnce(random.float() * START_MS));
  }
  // What was asked for at the moment of the kill may have come to be since.
  expect(await listLeft()).toEqual([]);
  if (ROUNDS > 1) process.stderr.write(`nothing was left after ${tookMs.map(Math.round).join(', ')} ms\n`);
});
