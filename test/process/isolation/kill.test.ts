import { expect, test } from 'vitest';
import { runKillRounds } from './kill-rounds.js';
import { ORDINARY_USER } from './run-as.js';

const ROUNDS = 9;
const TIMEOUT_MS = 120_000;

test('nothing is left of a runner that was killed, whatever it was at', { timeout: TIMEOUT_MS }, async () => {
  expect(await runKillRounds(ROUNDS)).toMatchObject({ left: [], isolation: 'full' });
});

test('nothing is left of that of an ordinary user', { timeout: TIMEOUT_MS }, async () => {
  expect(await runKillRounds(ROUNDS, { user: ORDINARY_USER })).toMatchObject({ left: [], isolation: 'full' });
});
