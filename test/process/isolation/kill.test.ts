import { expect, test } from 'vitest';
import { runKillRounds } from './kill-rounds.js';
import { ORDINARY_USER } from './run-as.js';

const ROUNDS = 15;
const TIMEOUT_MS = 60_000;

test('no daemon survives the SIGKILL of the runner', { timeout: TIMEOUT_MS }, async () => {
  expect(await runKillRounds(ROUNDS)).toMatchObject({ survivors: [], isolation: 'full' });
});

test('none of those of an ordinary user does', { timeout: TIMEOUT_MS }, async () => {
  expect(await runKillRounds(ROUNDS, { user: ORDINARY_USER })).toMatchObject({ survivors: [], isolation: 'full' });
});
