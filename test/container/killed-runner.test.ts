import process from 'node:process';
import { expect, test } from 'vitest';
import { createRandom, randomSeed } from '../../src/core/random.js';
import { killRunner } from './support/kill-runner.js';
import { listLeft } from './support/list-left.js';

/** More of them by hand; bench/container kills runners of the package as it is built. */
const ROUNDS = Number(process.env['GLOVEBOX_KILL_ROUNDS'] ?? 1);
/** Within which a network, a volume, an image and a container are made. */
const START_MS = 1500;

test('of containers whose runner is killed, starting or up, no container, network, volume or image is left', {
  timeout: 120_000 * ROUNDS,
}, async () => {
  const random = createRandom(randomSeed());
  for (let round = 0; round < ROUNDS; round += 1) {
    const { found, left } = await killRunner('up');
    expect(found.map((each) => each.split(' ')[0])).toEqual(['container', 'network', 'volume', 'image']);
    expect(left).toEqual([]);
    expect((await killRunner(random.float() * START_MS)).left).toEqual([]);
  }
  // What was asked for at the moment of the kill may have come to be since.
  expect(await listLeft()).toEqual([]);
});
