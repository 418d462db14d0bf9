import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import type { LabLink } from '../../../src/netns/lab/lab-link.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

test('a wire that is too slow counts what it did not take, to the frame', async () => {
  const lab = keep(await createLab({ hosts: { a: {}, b: {} }, links: { cable: { ends: ['a', 'b'], wire: true } } }));
  const { cable } = lab.links;
  await cable.intercept({ module: new URL('./drop-some.ts', import.meta.url), export: 'dropSlowly' });
  const count = 100_000;
  await generateTraffic(lab.hosts.a, { to: { address: lab.hosts.b.address, port: 7000 }, count });
  const datagrams = () => cable.counts('aToB').dropped + cable.counts('aToB').overrun;
  await until(() => datagrams() >= count, { timeoutMs: 30_000 });
  expect(datagrams()).toBe(count);
  expect(cable.counts('aToB').overrun).toBeGreaterThan(0);
}, 40_000);

describe('a flood does not fill the memory of a wire', () => {
  const most = 16_384;
  const count = 20_000;

  async function createFlooded(flood: (cable: LabLink) => unknown) {
    const lab = keep(await createLab({ hosts: { a: {}, b: {} }, links: { cable: { ends: ['a', 'b'], wire: true } } }));
    const { cable } = lab.links;
    flood(cable);
    const before = cable.counts('aToB').received;
    // To a group nobody has joined: nothing has to be found out first, and nobody answers.
    const to = { address: '239.1.1.1', port: 7000 };
    await generateTraffic(lab.hosts.a, { to, count, interface: lab.hosts.a.interface('cable').name });
    const isThrough = (): boolean => {
      const { received, overLimit } = cable.counts('aToB');
      return received >= before + count && overLimit >= received - most;
    };
    await until(isThrough, { timeoutMs: 15_000 });
    return cable;
  }

  test('that is held: so many wait, the others are counted, and those that waited arrive', async () => {
    const cable = await createFlooded((link) => link.hold());
    const { received, overLimit, delivered } = cable.counts('aToB');
    expect({ overLimit, delivered }).toEqual({ overLimit: received - most, delivered: 0 });
    cable.release();
    expect(cable.counts('aToB').delivered).toBeGreaterThanOrEqual(most);
  });

  test('whose function does not answer: so many it is asked about, the others are counted', async () => {
    let answer: (verdict: 'pass') => void = () => {};
    const answered = new Promise<'pass'>((resolve) => {
      answer = resolve;
    });
    const cable = await createFlooded((link) => link.intercept(() => answered));
    const { received, overLimit } = cable.counts('aToB');
    expect(overLimit).toBe(received - most);
    answer('pass');
    await until(() => cable.counts('aToB').delivered >= most, { timeoutMs: 15_000 });
  });
});
