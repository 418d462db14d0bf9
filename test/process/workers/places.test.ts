import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import type { LabHost } from '../../../src/netns/lab/lab-host.js';
import type { MockWorker } from '../../../src/process/workers/mock-worker.js';
import { startWorker } from '../../../src/process/workers/start-worker.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { ORDINARY_USER, startScript } from '../isolation/run-as.js';
import { COLLECTOR } from './start.js';

type Collector = typeof import('./child/collector.js').default;

async function startAt(host: LabHost): Promise<MockWorker<Collector>> {
  return keep(await startWorker<Collector>(COLLECTOR, { in: host, args: { port: 7000 } }));
}

describe('in a lab', () => {
  needsNamespaces();

  test('workers on the hosts of a lab serve there, at a port that each host has for itself', async () => {
    await using lab = await createLab({
      hosts: { left: {}, right: {}, client: {} },
      bridges: { switch: {} },
      links: {
        a: ['left', 'switch'],
        b: ['right', 'switch'],
        c: ['client', 'switch'],
      },
    });
    const { left, right } = lab.hosts;
    const workers = [await startAt(left), await startAt(right)];
    expect(workers.map(({ info }) => info.port)).toEqual([7000, 7000]);
    // The control channel is of this process, wherever the worker is.
    expect(await workers[0]?.call('add', 1, 2)).toBe(3);
  });
});

test('an ordinary user has workers, in namespaces of their own', async () => {
  const script = fileURLToPath(new URL('child/ordinary-user.ts', import.meta.url));
  const child = startScript(script, { user: ORDINARY_USER });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += String(bytes);
  });
  await once(child, 'close');
  expect(JSON.parse(text)).toEqual({
    uid: ORDINARY_USER,
    sums: [3, 7],
    isolation: ['full', 'full'],
    died: 'ProcessError',
    answers: 0,
  });
});
