import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { until } from '../../src/core/until.js';
import { Netns } from '../../src/netns/netns.js';
import { needsNamespaces } from '../support/needs-namespaces.js';
import { createNetns } from './create-netns.js';

needsNamespaces();

const here = (): string => readlinkSync('/proc/thread-self/ns/net');
const countDescriptors = (): number => readdirSync('/proc/self/fd').length;

describe('run', () => {
  test('is inside for the length of the function, also of one in another', () => {
    const [one, other] = [createNetns(), createNetns()];
    const home = here();
    const seen = one.run(() => [here(), other.run(here), here(), other.run(() => one.run(here)), here()]);
    const [first, second] = [`net:[${one.inode}]`, `net:[${other.inode}]`];
    expect(seen).toEqual([first, second, first, first, first]);
    expect(here()).toBe(home);
  });

  test('comes back when the function throws', () => {
    const [one, other] = [createNetns(), createNetns()];
    const home = here();
    const seen: string[] = [];
    const fail = (): never => {
      throw new Error('inside');
    };
    expect(() =>
      one.run(() => {
        expect(() => other.run(fail)).toThrow('inside');
        seen.push(here());
        fail();
      }),
    ).toThrow('inside');
    expect(seen).toEqual([`net:[${one.inode}]`]);
    expect(here()).toBe(home);
  });

  test('refuses a function that returns a promise, and comes back', async () => {
    const home = here();
    const netns = createNetns();
    expect(() => netns.run(async () => here())).toThrow('the function returned a promise');
    expect(here()).toBe(home);
    // biome-ignore lint/suspicious/noThenProperty: that is what is refused
    expect(() => netns.run(() => ({ then: () => {} }))).toThrow('the function returned a promise');
  });

  test('is never where promises continue', async () => {
    const netns = createNetns();
    const home = here();
    const later: Promise<string>[] = [];
    netns.run(() => {
      later.push(Promise.resolve().then(here), new Promise((resolve) => process.nextTick(() => resolve(here()))));
    });
    expect(await Promise.all(later)).toEqual([home, home]);
  });
});

describe('a namespace that exists', () => {
  test('is adopted by its path, and by a process in it', async () => {
    const netns = createNetns();
    const child = netns.spawn('sleep', ['100']);
    using byPath = Netns.open(netns.path);
    using byProcess = Netns.ofProcess(child.pid ?? 0);
    expect([byPath.inode, byProcess.inode]).toEqual([netns.inode, netns.inode]);
    netns.listen({ host: '127.0.0.1', port: 80 }, (socket) => socket.end('x'));
    const [chunk] = await once(byPath.connect({ host: '127.0.0.1', port: 80 }), 'data');
    expect(String(chunk)).toBe('x');
  });

  test('is let go of by close, with what was made through it alone', () => {
    const netns = createNetns();
    netns.listen({ host: '127.0.0.1', port: 80 });
    const adopted = Netns.open(netns.path);
    adopted.listen({ host: '127.0.0.1', port: 81 });
    adopted.close();
    expect(netns.proc.sockets('tcp').map(({ localPort }) => localPort)).toEqual([80]);
  });

  test('must be one', () => {
    expect(() => Netns.open('/run/netns/no-such-netns')).toThrow('ENOENT');
    expect(() => Netns.open('/proc/self/ns/mnt')).toThrow('EINVAL');
    expect(() => Netns.open('/dev/null')).toThrow('EINVAL');
    expect(() => Netns.open('')).toThrow('Netns.open: path must be a path, such as "/run/netns/blue", not ""');
    expect(() => Netns.ofProcess(2 ** 22 + 1)).toThrow(
      'open the network namespace of process 4194305: ESRCH: no such process, open',
    );
    expect(() => Netns.ofProcess(-1)).toThrow('Netns.ofProcess: pid must be the number of a process, not -1');
    expect(() => Netns.create({ hsots: {} } as object)).toThrow('"hsots" is no option. Did you mean "hosts"?');
    const before = countDescriptors();
    for (let count = 0; count < 50; count += 1) expect(() => Netns.open('/dev/null')).toThrow('EINVAL');
    // Those of earlier tests may still go.
    expect(countDescriptors()).toBeLessThanOrEqual(before);
  });
});

describe('the end of a namespace', () => {
  test('ends everything in it, the newest first, and may come twice', async () => {
    const netns = Netns.create();
    const ended: string[] = [];
    const server = netns.listen({ abstractName: 'a' });
    server.on('close', () => ended.push('server'));
    const [accepted] = await Promise.all([
      once(server, 'connection'),
      once(netns.connect({ abstractName: 'a' }), 'connect'),
    ]);
    accepted[0].on('close', () => ended.push('accepted'));
    const web = netns.serve((_request, response) => response.write('never ends'));
    web.on('close', () => ended.push('web'));
    const udp = netns.udp();
    udp.socket.on('close', () => ended.push('udp'));
    const child = netns.spawn('sleep', ['100']);
    child.on('exit', () => ended.push('child'));
    await Promise.all([netns[Symbol.asyncDispose](), netns[Symbol.asyncDispose]()]);
    await netns[Symbol.asyncDispose]();
    netns.close();
    expect(ended.toSorted()).toEqual(['accepted', 'child', 'server', 'udp', 'web']);
    expect(netns.closed).toBe(true);
  });

  test('is not held up by what has ended before', async () => {
    const netns = Netns.create();
    const server = netns.listen({ abstractName: 'a' });
    const socket = netns.connect({ abstractName: 'a' });
    await once(socket, 'connect');
    socket.destroy();
    await Promise.all([once(server.close(), 'close'), netns.udp().close(), once(netns.spawn('true'), 'exit')]);
    await netns[Symbol.asyncDispose]();
  });

  test('is reached past what fails, and tells of all of it', async () => {
    const netns = Netns.create();
    const [one, other] = [netns.listen({ abstractName: 'a' }), netns.listen({ abstractName: 'b' })];
    const order: string[] = [];
    const failAs = (name: string) => (): never => {
      order.push(name);
      throw new Error('will not close');
    };
    const [closeOne, closeOther] = [one.close.bind(one), other.close.bind(other)];
    one.close = failAs('a');
    other.close = failAs('b');
    const udp = netns.udp();
    await expect(netns[Symbol.asyncDispose]()).rejects.toThrow(
      'scope "netns": teardown failed in 2 places:\n' +
        '  - server at abstract unix socket "b": Error: will not close\n' +
        '  - server at abstract unix socket "a": Error: will not close',
    );
    expect(order).toEqual(['b', 'a']);
    expect([udp.closed, netns.closed]).toEqual([true, true]);
    await netns[Symbol.asyncDispose]();
    closeOne();
    closeOther();
  });

  test('frees every descriptor, three hundred times', async () => {
    const cycle = async (): Promise<void> => {
      await using netns = Netns.create();
      const server = netns.listen({ abstractName: 'a' }, (socket) => socket.end('x'));
      netns.udp();
      netns.serve(() => {}, { host: '0.0.0.0', port: 80 });
      await once(netns.connect({ abstractName: 'a' }), 'data');
      expect(server.listening).toBe(true);
    };
    await cycle();
    const before = countDescriptors();
    for (let count = 0; count < 300; count += 1) await cycle();
    await until(() => countDescriptors() <= before);
  }, 30_000);
});
