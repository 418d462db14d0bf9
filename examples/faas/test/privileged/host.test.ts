import { join } from 'node:path';
import { describe, expect } from 'glovebox/fixtures';
import { eventually } from '../support/eventually.ts';
import { test } from '../support/fixture.ts';
import {
  expectAddressConfigured,
  expectBundlesCleanedUp,
  expectResponds,
  expectRootfs,
  HostUnderTest,
} from '../support/host-under-test.ts';

const WRITER = 'test/support/registry-writer.ts';
const READER = 'test/support/registry-reader.ts';
const HELLO = 'export default (request, response) => response.end("hello from " + process.argv[2]);';
const NO_RUNC = 'there is no runc on PATH: apt-get install --no-install-recommends runc';
/** Tells what it sees of the machine. */
const LOOK = `import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
const LOOPBACK = ['127.0.0.1', '::1'];
const write = (path) => { try { writeFileSync(path, ''); return 'done'; } catch ({ code }) { return code; } };
export default (request, response) => response.end(JSON.stringify({
  uid: process.getuid(), pid: process.pid, seesHost: existsSync('/etc/passwd'),
  addresses: Object.values(networkInterfaces()).flat().map(({ address }) => address).filter((each) => !LOOPBACK.includes(each)),
  root: write('/app/x'), host: write('/faas/app/src/x'), tmp: write('/tmp/x'),
  pids: readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
}));`;
/** Has room for one connection, and takes its time, in which others come. */
const narrow = (forMs: number) => `export const maxConnections = 1;
export default (request, response) => { response.write('begun '); setTimeout(() => response.end('done'), ${forMs}); };`;
/** Ends when it is asked to, and tells its starts apart. */
const MORTAL = `const started = process.hrtime.bigint();
export default (request, response) => {
  if (request.url === '/die') process.exit(7);
  response.end(String(started));
};`;

describe.for(['own', 'runc'] as const)('A handler that is started by %s', (runtime) => {
  test('is deployed, invoked, kept from the machine, and stopped', async ({ machine, skip }) => {
    skip(runtime === 'runc' && machine.runc === undefined, NO_RUNC);
    const host = await HostUnderTest.start(machine, { runtime });
    const before = await host.idleHoldings();
    const handler = await host.deploy('look', LOOK);
    await expectRootfs(host, handler);
    const containers = await host.containersOf(handler);
    expect(containers).toHaveLength(runtime === 'runc' ? 1 : 0);
    for (const name of containers) expect(await machine.$`find /sys/fs/cgroup -name ${name}`).toBe('');
    const { body } = await host.request('look');
    expect(JSON.parse(body)).toEqual({
      uid: 65_534,
      pid: 1,
      seesHost: false,
      addresses: [],
      root: 'EROFS',
      host: 'EROFS',
      tmp: 'done',
      pids: 1,
    });
    await host.stop('look');
    await host.waitForCleanUp(before);
  });
});

describe('A handler', () => {
  test('has its root file system extracted once, and shared', async ({ host }) => {
    const first = await host.deploy('first', HELLO, { config: { Cmd: ['/app/handler.mjs', 'x'] } });
    const inode = await host.inodeOf(join(first.rootfs, 'app/handler.mjs'));
    expect(inode).toBeDefined();
    const second = await host.deploy('second', HELLO, { config: { Cmd: ['/app/handler.mjs', 'x'] } });
    expect(second.rootfs).toBe(first.rootfs);
    expect(await host.inodeOf(join(second.rootfs, 'app/handler.mjs'))).toBe(inode);
    expect(await host.rootfsFolders()).toHaveLength(1);
    expect(await host.countBundles()).toBe(2);
  });

  test('that is stopped takes its bundle and address with it, and leaves its root file system', async ({ host }) => {
    const before = await host.idleHoldings();
    const handler = await host.deploy('one', HELLO);
    await expectAddressConfigured(host, handler.address);
    expect(await host.inodeOf(join(handler.bundle, 'config.json'))).toBeDefined();
    await host.stop('one');
    await expectBundlesCleanedUp(host);
    await expectRootfs(host, handler);
    expect(await host.isAddressConfigured(handler.address)).toBe(false);
    expect(await host.readRegistry()).toEqual({});
    await host.waitForCleanUp(before);
  });

  test('that cannot start leaves nothing, and says why', async ({ host }) => {
    const before = await host.idleHoldings();
    await expect(host.deploy('broken', 'throw new Error("no luck")')).rejects.toThrow(
      /^Handler broken ended before it was ready: [\s\S]*no luck/,
    );
    await host.waitForCleanUp(before);
    expect(await host.readRegistry()).toEqual({});
  });

  test('that dies is started again, once for each time, and has what it had', async ({ host, machine }) => {
    const { address } = await host.deploy('mortal', MORTAL);
    const starts = [(await host.requestAt(address)).body];
    const before = await host.idleHoldings();
    for (const times of [1, 2]) {
      await expect(host.requestAt(address, '/die')).rejects.toThrow();
      // Who comes before it is back is told so, or has a connection that died with it.
      await eventually(
        machine,
        () => host.requestAt(address).catch(String),
        (answer) => expect(answer).toMatchObject({ status: 200 }),
      );
      starts.push((await host.requestAt(address)).body);
      expect(new Set(starts).size).toBe(times + 1);
      const restarts = async () => host.process.log().match(/handler mortal is started again: it ended with code 7/g);
      await eventually(machine, restarts, (found) => expect(found).toHaveLength(times));
      await host.waitForCleanUp(before);
    }
  });

  test('that dies is not started again when it was stopped meanwhile', async ({ host }) => {
    const before = await host.idleHoldings();
    const { address } = await host.deploy('mortal', MORTAL);
    await host.requestAt(address);
    await expect(host.requestAt(address, '/die')).rejects.toThrow();
    await host.stop('mortal');
    await host.waitForCleanUp(before);
    await expect(host.process.stop()).resolves.toMatchObject({ code: 0 });
  });

  test('is refused where its name is taken or is none', async ({ host }) => {
    await host.deploy('one', HELLO);
    await expect(host.deploy('one', HELLO)).rejects.toThrow('There is a handler one already; stop it first');
    await expect(host.stop('two')).rejects.toThrow('There is no handler two');
    await expectResponds(host, 'one', 'hello from one');
  });
});

