import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { UnsupportedError, UsageError } from '../../src/core/errors.js';
import { SystemNetIfaceResolver } from '../../src/kernel/system-interfaces.js';

const resolver = new SystemNetIfaceResolver();

test('lo is the interface with index 1', async () => {
  const lo = await resolver.interfaceByName('lo');
  expect(lo).toMatchObject({ name: 'lo', index: 1, loopback: true });
  expect(await resolver.interfaceByIndex(1)).toEqual(lo);
});

test('every address that Node knows is found, with its prefix', async () => {
  const interfaces = await resolver.interfaces();
  const found = interfaces.flatMap(({ name, addresses }) =>
    addresses.map((each) => `${name} ${each.address}/${each.prefixLength}`),
  );
  const known = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map(({ cidr }) => `${name} ${cidr}`),
  );
  expect(found).toEqual(expect.arrayContaining(known));
});

test('interfaces come in the order of indexes', async () => {
  const indexes = (await resolver.interfaces()).map(({ index }) => index);
  expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
});

test('a name or an index that is not there is ENODEV, and so is a name that leads elsewhere', async () => {
  await expect(resolver.interfaceByName('glovebox-none')).rejects.toMatchObject({ code: 'ENODEV' });
  await expect(resolver.interfaceByName('../net/lo')).rejects.toMatchObject({ code: 'ENODEV' });
  await expect(resolver.interfaceByIndex(999_999)).rejects.toMatchObject({ code: 'ENODEV' });
  await expect(resolver.interfaceByName('')).rejects.toBeInstanceOf(UsageError);
});

test("the process's own namespace may be named; a path that is none is refused", async () => {
  const own = '/proc/self/ns/net';
  expect(await resolver.interfaceByName('lo', own)).toMatchObject({ index: 1 });
  expect(await resolver.netnsInode(own)).toBe(await resolver.netnsInode());
  await expect(resolver.netnsInode('/nonexistent/netns')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(resolver.netnsInode('/etc/passwd')).rejects.toMatchObject({ code: 'EINVAL' });
});

test('another namespace is not supported, and the error says what would help', async () => {
  // Any file that is not this namespace stands for another one; the user namespace is always there.
  const other = '/proc/self/ns/user';
  expect(existsSync(other)).toBe(true);
  const error = await resolver.interfaces(other).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error).toMatchObject({
    capability: 'netns',
    fix: expect.stringContaining('nsenter --net=/proc/self/ns/user'),
  });
});
