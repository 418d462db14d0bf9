import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';
import { needsNamespaces } from '../../needs-namespaces.js';

needsNamespaces();

test('a wire that is too slow counts what it did not take, to the frame', async () => {
  const lab = await createLab({ hosts: { a: {}, b: {} }, links: { cable: { ends: ['a', 'b'], wire: true } } });
  onTestFinished(() => lab[Symbol.asyncDispose]());
  const { cable } = lab.links;
  await cable.intercept({ module: new URL('./drop-some.ts', import.meta.url), export: 'dropSlowly' });
  const count = 100_000;
  await generateTraffic(lab.hosts.a, { to: { address: lab.hosts.b.address, port: 7000 }, count });
  const datagrams = () => cable.counts('aToB').dropped + cable.counts('aToB').overrun;
  await until(() => datagrams() >= count, { timeoutMs: 15_000 });
  expect(datagrams()).toBe(count);
  expect(cable.counts('aToB').overrun).toBeGreaterThan(0);
}, 20_000);
