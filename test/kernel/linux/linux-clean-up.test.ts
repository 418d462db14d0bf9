import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { ScopeError } from '../../../src/core/scope-error.js';
import { until } from '../../../src/core/until.js';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import { PrivateNetIfaceResolver } from '../../../src/netns/private-net-iface-resolver.js';
import { findLeft, listShown, type MadeIds, openBench, takeInventory } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const INGRESS = { ifindex: 2, direction: 'ingress' } as const;
const COUNTS = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 8 } as const;

/** Puts something at every place that there is. */
async function fill(kernel: LinuxKernel, other: LinuxKernel | ReturnType<LinuxKernel['process']>): Promise<void> {
  const program = await kernel.load({ name: 'prog_one', type: 'xdp', pinPath: '/sys/fs/bpf/one', maps: [COUNTS] });
  await kernel.setXdp({ program, ifindex: 2 });
  await kernel.createClsact({ ifindex: 2 });
  const classifier = await other.load({ name: 'prog_two', type: 'tc' });
  await other.addFilter({ ...INGRESS, program: classifier });
  await other.attachTcxProgram({ ...INGRESS, program: classifier });
  const link = await kernel.attach({ type: 'tcx', program: classifier.id, ifindex: 2, direction: 'egress' });
  await kernel.pin(link, '/sys/fs/bpf/link');
  const traced = await kernel.load({ name: 'prog_three', type: 'tracepoint' });
  await kernel.attach({ type: 'tracepoint', program: traced, category: 'sched', name: 'sched_switch' });
  kernel.injectMap({ ...COUNTS, name: 'foreign' });
}

describe('what is left of a Linux kernel that is closed', () => {
  test('is nothing: no descriptor, mount or object, and no attachment', async () => {
    await using devices = new PrivateNetIfaceResolver();
    // Opened once for all, as whatever looks into the namespace does.
    const { netlink } = devices.netns();
    expect(netlink).toBeDefined();
    const before = takeInventory();
    let made: MadeIds;
    {
      await using kernel = new LinuxKernel({ netns: devices.resolveNetns() });
      await fill(kernel, kernel.process());
      expect(kernel.snapshot()).toMatchObject({
        attachments: [{ via: 'netlink' }, { via: 'prog' }, { via: 'filter' }],
        clsacts: [{ ifindex: 2 }],
      });
      expect(takeInventory()).not.toEqual(before);
      made = listShown(kernel.snapshot());
      expect(findLeft(made)).toHaveLength(7);
    }
    expect(findLeft(made)).toEqual([]);
    expect(takeInventory()).toEqual(before);
    const { kernel } = openBench({ netns: devices.resolveNetns() });
    expect((await kernel.queryXdp({ ifindex: 2 })).programId).toBeUndefined();
    expect((await kernel.queryTcx(INGRESS)).programs).toEqual([]);
    expect(await codeOf(kernel.deleteClsact({ ifindex: 2 }))).toBe('ENOENT');
  });

  test('is nothing after calls that failed half-way', async () => {
    await using devices = new PrivateNetIfaceResolver();
    await using kernel = new LinuxKernel({ netns: devices.resolveNetns() });
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    await kernel.bpffs.mkdir('/sys/fs/bpf/taken');
    await kernel.pin(program, '/sys/fs/bpf/taken/maps');
    const [before, seen] = [takeInventory(), kernel.snapshot()];
    const failing = [
      kernel.load({ name: 'a.b.c.d.e.f.g.h.i', type: 'xdp', maps: [COUNTS, COUNTS] }),
      kernel.load({ name: 'prog_two', type: 'xdp', maps: [COUNTS], pinPath: '/sys/fs/bpf/taken' }),
      kernel.load({ name: 'prog_two', type: 'xdp', maps: [COUNTS, { ...COUNTS, maxEntries: 0 }] }),
      kernel.load({ name: 'prog_two', type: 'xdp', maps: [COUNTS], code: { instructions: new Uint8Array(8) } }),
      kernel.load({ name: 'prog_two', type: 'xdp', functions: ['slot'], staticFunctions: ['other'], flags: 1 << 30 }),
      kernel.createMap(COUNTS, { pinnedAt: '/sys/fs/bpf/taken/none/counts' }),
      kernel.attach({ type: 'uprobe', program, path: process.execPath, offset: 0x2000 }),
      kernel.attach({ type: 'tracepoint', program, category: 'sched', name: 'sched_switch' }),
      kernel.updateLink(2 ** 31 - 2, program),
      kernel.open('/sys/fs/bpf/taken'),
    ];
    expect(await Promise.all(failing.map(codeOf))).not.toContain('ok');
    await until(() => kernel.isSettled());
    expect(kernel.diff(seen)).toEqual([]);
    // Tracefs, for the tracepoint, where it is mounted nowhere.
    expect(takeInventory().length - before.length).toBeOneOf([0, 1]);
  });

  test('is what others have put in its place since', async () => {
    const { kernel, devices } = openBench();
    const other = new LinuxKernel({ netns: devices.resolveNetns() });
    const mine = await kernel.load({ name: 'mine', type: 'xdp' });
    const others = await other.load({ name: 'others', type: 'xdp' });
    await kernel.setXdp({ program: mine, ifindex: 2 });
    await other.setXdp({ program: others, ifindex: 2 });
    await kernel[Symbol.asyncDispose]();
    expect((await other.queryXdp({ ifindex: 2 })).programId).toBe(others.id);
    await other[Symbol.asyncDispose]();
  });

  test('is a clsact in which others have filters, and that is told', async () => {
    const { kernel, devices } = openBench();
    const doomed = new LinuxKernel({ netns: devices.resolveNetns() });
    await doomed.createClsact({ ifindex: 2 });
    await kernel.addFilter({ ...INGRESS, program: await kernel.load({ name: 'others', type: 'tc' }) });
    const error = await doomed[Symbol.asyncDispose]().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ScopeError);
    expect(String(error)).toContain(
      'delete clsact of interface 2: EBUSY: device or resource busy, netlink(RTM_DELQDISC). It has filters of others',
    );
    expect(await kernel.filters(INGRESS)).toHaveLength(1);
  });
});

describe('a process that is killed', () => {
  test('leaves nothing of its kernel object, whatever it held', async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('child/holder.mjs', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const held = JSON.parse(line.toString()) as MadeIds;
    expect(findLeft(held)).toHaveLength(4);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await until(
      () => {
        expect(findLeft(held)).toEqual([]);
        return true;
      },
      { description: 'the kernel to take back what the process held' },
    );
  });
});
