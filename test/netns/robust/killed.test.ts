import process from 'node:process';
import { expect, test, vi } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { killOnce } from './kill-rounds.js';

needsNamespaces();
vi.setConfig({ testTimeout: 300_000 });

/** A hundred take a minute: GLOVEBOX_KILL_ROUNDS=100. */
const ROUNDS = Number(process.env['GLOVEBOX_KILL_ROUNDS'] ?? 4);

test('a process that is killed while it makes, uses and removes labs leaves nothing that is in a namespace or holds one', async () => {
  const random = createRandom(Date.now() % 2 ** 32);
  const phases: Record<string, number> = {};
  let slowestMs = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { phase, goneAfterMs, processes } = await killOnce(random);
    expect(processes, `round ${round}, in ${phase}, seed ${random.seed}`).toEqual([]);
    phases[phase] = (phases[phase] ?? 0) + 1;
    slowestMs = Math.max(slowestMs, goneAfterMs);
  }
  if (ROUNDS > 10) process.stdout.write(`${JSON.stringify({ ...phases, slowestMs })}\n`);
  expect(slowestMs).toBeLessThan(1000);
});
