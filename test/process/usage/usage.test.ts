import { expect, test } from 'vitest';
import { assertStaysUnder } from '../../../src/assertions/process/stays-under.js';
import { AssertionError, UsageError } from '../../../src/core/errors.js';
import { until } from '../../../src/core/until.js';
import type { Process } from '../../../src/process/process.js';
import { spawn } from '../../../src/process/spawn.js';
import type { SpawnOptions } from '../../../src/process/spawn-options.js';
import { keep } from '../../support/keep.js';

async function start(command: readonly string[], options: SpawnOptions = {}): Promise<Process> {
  const [program = '', ...args] = command;
  return keep(await spawn(program, args, options));
}

test('usage is that of everything that a program has started', async () => {
  const script = 'sleep 1000 & sleep 1000 & echo up; wait';
  const program = await start(['sh', '-c', script], { ready: { log: 'up' } });
  const { processes, threads, fds, rssBytes } = await until(() => {
    const usage = program.usage();
    return usage.processes === 3 && usage.rssBytes > 0 && usage;
  });
  expect({ processes, threads }).toEqual({ processes: 3, threads: 3 });
  expect(fds).toBeGreaterThanOrEqual(9);
  expect(rssBytes).toBeGreaterThan(100_000);
  expect(rssBytes).toBeLessThan(50 * 2 ** 20);
});

test('processor time, memory, descriptors and switches are seen to grow', { timeout: 30_000 }, async () => {
  const script = `
    process.stdin.once('data', () => {
      globalThis.kept = Buffer.alloc(32 * 2 ** 20, 1);
      globalThis.files = Array.from({ length: 20 }, () => require('node:fs').openSync('/dev/null'));
      const startedUs = process.cpuUsage().user;
      while (process.cpuUsage().user < startedUs + 60_000);
      console.log('done');
    });
    console.log('up');`;
  const program = await start([process.execPath, '-e', script], { ready: { log: 'up' }, stdin: 'pipe' });
  const before = program.usage();
  program.stdin?.write('go\n');
  await program.logs.waitForLine('done', { timeoutMs: 20_000 });
  const after = program.usage();
  expect(after.cpuMs - before.cpuMs).toBeGreaterThanOrEqual(40);
  expect(after.rssBytes - before.rssBytes).toBeGreaterThan(25 * 2 ** 20);
  expect(after.fds - before.fds).toBe(20);
  expect(after.threads).toBeGreaterThan(1);
  const { voluntary, involuntary } = after.contextSwitches;
  expect(voluntary + involuntary).toBeGreaterThan(
    before.contextSwitches.voluntary + before.contextSwitches.involuntary,
  );
});

test('what has ended uses nothing', async () => {
  const program = await start(['true']);
  await program.waitForExit();
  expect(program.usage()).toMatchObject({ processes: 0, rssBytes: 0, fds: 0, threads: 0 });
});

test('usage over time has a peak, and stops when it is told to', async () => {
  const program = await start(['sh', '-c', 'while :; do :; done']);
  const series = program.watchUsage({ intervalMs: 5 });
  await until(() => series.peak.cpuPercent > 5);
  await program.stop();
  series.stop();
  const { length } = series.samples;
  expect(series.stop().samples).toHaveLength(length);
  expect(series.samples.at(-1)?.processes).toBe(0);
  expect(series.peak.processes).toBe(1);
});

test('a limit that was reached is told, with the peak and when it was first', () => {
  const sample = {
    ...{ cpuMs: 0, cpuPercent: 0, fds: 4, threads: 1, processes: 1, rssBytes: 2 ** 20 },
    contextSwitches: { voluntary: 0, involuntary: 0 },
  };
  const samples = [
    { ...sample, atMs: 100 },
    { ...sample, atMs: 150, fds: 12, rssBytes: 2.5 * 2 ** 20 },
    { ...sample, atMs: 200, fds: 14 },
  ];
  expect(() => assertStaysUnder({ samples }, { rssMiB: 3, fds: 15 })).not.toThrow();
  expect(() => assertStaysUnder({ samples }, { rssMiB: 2, fds: 12, threads: 2 })).toThrow(
    new AssertionError(
      `It used too much, by 3 samples:
  - 2.5 MiB of memory at most, not under 2: 2.5 after 50 ms
  - 14 file descriptors at most, not under 12: 12 after 50 ms`,
      { actual: { fds: 14, rssMiB: 2.5 }, expected: { fds: 12, rssMiB: 2 } },
    ),
  );
  expect(() => assertStaysUnder({ samples }, {})).toThrow(
    new UsageError('toStayUnder', ['at least one limit is needed: { rssMiB: 200 }']),
  );
});
