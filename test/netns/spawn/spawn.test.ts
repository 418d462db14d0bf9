import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { errnoOf } from '../../../src/core/kernel-error.js';
import { until } from '../../../src/core/until.js';
import { Netns } from '../../../src/netns/netns.js';
import { readTargets } from '../../../src/process/proc/descriptors.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { createNetns } from '../create-netns.js';

needsNamespaces();

const netnsOf = (pid: number | undefined | string): string => readlinkSync(`/proc/${pid}/ns/net`);

function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** The number that a command prints first. */
async function readPid(stream: NodeJS.ReadableStream): Promise<number> {
  const [chunk] = await once(stream, 'data');
  return Number(String(chunk));
}

describe('spawn', () => {
  test('starts a child inside, and leaves this process where it is', async () => {
    const netns = createNetns();
    const home = netnsOf('self');
    const child = netns.spawn('sleep', ['100']);
    expect(netnsOf('self')).toBe(home);
    expect(netnsOf(child.pid)).toBe(`net:[${netns.inode}]`);
    expect(netnsOf(child.pid)).not.toBe(home);
  });

  test('takes what Node’s takes: a command alone, with options, with arguments and options', async () => {
    const netns = createNetns();
    const children = [
      netns.spawn('true'),
      netns.spawn('test "$VALUE" = 5', { shell: true, env: { VALUE: '5' } }),
      netns.spawn('sh', ['-c', 'exit $VALUE'], { env: { VALUE: '0' }, stdio: 'ignore' }),
    ];
    const ends = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(ends).toEqual(children.map(() => [0, null]));
  });

  test('tells of a command that there is not by its error event', async () => {
    const child = createNetns().spawn('no-such-command-here');
    await expect(once(child, 'spawn')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('has a synchronous sister', () => {
    const netns = createNetns();
    const { status, stdout } = netns.spawnSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `net:[${netns.inode}]\n` });
  });
});

describe('children', () => {
  test('are killed with the namespace, and waited for', async () => {
    const netns = Netns.create();
    const children = [
      netns.spawn('sleep', ['100']),
      netns.spawn('sh', ['-c', 'trap "" TERM INT; sleep 100; sleep 100']),
    ];
    await netns[Symbol.asyncDispose]();
    expect(children.map(({ signalCode }) => signalCode)).toEqual(['SIGKILL', 'SIGKILL']);
  });

  test('take with them what they have started, even when they themselves have ended', async () => {
    const netns = Netns.create();
    const parent = netns.spawn('sh', ['-c', 'sleep 100 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const orphan = netns.spawn('sh', ['-c', 'sleep 100 >/dev/null & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const grandchildren = await Promise.all([readPid(parent.stdout), readPid(orphan.stdout)]);
    await until(() => orphan.exitCode === 0);
    expect(grandchildren.map(isRunning)).toEqual([true, true]);
    await netns[Symbol.asyncDispose]();
    expect(grandchildren.map(isRunning)).toEqual([false, false]);
  });

  test('are killed by close as well, which does not wait', async () => {
    const netns = Netns.create();
    const child = netns.spawn('sleep', ['100']);
    netns.close();
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  });

  test('of one namespace outlive another', async () => {
    const [one, other] = [createNetns(), Netns.create()];
    const child = one.spawn('sleep', ['100']);
    other.spawn('sleep', ['100']);
    await other[Symbol.asyncDispose]();
    expect(isRunning(child.pid ?? 0)).toBe(true);
  });

  test('without a group of their own are killed alone', async () => {
    const netns = Netns.create();
    const child = netns.spawn('sleep', ['100'], { detached: false });
    await netns[Symbol.asyncDispose]();
    expect(child.signalCode).toBe('SIGKILL');
  });

  test('get none of this process’s sockets and namespaces', async () => {
    const netns = createNetns();
    netns.listen({ host: '127.0.0.1' });
    netns.udp();
    void netns.netlink;
    const child = netns.spawn('sleep', ['100'], { stdio: 'ignore' });
    await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n');
    // Its loader opens and closes libraries meanwhile.
    expect(readTargets(child.pid ?? 0).filter((file) => /^(?:socket|net):/.test(file))).toEqual([]);
  });
});

describe('the shell', () => {
  test('runs commands inside, with zx’s quoting', async () => {
    const netns = createNetns();
    const { stdout } = await netns.$`readlink /proc/self/ns/net; echo ${'a  b; exit 1'}`;
    expect(stdout).toBe(`net:[${netns.inode}]\na  b; exit 1\n`);
    expect(await netns.$`printf '{"a":1}'`.json()).toEqual({ a: 1 });
    expect(await netns.$`printf 'a\nb\n'`.pipe`tac`.lines()).toEqual(['b', 'a']);
  });

  test('rejects with the output of a command that fails, unless told otherwise', async () => {
    const { $ } = createNetns();
    await expect($`echo out; echo err >&2; exit 3`).rejects.toMatchObject({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await $({ nothrow: true })`exit 4`.exitCode).toBe(4);
    expect((await $`exit 5`.nothrow()).ok).toBe(false);
  });

  test('keeps its place through options, and synchronously', async () => {
    const netns = createNetns();
    const inside = `net:[${netns.inode}]\n`;
    const shell = netns.$({ cwd: '/', env: { ...process.env, VALUE: '5' } });
    expect((await shell`readlink /proc/self/ns/net`).stdout).toBe(inside);
    expect((await shell({ quiet: true })`pwd; echo $VALUE`).stdout).toBe('/\n5\n');
    expect(netns.$.sync`readlink /proc/self/ns/net`.stdout).toBe(inside);
    expect(netns.$({ nothrow: true }).sync`readlink /proc/self/ns/net; exit 2`).toMatchObject({
      exitCode: 2,
      stdout: inside,
    });
  });

  test('of two namespaces at once does not mix them up', async () => {
    const all = [createNetns(), createNetns()];
    const read = all.flatMap((netns) =>
      Array.from({ length: 5 }, async () => (await netns.$`readlink /proc/self/ns/net`).text()),
    );
    const expected = all.flatMap(({ inode }) => Array.from({ length: 5 }, () => `net:[${inode}]\n`));
    expect(await Promise.all(read)).toEqual(expected);
  });

  test('whose command nobody waits for is no unhandled rejection at the end of the namespace', async () => {
    const netns = Netns.create();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    void netns.$`sleep 100`;
    await netns[Symbol.asyncDispose]();
    // Such a rejection is told of one turn after.
    await setImmediate();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  test('ends with the namespace', async () => {
    const netns = Netns.create();
    const command = netns.$`sleep 100 | sleep 100`.nothrow();
    await until(() => command.pid !== undefined);
    await netns[Symbol.asyncDispose]();
    expect(await command).toMatchObject({ signal: 'SIGKILL' });
  });
});
