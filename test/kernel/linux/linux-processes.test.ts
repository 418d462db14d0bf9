import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import type { CAPABILITIES } from '../../../src/kernel/capabilities.js';
import { readCapabilities } from '../../../src/native/capabilities.js';
import { openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const HOOK = { ifindex: 2, direction: 'ingress' } as const;

describe('processes on a Linux kernel', () => {
  test('have handles of their own, and open what others pinned', async () => {
    const { kernel } = openBench();
    const other = kernel.process();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    expect(await codeOf(other.unload(program))).toBe('EBADF');
    expect(await codeOf(other.pin(program, '/sys/fs/bpf/prog'))).toBe('EINVAL');
    await kernel.pin(program, '/sys/fs/bpf/prog');
    const opened = await other.open('/sys/fs/bpf/prog');
    expect([opened.id, opened.kind]).toEqual([program.id, 'program']);
    expect([kernel.handleCount(), other.handleCount()]).toEqual([2, 1]);
  });

  test('let go of nothing else than what is meant', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
    // @ts-expect-error: a program is no link
    expect(await codeOf(kernel.detach(program))).toBe('EINVAL');
    // @ts-expect-error: a link is no program
    expect(await codeOf(kernel.unload(link))).toBe('EINVAL');
    // @ts-expect-error: a link is no program
    expect(await codeOf(kernel.updateLink(link, link))).toBe('EINVAL');
    expect([kernel.handleCount(), kernel.linkCount(), kernel.programCount()]).toEqual([2, 1, 1]);
  });

  test('end, and what only they held with them', async () => {
    const { kernel } = openBench();
    const other = kernel.process();
    const program = await other.load({ name: 'prog_one', type: 'xdp' });
    await other.attach({ type: 'xdp', program, ifindex: 2 });
    expect(kernel.linkCount()).toBe(1);
    other.exit();
    other.exit();
    expect(kernel.snapshot()).toMatchObject({ programs: [], links: [] });
    expect((await kernel.queryXdp({ ifindex: 2 })).programId).toBeUndefined();
  });

  test('crash, and what only they held with them', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    kernel.faults.inject('kernel.attach', { crash: 'after' });
    await expect(kernel.attach({ type: 'xdp', program, ifindex: 2 })).rejects.toThrow();
    expect(kernel.handleCount()).toBe(0);
    expect(kernel.snapshot()).toMatchObject({ programs: [], links: [] });
  });

  test('may do what their capabilities allow, and no more', async () => {
    const { kernel } = openBench();
    const before = readCapabilities();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    const none = kernel.process({ capabilities: [] });
    expect(await codeOf(none.load({ name: 'prog_two', type: 'xdp' }))).toBe('EPERM');
    expect(await codeOf(none.load({ name: 'prog_two', type: 'xdp', functions: ['slot'] }))).toBe('EPERM');
    expect(await codeOf(none.programs())).toBe('EPERM');
    expect(await codeOf(none.programById(program.id))).toBe('EPERM');
    expect(await codeOf(none.nextLinkId(0))).toBe('EPERM');
    expect(await codeOf(none.createClsact({ ifindex: 2 }))).toBe('EPERM');
    expect(await codeOf(none.queryTcx(HOOK))).toBe('EPERM');
    const some = kernel.process({ capabilities: ['CAP_BPF'] });
    expect(await codeOf(some.load({ name: 'prog_two', type: 'xdp' }))).toBe('EPERM');
    expect(
      await codeOf(some.createMap({ name: 'map', type: 'array', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1 })),
    ).toBe('ok');
    const net = kernel.process({ capabilities: ['CAP_BPF', 'CAP_NET_ADMIN'] });
    expect(await codeOf(net.load({ name: 'prog_two', type: 'xdp', pinPath: '/sys/fs/bpf/two' }))).toBe('ok');
    expect(readCapabilities()).toEqual(before);
  });

  test('are refused for capabilities that there are not', () => {
    const { kernel } = openBench();
    expect(() => kernel.process({ capabilities: ['CAP_KILL' as (typeof CAPABILITIES)[number]] })).toThrow(
      'LinuxKernel.process: capability "CAP_KILL" is not modelled; there are CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_SYS_ADMIN',
    );
  });
});

describe('network namespaces', () => {
  test('are the process’s own, or that of a call', async () => {
    const { kernel, devices } = openBench();
    devices.addNetns('/run/netns/glovebox-other');
    const { index } = devices.add('eth7', { netns: '/run/netns/glovebox-other', index: 7 });
    const netns = devices.resolveNetns('/run/netns/glovebox-other');
    const other = kernel.process({ netns });
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    expect(await codeOf(kernel.attach({ type: 'xdp', program, ifindex: index }))).toBe('EINVAL');
    const link = await kernel.attach({ type: 'xdp', program, ifindex: index, netns });
    expect(link.netns).toBe(await devices.netnsInode('/run/netns/glovebox-other'));
    expect((await other.queryXdp({ ifindex: index })).linkId).toBe(link.id);
    expect(await codeOf(other.queryXdp({ ifindex: 2 }))).toBe('ENODEV');
    await other.createClsact({ ifindex: index });
    expect(kernel.snapshot().clsacts).toEqual([{ netns: link.netns, ifindex: index }]);
    expect(await codeOf(kernel.queryXdp({ ifindex: 2, netns: '/run/netns/glovebox-none' }))).toBe('ENOENT');
    expect(await codeOf(kernel.queryXdp({ ifindex: 2, netns: '/proc/self/status' }))).toBe('EINVAL');
  });

  test('that go take along what was in them', async () => {
    const { kernel, devices } = openBench();
    devices.addNetns('/run/netns/glovebox-other');
    devices.add('eth7', { netns: '/run/netns/glovebox-other', index: 7 });
    const netns = devices.resolveNetns('/run/netns/glovebox-other');
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    await kernel.setXdp({ program, ifindex: 7, netns });
    expect(kernel.snapshot().attachments).toHaveLength(1);
    devices.removeNetns('/run/netns/glovebox-other');
    expect(kernel.snapshot().attachments).toEqual([]);
  });
});
