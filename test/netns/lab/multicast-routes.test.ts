import { expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { collectTraffic } from '../../../src/netns/traffic/collect-traffic.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

const GROUP = '239.1.1.1';

test('a router passes groups on as its spec says, for as long as the lab is there', async () => {
  const lab = keep(
    await createLab({
      hosts: { sender: {}, left: {}, right: {} },
      routers: {
        router: {
          multicastRoutes: [
            { group: GROUP, from: 'input', to: ['toLeft', 'toRight'] },
            { group: '239.1.1.2', source: '10.0.0.2', from: 'input', to: ['toRight'], ttl: 8 },
          ],
        },
      },
      bridges: { lan: { multicastQuerier: true } },
      links: {
        near: ['sender', 'lan'],
        input: ['lan', 'router'],
        toLeft: ['router', 'left'],
        toRight: ['router', 'right'],
      },
    }),
  );
  const { sender, left, right } = lab.hosts;
  expect(sender.address).toBe('10.0.0.2');
  await lab.routers.router.joined(GROUP);
  await lab.routers.router.joined('239.1.1.2');
  const measure = async (group: string, ttl: number) => {
    const sinks = [left, right].map((host) =>
      collectTraffic(host, { port: 5000, group, interface: 'eth0', expected: 20, timeoutMs: 150 }),
    );
    await generateTraffic(sender, { to: { address: group, port: 5000 }, count: 20, ttl, interface: 'eth0' });
    return Promise.all(sinks.map(async (sink) => (await sink.report()).received));
  };
  expect(await measure(GROUP, 2)).toEqual([20, 20]);
  expect(await measure(GROUP, 1)).toEqual([0, 0]);
  expect(await measure('239.1.1.2', 8)).toEqual([0, 0]);
  expect(await measure('239.1.1.2', 10)).toEqual([0, 20]);
}, 20_000);
