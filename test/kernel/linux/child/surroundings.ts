// Run where something of a usual machine is missing, in a network namespace of its own: what each call answers there, as
// a line of JSON.

import process from 'node:process';
import { linuxDriver } from '../../../../src/contract/drivers/linux-driver.js';
import { LinuxKernel } from '../../../../src/kernel/linux/linux-kernel.js';
import { PrivateNetIfaceResolver } from '../../../../src/netns/private-net-iface-resolver.js';

const answers: Record<string, string> = {};

async function attempt(name: string, call: () => unknown): Promise<void> {
  try {
    await call();
    answers[name] = 'ok';
  } catch (error) {
    answers[name] = String(error);
  }
}

const MAP = { name: 'counts', type: 'percpu_hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 4 } as const;

async function useKernel(): Promise<void> {
  const kernel = new LinuxKernel();
  await attempt('load', () => kernel.load({ name: 'prog_one', type: 'xdp' }));
  await attempt('load fentry', () => kernel.load({ name: 'prog_two', type: 'fentry', attachTo: 'vfs_unlink' }));
  await attempt('attach xdp', async () => {
    const program = await kernel.load({ name: 'prog_three', type: 'xdp' });
    await kernel.attach({ type: 'xdp', program, ifindex: 1 });
  });
  await attempt('attach uprobe', async () => {
    const program = await kernel.load({ name: 'prog_four', type: 'uprobe' });
    await kernel.attach({ type: 'uprobe', program, path: process.execPath, offset: 0x1000 });
  });
  await attempt('map', async () => (await kernel.createMap(MAP)).update(new Uint8Array(4), new Uint8Array(4)));
  await attempt('createClsact', () => kernel.createClsact({ ifindex: 1 }));
  await attempt('mkdir', () => kernel.bpffs.mkdir('/sys/fs/bpf/dir'));
  await attempt('snapshot', () => kernel.snapshot());
  await attempt('dispose', () => kernel[Symbol.asyncDispose]());
}

await attempt('kernel', useKernel);
await attempt('resolver', () => new PrivateNetIfaceResolver()[Symbol.asyncDispose]());
await attempt('driver', () => linuxDriver());
process.stdout.write(JSON.stringify(answers));
