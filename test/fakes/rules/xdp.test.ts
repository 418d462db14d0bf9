import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../src/kernel/contract.js';
import type { Program, XdpMode } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import { attachXdp, ETH0, ETH1, expectLink, LO, load, loadMany, NO_DEVICE, newKernel } from './support.js';

interface Bench {
  readonly kernel: Kernel;
  readonly one: Program;
  readonly two: Program;
  readonly tc: Program;
  readonly devmap: Program;
  link(program: Program, mode?: XdpMode, ifindex?: number): Promise<string>;
  set(program: Program | null, rest?: object, ifindex?: number): Promise<string>;
}

async function setUp(): Promise<Bench> {
  const kernel = newKernel();
  return {
    kernel,
    one: await load(kernel, 'xdp'),
    two: await load(kernel, 'xdp'),
    tc: await load(kernel, 'tc'),
    devmap: await load(kernel, 'xdp', { xdpTarget: 'devmap' }),
    link: (program, mode, ifindex = ETH0) =>
      codeOf(kernel.attach({ type: 'xdp', program, ifindex, ...(mode === undefined ? {} : { mode }) })),
    set: (program, rest = {}, ifindex = ETH0) => codeOf(kernel.setXdp({ program, ifindex, ...rest })),
  };
}

// net/core/dev.c: bpf_xdp_link_attach, dev_xdp_attach, in its order
describe('xdp', () => {
  test('a link to a missing device is EINVAL, by netlink it is ENODEV', async () => {
    const { link, set, one } = await setUp();
    expect(await link(one, undefined, NO_DEVICE)).toBe('EINVAL');
    expect(await set(one, {}, NO_DEVICE)).toBe('ENODEV');
    expect(await set(null, {}, NO_DEVICE)).toBe('ENODEV');
  });

  test('a program of another type is EINVAL, on an occupied device too', async () => {
    const { link, set, one, tc } = await setUp();
    expect(await link(tc)).toBe('EINVAL');
    expect(await set(tc)).toBe('EINVAL');
    await link(one);
    expect(await set(tc)).toBe('EINVAL');
  });

  test('a devmap or cpumap program on a device is EINVAL', async () => {
    const { kernel, link, set, devmap } = await setUp();
    const cpumap = await load(kernel, 'xdp', { xdpTarget: 'cpumap' });
    for (const program of [devmap, cpumap]) {
      expect(await link(program)).toBe('EINVAL');
      expect(await set(program)).toBe('EINVAL');
    }
  });

  test('a devmap program is found after the occupied hook, and before the driver that cannot', async () => {
    const { link, set, one, devmap } = await setUp();
    expect(await link(devmap, 'native', LO)).toBe('EINVAL');
    await link(one);
    expect(await link(devmap)).toBe('EBUSY');
    expect(await set(devmap)).toBe('EBUSY');
  });

  test('native mode without a driver for it is EOPNOTSUPP; without a wish it becomes generic', async () => {
    const { kernel, link, set, one } = await setUp();
    expect(await link(one, 'native', LO)).toBe('EOPNOTSUPP');
    expect(await set(one, { mode: 'native' }, LO)).toBe('EOPNOTSUPP');
    expect(await link(one, undefined, LO)).toBe('ok');
    expect(await kernel.queryXdp({ ifindex: LO })).toMatchObject({ mode: 'generic', programId: one.id });
    expect(await link(one)).toBe('ok');
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ mode: 'native', programId: one.id });
  });

  test('where there is only generic XDP, the default and generic are one mode: EBUSY, and off means off', async () => {
    const { link, set, one, two } = await setUp();
    await set(one, { mode: 'generic' }, LO);
    expect(await link(two, undefined, LO)).toBe('EBUSY');
    expect(await set(null, {}, LO)).toBe('ok');
    expect(await link(two, undefined, LO)).toBe('ok');
  });

  test('offload of a program that was not loaded for the card is EINVAL', async () => {
    const { link, set, one } = await setUp();
    expect(await link(one, 'offload')).toBe('EINVAL');
    expect(await set(one, { mode: 'offload' })).toBe('EINVAL');
  });

  test('over a link everything in its mode is EBUSY: a link, netlink, switching off, even with the right expectation', async () => {
    const { link, set, one, two } = await setUp();
    expect(await link(one)).toBe('ok');
    expect(await link(two)).toBe('EBUSY');
    expect(await link(one)).toBe('EBUSY');
    expect(await set(two)).toBe('EBUSY');
    expect(await set(two, { ifNoExist: true })).toBe('EBUSY');
    expect(await set(two, { expected: one })).toBe('EBUSY');
    expect(await set(null)).toBe('EBUSY');
    expect(await set(null, { mode: 'native' })).toBe('EBUSY');
  });

  test('over a link in the other mode it is EEXIST, but switching the other mode off succeeds', async () => {
    const { kernel, link, set, one, two } = await setUp();
    await link(one);
    expect(await link(two, 'generic')).toBe('EEXIST');
    expect(await set(two, { mode: 'generic' })).toBe('EEXIST');
    expect(await set(null, { mode: 'generic' })).toBe('ok');
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ programId: one.id });
  });

  test('over a generic link, native and the driver’s default are EEXIST, and switching the default off changes nothing', async () => {
    const { kernel, link, set, one, two } = await setUp();
    await link(one, 'generic');
    expect(await link(two, 'native')).toBe('EEXIST');
    expect(await link(two)).toBe('EEXIST');
    expect(await set(two)).toBe('EEXIST');
    expect(await set(two, { mode: 'native' })).toBe('EEXIST');
    expect(await set(null)).toBe('ok');
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ programId: one.id, mode: 'generic' });
  });

  test('a link over a program of netlink’s is EBUSY in its mode, EEXIST in the other', async () => {
    const { link, set, one, two } = await setUp();
    expect(await set(one)).toBe('ok');
    expect(await link(two)).toBe('EBUSY');
    expect(await link(two, 'generic')).toBe('EEXIST');
  });

  test('native and generic by netlink together are EEXIST, either way round, before "if no exist"', async () => {
    const { set, one, two } = await setUp();
    await set(one);
    expect(await set(two, { mode: 'generic' })).toBe('EEXIST');
    expect(await set(two, { mode: 'generic', ifNoExist: true })).toBe('EEXIST');
    await set(null);
    await set(one, { mode: 'generic' });
    expect(await set(two, { mode: 'native' })).toBe('EEXIST');
    expect(await set(two)).toBe('EEXIST');
    expect(await set(null)).toBe('ok');
    expect(await set(two)).toBe('EEXIST');
    expect(await set(null, { mode: 'generic' })).toBe('ok');
    expect(await set(two)).toBe('ok');
  });

  test('"if no exist" on an occupied device is EBUSY, on a free one it attaches', async () => {
    const { set, one, two } = await setUp();
    expect(await set(one, { ifNoExist: true })).toBe('ok');
    expect(await set(two, { ifNoExist: true })).toBe('EBUSY');
  });

  test('replacing with the wrong expected program is EEXIST, on an empty hook too; with the right one it replaces', async () => {
    const { kernel, set, one, two } = await setUp();
    expect(await set(one, { expected: two })).toBe('EEXIST');
    await set(one);
    expect(await set(two, { expected: two })).toBe('EEXIST');
    expect(await set(null, { expected: two })).toBe('EEXIST');
    expect(await set(two, { expected: one })).toBe('ok');
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ programId: two.id, linkId: undefined });
  });

  test('netlink replaces what netlink put there, without asking; switching off twice succeeds', async () => {
    const { kernel, set, one, two } = await setUp();
    expect([await set(one), await set(two), await set(two)]).toEqual(['ok', 'ok', 'ok']);
    expect((await kernel.queryXdp({ ifindex: ETH0 })).programId).toBe(two.id);
    expect([await set(null), await set(null)]).toEqual(['ok', 'ok']);
    expect((await kernel.queryXdp({ ifindex: ETH0 })).programId).toBeUndefined();
  });

  test('devices are apart: the same program goes on both', async () => {
    const { kernel, one } = await setUp();
    await attachXdp(kernel, one, ETH0);
    expect(await codeOf(attachXdp(kernel, one, ETH1))).toBe('ok');
  });
});

