import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { readCapabilities, runWithoutCapabilities, toCapabilityMask } from '../../../src/native/capabilities.js';
import { TYPESCRIPT } from '../../support/typescript.js';
import { openBench, takeInventory } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const THREADS = 2;
const whereAndWho = (): string => `${readlinkSync('/proc/thread-self/ns/net')} ${readCapabilities().effective}`;

test('threads that are in namespaces and drop capabilities at the same time do not notice each other', async () => {
  const { devices } = openBench();
  const netns = devices.netns();
  const home = whereAndWho();
  const inside = netns.run(() =>
    runWithoutCapabilities(toCapabilityMask(['CAP_SYS_ADMIN', 'CAP_BPF', 'CAP_NET_ADMIN']), whereAndWho),
  );
  expect(inside).not.toBe(home);
  const before = takeInventory();
  const workers = Array.from(
    { length: THREADS },
    () =>
      new Worker(new URL('child/thread.ts', import.meta.url), {
        execArgv: [...TYPESCRIPT],
      }),
  );
  const running = new Set(workers);
  const reports = workers.map(async (worker) => {
    // The last message may come in the same breath as the end.
    const [message, end] = [once(worker, 'message'), once(worker, 'exit')];
    await end;
    running.delete(worker);
    return ((await message) as [readonly string[]])[0];
  });
  const all = Promise.all(reports);
  while (running.size > 0) {
    netns.run(() =>
      runWithoutCapabilities(toCapabilityMask(['CAP_SYS_ADMIN', 'CAP_BPF', 'CAP_NET_ADMIN']), () => {
        for (let look = 0; look < 10; look += 1) expect(whereAndWho()).toBe(inside);
      }),
    );
    expect(whereAndWho()).toBe(home);
    await Promise.race([all, new Promise(setImmediate)]);
  }
  expect(await all).toEqual(workers.map(() => []));
  expect(takeInventory()).toEqual(before);
});