describe('Addresses', () => {
  test('are labelled lo:faas, and removed when the host is told to end', async ({ host }) => {
    const handler = await host.deploy('one', HELLO);
    await expectAddressConfigured(host, handler.address);
    expect(await host.process.stop()).toMatchObject({ code: 0 });
    expect(await host.isAddressConfigured(handler.address)).toBe(false);
    expect(await host.labelledAddresses()).toEqual([]);
    await expectBundlesCleanedUp(host);
  });

  test('that a killed host left are removed by the next', async ({ host, machine }) => {
    const handler = await host.deploy('one', HELLO);
    await host.process.kill();
    // Its handlers end with it, whatever ends it.
    await eventually(
      machine,
      () => host.process.pids(),
      (pids) => expect(pids).toEqual([]),
    );
    expect(await host.isAddressConfigured(handler.address)).toBe(true);
    const next = await HostUnderTest.start(machine);
    expect(await next.labelledAddresses()).toEqual([]);
    await expectBundlesCleanedUp(next);
    expect(await next.list()).toEqual({});
  });
});

describe('Connections', () => {
  test('are passed to a handler, and passed back when it has no room', async ({ host, machine }) => {
    await host.deploy('narrow', narrow(machine.patienceMs / 40));
    const address = await host.addressOf('narrow');
    const answers = await Promise.all([host.requestAt(address), host.requestAt(address), host.requestAt(address)]);
    const byStatus = answers.map(({ status, body }) => `${status} ${body.trim()}`).toSorted();
    expect(byStatus).toEqual(['200 begun done', '503 busy', '503 busy']);
    await eventually(
      machine,
      () => host.requestAt(address),
      ({ status }) => expect(status).toBe(200),
    );
  });

  test('go to the handler whose address they are for', async ({ host }) => {
    for (const name of ['one', 'two', 'three']) await host.deploy(name, HELLO);
    for (const name of ['three', 'one', 'two']) await expectResponds(host, name, `hello from ${name}`);
    await host.stop('two');
    await expectResponds(host, 'three', 'hello from three');
  });
});

describe('Under stress', () => {
  test('25 requests at once and 100 in sequence are answered, and nothing is left', async ({ host }) => {
    const empty = await host.idleHoldings();
    await host.deploy('one', HELLO);
    const address = await host.addressOf('one');
    await host.requestAt(address);
    const before = await host.idleHoldings();
    const expected = { status: 200, body: 'hello from one' };
    const answers = await Promise.all(Array.from({ length: 25 }, () => host.requestAt(address)));
    expect(answers).toEqual(answers.map(() => expected));
    for (let count = 0; count < 100; count += 1) expect(await host.requestAt(address)).toEqual(expected);
    await host.waitForCleanUp(before);
    await host.stop('one');
    await host.waitForCleanUp(empty);
  });

  test('15 handlers are deployed at once, answer at once, and leave nothing', async ({ host }) => {
    const empty = await host.idleHoldings();
    const names = Array.from({ length: 15 }, (_, index) => `handler-${index}`);
    const handlers = await Promise.all(names.map((name) => host.deploy(name, HELLO)));
    expect(new Set(handlers.map(({ address }) => address)).size).toBe(15);
    expect(Object.keys(await host.readRegistry()).toSorted()).toEqual(names.toSorted());
    const answers = await Promise.all(names.map((name) => host.request(name)));
    expect(answers.map(({ body }) => body)).toEqual(names.map((name) => `hello from ${name}`));
    await Promise.all(names.map((name) => host.stop(name)));
    await host.waitForCleanUp(empty);
    expect(await host.readRegistry()).toEqual({});
  });
});

describe('The registry', () => {
  test('loses nothing of concurrent writers, and is whole whenever it is read', async ({ machine }) => {
    const folder = join(machine.folder, 'registry');
    const path = join(folder, 'registry.json');
    await machine.$`mkdir -p ${folder}`;
    // It fails for a file that is half written, and for one with less in it than before.
    const reader = await machine.start(READER, [path], { isReady: true });
    const writers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => machine.start(WRITER, [path, `w${index}`, '20'])),
    );
    const exits = await Promise.all(writers.map((writer) => writer.waitForExit()));
    expect(exits.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await reader.stop()).toMatchObject({ code: 0 });
    expect(reader.log()).toMatch(/^read \d+ times, last 120\n$/);
    expect((await machine.$`ls ${folder}`).trim().split('\n')).toEqual(['registry.json', 'registry.json.lock']);
  });
});