// net/core/dev.c:bpf_xdp_link_update
describe('updating an XDP link', () => {
  test('replaces the program and keeps the link; the same program again succeeds', async () => {
    const { kernel, one, two } = await setUp();
    const link = await attachXdp(kernel, one);
    await kernel.updateLink(link, two, { expected: one });
    await kernel.updateLink(link, two);
    await expectLink(kernel, link.id, { programId: two.id, attached: true, ifindex: ETH0 });
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ programId: two.id, linkId: link.id });
  });

  test('with the wrong expected program is EPERM, also for the program it has, and before its type is checked', async () => {
    const { kernel, one, two, tc } = await setUp();
    const link = await attachXdp(kernel, one);
    expect(await codeOf(kernel.updateLink(link, two, { expected: two }))).toBe('EPERM');
    expect(await codeOf(kernel.updateLink(link, one, { expected: two }))).toBe('EPERM');
    expect(await codeOf(kernel.updateLink(link, tc, { expected: two }))).toBe('EPERM');
  });

  test('to a program of another type, or one made for a map, is EINVAL', async () => {
    const { kernel, one, tc, devmap } = await setUp();
    const link = await attachXdp(kernel, one);
    expect(await codeOf(kernel.updateLink(link, tc))).toBe('EINVAL');
    expect(await codeOf(kernel.updateLink(link, devmap))).toBe('EINVAL');
  });

  test('that is defunct is ENOLINK, before anything else is checked', async () => {
    const { kernel, one, two, tc } = await setUp();
    const link = await attachXdp(kernel, one);
    await kernel.forceDetach(link);
    expect(await codeOf(kernel.updateLink(link, two))).toBe('ENOLINK');
    expect(await codeOf(kernel.updateLink(link, one))).toBe('ENOLINK');
    expect(await codeOf(kernel.updateLink(link, one, { expected: two }))).toBe('ENOLINK');
    expect(await codeOf(kernel.updateLink(link, tc))).toBe('ENOLINK');
  });

  test('lets go of the old program', async () => {
    const kernel = newKernel();
    const [one, two] = await loadMany(kernel, 'xdp', 2);
    if (one === undefined || two === undefined) throw new Error('nothing was loaded');
    const link = await attachXdp(kernel, one);
    await one.close();
    await kernel.updateLink(link, two);
    expect(await codeOf(kernel.programById(one.id))).toBe('ENOENT');
    await two.close();
    expect(await codeOf(kernel.programById(two.id))).toBe('ok');
  });
});
