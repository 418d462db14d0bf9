// Run as a worker thread: uses a kernel and devices of its own, and tells its parent what was not as it should be.

import { readlinkSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { errnoOf } from '../../../../src/core/kernel-error.js';
import { LinuxKernel } from '../../../../src/kernel/linux/linux-kernel.js';
import { readCapabilities } from '../../../../src/native/capabilities.js';
import { PrivateNetIfaceResolver } from '../../../../src/netns/private-net-iface-resolver.js';

const ROUNDS = 3;
const whereAndWho = (): string => `${readlinkSync('/proc/thread-self/ns/net')} ${readCapabilities().effective}`;

const home = whereAndWho();
const wrong: string[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  await using devices = new PrivateNetIfaceResolver();
  await using kernel = new LinuxKernel({ netns: devices.resolveNetns() });
  const program = await kernel.load({ name: 'prog_one', type: 'xdp', pinPath: '/sys/fs/bpf/prog' });
  await kernel.attach({ type: 'xdp', program, ifindex: 2 });
  const refused = await kernel
    .process({ capabilities: [] })
    .load({ name: 'prog_two', type: 'xdp' })
    .catch((error: unknown) => errnoOf(error));
  if (refused !== 'EPERM') wrong.push('a process without capabilities loaded a program');
  const seen = `${kernel.programCount()} ${kernel.linkCount()} ${kernel.pinCount()}`;
  if (seen !== '1 1 1') wrong.push(`another thread's objects are seen: ${seen}`);
  if (whereAndWho() !== home) wrong.push(`the thread is at ${whereAndWho()}, not at ${home}`);
}
parentPort?.postMessage(wrong);
