import { afterEach, expect, test, vi } from 'vitest';
import { gloveboxProjects } from '../../src/config/index.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

const timeouts = () => gloveboxProjects({ tiers: ['unit', 'vm'] }).map(({ test }) => test?.testTimeout);

test('tiers have four times as long in a machine that is emulated', () => {
  vi.stubEnv('GLOVEBOX_EMULATED', undefined);
  expect(timeouts()).toEqual([5_000, 120_000]);
  vi.stubEnv('GLOVEBOX_EMULATED', '1');
  expect(timeouts()).toEqual([20_000, 480_000]);
});
