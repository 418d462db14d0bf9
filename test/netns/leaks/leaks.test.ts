import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { AssertionError } from '../../../src/core/errors.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { pair } from '../../../src/netns/lab/templates.js';
import { assertLeaksNothing } from '../../../src/netns/leaks/assert-leaks-nothing.js';
import { findLeaks } from '../../../src/netns/leaks/find-leaks.js';
import { takeInventory } from '../../../src/netns/leaks/inventory.js';
import { encodeCreateVeth } from '../../../src/netns/netlink/veth.js';
import { Netns } from '../../../src/netns/netns.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

const descriptions = (before: ReturnType<typeof takeInventory>) =>
  findLeaks(before).map(({ description }) => description);

describe('findLeaks', () => {
  test('tells a namespace that is held, and what holds it', () => {
    const before = takeInventory();
    using netns = Netns.create();
    expect(descriptions(before)).toEqual([
      `network namespace net:[${netns.inode}], held by file descriptor ${netns.fd}`,
    ]);
    netns.close();
    expect(descriptions(before)).toEqual([]);
  });

  test('tells a socket with its protocol, its addresses and its namespace', async () => {
    await using netns = Netns.create();
    netns.run(() => undefined);
    const before = takeInventory();
    const server = netns.listen({ host: '127.0.0.1', port: 8080 });
    expect(descriptions(before)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^socket, file descriptor \\d+: TCP over IPv4, 127\\.0\\.0\\.1:8080 \\(listen\\) in net:\\[${netns.inode}\\]$`,
        ),
      ),
    ]);
    await new Promise((resolve) => server.close(resolve));
    expect(descriptions(before)).toEqual([]);
  });

  test('tells a child and its children by their commands', async () => {
    const before = takeInventory();
    const child = spawn('sh', ['-c', 'sleep 1000 & echo; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const find = () => findLeaks(before).filter(({ kind }) => kind === 'process');
    // The second shell may not have become `sleep` yet.
    await expect.poll(() => find()[1]?.description).toMatch(/sleep 1000$/);
    const processes = find();
    expect(processes.map(({ description }) => description)).toEqual([
      `process ${child.pid}: sh -c sleep 1000 & echo; wait`,
      expect.stringMatching(/^process \d+: sleep 1000$/),
    ]);
    const [, sleeper] = processes.map(({ description }) => Number(/\d+/.exec(description)?.[0]));
    process.kill(sleeper ?? 0, 'SIGKILL');
    await once(child, 'close');
    expect(descriptions(before)).toEqual([]);
  });

  test('tells a worker thread', async () => {
    const before = takeInventory();
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await once(worker, 'online');
    expect(findLeaks(before)).toContainEqual({ kind: 'thread', description: 'a worker thread' });
    await worker.terminate();
    await assertLeaksNothing(() => undefined);
    expect(findLeaks(before).filter(({ kind }) => kind === 'thread')).toEqual([]);
  });

  test('tells an interface in the namespace of the test, up or not', () => {
    using netns = Netns.create();
    netns.run(() => {
      const before = takeInventory();
      netns.netlink.request(encodeCreateVeth({ name: 'left', peer: { name: 'right' } }));
      const interfaces = findLeaks(before).filter(({ kind }) => kind === 'interface');
      expect(interfaces.map(({ description }) => description).sort()).toEqual([
        'interface left in the namespace of the test',
        'interface right in the namespace of the test',
      ]);
    });
  });

  test('is not misled by a file that is open under another number, and sees one that is open once more', () => {
    const before = { ...takeInventory(), descriptors: [{ fd: 900, kind: 'file', target: '/a' }] as const };
    const open = (...fds: readonly number[]) => ({
      ...before,
      descriptors: fds.map((fd) => ({ fd, kind: 'file', target: '/a' }) as const),
    });
    expect(findLeaks(before, open(901))).toEqual([]);
    expect(findLeaks(before, open(900))).toEqual([]);
    expect(findLeaks(before, open(901, 902))).toEqual([{ kind: 'file', description: 'file descriptor 902: /a' }]);
    expect(findLeaks(before, open(900, 902))).toEqual([{ kind: 'file', description: 'file descriptor 902: /a' }]);
  });
});

describe('assertLeaksNothing', () => {
  test('passes what the function returns, and waits for what is still ending', async () => {
    const result = await assertLeaksNothing(async () => {
      const child = spawn('sleep', ['0.05'], { stdio: 'ignore' });
      await once(child, 'spawn');
      return 5;
    });
    expect(result).toBe(5);
  });

  test('a lab with wires, sockets and processes leaves nothing', async () => {
    await assertLeaksNothing(async () => {
      await using lab = await createLab({
        hosts: { left: {}, right: {} },
        links: { wire: { ends: ['left', 'right'], wire: true } },
      });
      lab.hosts.right.serve((_request, response) => response.end('hello'), { port: 80, host: lab.hosts.right.address });
      expect(await (await lab.hosts.left.fetch('http://right/')).text()).toBe('hello');
      await lab.hosts.left.$`true`;
      lab.hosts.left.spawn('sleep', ['1000']);
    });
  });

  test('fails with each thing that is left', async () => {
    let lab: Awaited<ReturnType<typeof createLab>> | undefined;
    const failure = await assertLeaksNothing(
      async () => {
        lab = await createLab(pair());
        openSync('/dev/null', 'r');
      },
      { settleMs: 0 },
    ).catch((error: unknown) => error);
    await lab?.[Symbol.asyncDispose]();
    expect(failure).toBeInstanceOf(AssertionError);
    const message = failure instanceof AssertionError ? failure.message : '';
    expect(message).toMatch(/^5 things are left, 0 ms after it ended:\n/);
    expect(message.match(/network namespace net:\[\d+\], held by/g)).toHaveLength(2);
    expect(message.match(/socket, file descriptor \d+: netlink \(raw\) in net:/g)).toHaveLength(2);
    expect(message).toContain(': /dev/null');
  });

  test('lets through what is meant to stay', async () => {
    using netns = Netns.create();
    let second: Netns | undefined;
    await assertLeaksNothing(
      () => {
        second = Netns.create();
      },
      { settleMs: 0, ignore: ({ kind }) => kind === 'netns' },
    );
    second?.close();
    expect(netns.closed).toBe(false);
  });

  test('refuses what it cannot mean, with all mistakes', async () => {
    await expect(
      assertLeaksNothing('run' as unknown as () => void, { settleMs: -1, tolerance: 2 } as object),
    ).rejects.toThrow(
      [
        'assertLeaksNothing: 3 mistakes:',
        '  - run must be a function, not "run"',
        '  - "tolerance" is no option',
        '  - settleMs must be 0 or more, not -1',
      ].join('\n'),
    );
  });
});
