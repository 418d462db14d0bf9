import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { spawn } from '../../../src/process/spawn.js';
import { failureOf } from '../failure-of.js';
import { ORDINARY_USER, startScript } from './run-as.js';

const CGROUPS = '/sys/fs/cgroup/pids';

function listOwnCgroups(pid = process.pid): readonly string[] {
  if (!existsSync(CGROUPS)) return [];
  return readdirSync(CGROUPS, { recursive: true })
    .map(String)
    .filter((name) => name.includes(`glovebox-${pid}-`) && !/\/[^/]*\.[^/]*$/.test(name));
}

test('a program that forks for ever has as many processes as it may, and is told why it gets nowhere', async () => {
  const script = 'for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; echo up; wait';
  const options = { limits: { processes: 5 }, ready: { log: 'up' } };
  const error = await failureOf(spawn('sh', ['-c', script], options));
  expect(error.message).toContain('It had all 5 processes that limits.processes allows, and was refused one more');
  expect(error.message).toContain('Cannot fork');
  expect(listOwnCgroups()).toEqual([]);
});

test.for([undefined, ORDINARY_USER])(
  'a fork bomb stays in its bounds, and goes (user %s)',
  { timeout: 30_000 },
  async (user) => {
    const child = startScript('child/bomb.ts', user === undefined ? {} : { user });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [text]: readonly unknown[] = await once(child.stdout, 'data');
    const told: { isolation: string; peak: number; left: number } = JSON.parse(String(text));
    expect(told).toMatchObject({ isolation: 'full', left: 0 });
    expect(told.peak).toBeGreaterThanOrEqual(10);
    expect(told.peak).toBeLessThanOrEqual(12);
  },
);

test('the control group of a program goes with the runner that was killed', { timeout: 30_000 }, async () => {
  const child = startScript('child/bomb.ts');
  await until(() => listOwnCgroups(child.pid).length > 0, { timeoutMs: 20_000, intervalMs: 1, maxIntervalMs: 5 });
  child.kill('SIGKILL');
  await until(() => listOwnCgroups(child.pid).length === 0, { timeoutMs: 10_000 });
  expect(listOwnCgroups(child.pid)).toEqual([]);
});

test('limits that mean nothing are refused', async () => {
  const limits: object = { processes: 0, memory: 3 };
  const error = await failureOf(spawn('true', [], { limits }));
  expect(error.message).toContain('limits.processes must be a whole number above 0, not 0');
  expect(error.message).toContain('limits.memory is no limit; there is limits.processes');
});
