// Run with a low limit of open files: makes every kind of call with none left, then with one, two… until it works, and
// tells in a line of JSON what each attempt came to and what was left behind.

import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { errnoOf } from '../../../../src/core/kernel-error.js';
import { until } from '../../../../src/core/until.js';
import { LinuxKernel } from '../../../../src/kernel/linux/linux-kernel.js';
import { findNextId } from '../../../../src/kernel/linux/object-ids.js';
import { PrivateNetIfaceResolver } from '../../../../src/netns/private-net-iface-resolver.js';

/** More than any call needs at once. */
const MOST_DESCRIPTORS = 16;
const MAP = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 4 } as const;
const PINS = '/sys/fs/bpf';

const hoarded: number[] = [];

/** Opens files until there is room for so many more. */
function hoard(free: number): void {
  try {
    for (;;) hoarded.push(openSync('/dev/null', 'r'));
  } catch {
    for (const fd of hoarded.splice(hoarded.length - free)) closeSync(fd);
  }
}

function release(): void {
  for (const fd of hoarded.splice(0)) closeSync(fd);
}

const interfaces = new PrivateNetIfaceResolver();
interfaces.addNetns('/run/netns/other');
interfaces.add('eth0', { netns: '/run/netns/other' });
const netns = interfaces.resolveNetns('/run/netns/other');
const { index: ifindex } = await interfaces.interfaceByName('eth0', '/run/netns/other');
const kernel = new LinuxKernel({ netns: interfaces.resolveNetns() });
const program = await kernel.load({ name: 'prog_one', type: 'xdp', pinPath: `${PINS}/one` });
const classifier = await kernel.load({ name: 'prog_two', type: 'tc' });
const traced = await kernel.load({ name: 'prog_three', type: 'tracepoint' });
const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
await kernel.createClsact({ ifindex: 2 });
const object = readFileSync(new URL('../fixtures/globals.o', import.meta.url));
const place = { ifindex, netns } as const;

/** A call, and what takes back what it did. */
type Attempt = () => Promise<() => unknown>;
const closing = (handle: { close(): Promise<void> }) => () => handle.close();

const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  load: async () => {
    const maps = [MAP, { ...MAP, name: 'more' }];
    const loaded = await kernel.load({ name: 'loaded', type: 'xdp', maps, pinPath: `${PINS}/two` });
    return () => kernel.unload(loaded);
  },
  'load from an object file': async () =>
    closing(await kernel.load({ name: 'remember', type: 'tc', code: { object, program: 'remember' } })),
  'load a dispatcher': async () => closing(await kernel.load({ name: 'slots', type: 'xdp', functions: ['slot'] })),
  createMap: async () => {
    const map = await kernel.createMap(MAP, { pinnedAt: `${PINS}/map` });
    return async () => {
      await kernel.unpin(`${PINS}/map`);
      await map.close();
    };
  },
  'attach xdp': async () => closing(await kernel.attach({ type: 'xdp', program, ...place })),
  'attach tcx': async () =>
    closing(await kernel.attach({ type: 'tcx', program: classifier.id, direction: 'ingress', ...place })),
  'attach a tracepoint': async () =>
    closing(await kernel.attach({ type: 'tracepoint', program: traced, category: 'sched', name: 'sched_switch' })),
  updateLink: async () => {
    await kernel.updateLink(link.id, program.id);
    return () => undefined;
  },
  setXdp: async () => {
    await kernel.setXdp({ program, ...place });
    return () => kernel.setXdp({ program: null, ...place });
  },
  attachTcxProgram: async () => {
    const hook = { ...place, direction: 'egress', program: classifier } as const;
    await kernel.attachTcxProgram(hook);
    return () => kernel.detachTcxProgram(hook);
  },
  addFilter: async () => {
    const filter = await kernel.addFilter({ program: classifier, ifindex: 2, direction: 'egress' });
    return () => kernel.deleteFilter(filter);
  },
  createClsact: async () => {
    await kernel.createClsact(place);
    return () => kernel.deleteClsact(place);
  },
  pin: async () => {
    await kernel.pin(classifier, `${PINS}/three`);
    return () => kernel.unpin(`${PINS}/three`);
  },
  open: async () => closing(await kernel.open(`${PINS}/one/prog_${program.id}`)),
  programById: async () => closing(await kernel.programById(program.id)),
  process: async () => {
    const other = kernel.process({ netns });
    return () => other.exit();
  },
  'a kernel object': async () => {
    const other = new LinuxKernel({ netns });
    return () => other[Symbol.asyncDispose]();
  },
  'a resolver': async () => {
    const other = new PrivateNetIfaceResolver();
    return () => other[Symbol.asyncDispose]();
  },
  addNetns: async () => {
    interfaces.addNetns('/run/netns/third');
    return () => interfaces.removeNetns('/run/netns/third');
  },
};

async function takeStock(): Promise<string> {
  await until(() => kernel.isSettled());
  const open = readdirSync('/proc/self/fd').length;
  return JSON.stringify({ open, snapshot: kernel.snapshot(), devices: await interfaces.interfaces() });
}

const codes: Record<string, readonly string[]> = {};
const left: string[] = [];
for (const [name, attempt] of Object.entries(ATTEMPTS)) {
  // What is opened once for all is open then.
  await (await attempt())();
  const before = await takeStock();
  const seen: string[] = [];
  for (let free = 0; free < MOST_DESCRIPTORS && seen.at(-1) !== 'ok'; free += 1) {
    let undo: () => unknown = () => undefined;
    hoard(free);
    try {
      undo = await attempt();
      seen.push('ok');
    } catch (error) {
      seen.push(errnoOf(error) ?? String(error));
    } finally {
      release();
    }
    await undo();
    const after = await takeStock();
    if (after !== before) left.push(`${name} with ${free} descriptors: ${before} became ${after}`);
  }
  codes[name] = seen;
}

await kernel.addFilter({ program: classifier, ifindex: 2, direction: 'egress' });
await kernel.attachTcxProgram({ program: classifier, ifindex: 2, direction: 'egress' });
const made = [program.id, classifier.id, traced.id];
hoard(0);
let disposed = 'ok';
await kernel[Symbol.asyncDispose]().catch((error: unknown) => {
  disposed = String(error);
});
release();
const survivors = made.filter((id) => findNextId('program', id - 1, 'look for a program') === id);
await interfaces[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify({ codes, left, disposed, survivors }));
