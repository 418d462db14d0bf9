import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { DisruptionPlan } from '../../../src/scenarios/disruptions/disruption-plan.js';
import { corrupt, linkDown, lossy, slow } from '../../../src/scenarios/disruptions/link-disruptions.js';
import { partition, resetConnections } from '../../../src/scenarios/disruptions/network-disruptions.js';
import { at } from '../../../src/scenarios/disruptions/schedules.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { begin } from './start.js';

needsNamespaces();

async function createPair() {
  return keep(
    await createLab({
      hosts: { a: {}, b: {} },
      links: { wire: { ends: ['a', 'b'], wire: true } },
    }),
  );
}

test('linkDown: the link is down until the last that pulled the plug ends', async () => {
  const lab = await createPair();
  const { wire } = lab.links;
  const clock = new VirtualClock();
  const run = new DisruptionPlan([
    at({ atMs: 0, lastsMs: 100, disrupt: linkDown(wire) }),
    at({ atMs: 50, lastsMs: 100, disrupt: linkDown(wire) }),
  ]).start({ clock, random: createRandom(1) });
  await clock.advance(0);
  expect(wire.isUp).toBe(false);
  await clock.advance(120);
  expect(wire.isUp).toBe(false);
  await clock.advance(30);
  await run.completed;
  expect(wire.isUp).toBe(true);
  expect(run.records()).toEqual([
    { kind: 'link down', target: 'wire', fromMs: 0, untilMs: 100 },
    { kind: 'link down', target: 'wire', fromMs: 50, untilMs: 150 },
  ]);
});

test('partition, one way and both: nobody is heard, and the record tells what was dropped', async () => {
  const lab = await createPair();
  const address = lab.hosts.b.addresses({ family: 'ipv4' })[0]?.address ?? '';
  const isReached = async (timeoutMs: number): Promise<boolean> =>
    (await lab.hosts.a.probe(address, { timeoutMs })).reached;
  const begun = await begin(partition(lab, { from: ['a'], to: ['b'] }), partition(lab, ['a'], ['b']));
  expect(await isReached(100)).toBe(false);
  expect(await begun.end()).toMatchObject({
    kind: 'partition',
    target: 'a → b',
    details: expect.stringMatching(/^[1-9]\d* frames dropped$/),
  });
  expect(await isReached(10_000)).toBe(true);
});

test('slow, lossy, corrupt: each is what the link is impaired with, and what is left is as before', async () => {
  const { links } = await createPair();
  const before = links.wire.impairment('aToB');
  const begun = await begin(
    slow(links.wire, { delayMs: 20, jitterMs: 5 }),
    lossy(links.wire, { percent: 3, direction: 'aToB' }),
    corrupt(links.wire, { percent: 1, direction: 'bToA' }),
  );
  expect(links.wire.impairment('aToB')).toMatchObject({ delayMs: 20, jitterMs: 5, lossPercent: 3 });
  expect(links.wire.impairment('bToA')).toMatchObject({ delayMs: 20, jitterMs: 5, corruptPercent: 1 });
  expect(await begun.end()).toMatchObject({ kind: 'slow', target: 'wire', details: '20 ± 5 ms more' });
  expect(links.wire.impairment('aToB')).toEqual(before);
});

test('resetConnections: both ends are told, and the record tells how many there were', async () => {
  const lab = await createPair();
  const { a, b } = lab.hosts;
  const server = b.run(() => createServer());
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => b.run(() => server.listen(7000, () => resolve())));
  const accepted = once(server, 'connection');
  const client = a.connect({ host: b.addresses({ family: 'ipv4' })[0]?.address ?? '', port: 7000 });
  const [served]: Socket[] = await accepted;
  if (served === undefined) throw new Error('nobody connected');
  const errors = Promise.all([client, served].map(async (socket) => (await once(socket, 'error'))[0].code));
  const begun = await begin(resetConnections(lab, { port: 7000 }));
  expect((await errors).every((code) => ['ECONNRESET', 'ECONNABORTED'].includes(code))).toBe(true);
  expect(await begun.end()).toMatchObject({
    kind: 'reset connections',
    target: 'all hosts',
    details: 'port 7000; 1 connection',
  });
});

test('a lab that is gone: what cannot be begun is told, and what was begun ends', async () => {
  const lab = await createPair();
  const begun = await begin(slow(lab.links.wire, { delayMs: 5 }));
  await lab[Symbol.asyncDispose]();
  expect((await begun.end())?.error).toBe(undefined);
  const late = await begin(linkDown(lab.links.wire));
  expect((await late.end())?.error).toMatch(/^could not be begun: .*closed/);
});
