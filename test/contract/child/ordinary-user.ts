// Run as a user without capabilities: what an ordinary user gets of the real kernel, as a line of JSON.

import { linuxDriver } from '../../../src/contract/drivers/linux-driver.js';
import { errnoOf } from '../../../src/core/kernel-error.js';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import { PROGRAM_TYPES } from '../../../src/kernel/objects.js';

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return 'ok';
  } catch (error) {
    return errnoOf(error) ?? (error instanceof Error ? error.name : String(error));
  }
}

await using kernel = new LinuxKernel();
const map = { name: 'map', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1 } as const;
const codes: Record<string, string> = {};
for (const type of PROGRAM_TYPES) {
  if (type === 'extension') continue;
  const attachTo = ['fentry', 'fexit', 'lsm'].includes(type) ? { attachTo: 'vfs_unlink' } : {};
  codes[`load ${type}`] = await codeOf(() => kernel.load({ name: 'prog', type, ...attachTo }));
}
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  createMap: () => kernel.createMap(map),
  programs: () => kernel.programs(),
  programById: () => kernel.programById(1),
  mkdir: () => kernel.bpffs.mkdir('/sys/fs/bpf/dir'),
  pins: () => kernel.pins(),
  createClsact: () => kernel.createClsact({ ifindex: 1 }),
  setXdp: () => kernel.setXdp({ ifindex: 1, program: null }),
  queryTcx: () => kernel.queryTcx({ ifindex: 1, direction: 'ingress' }),
};
for (const [name, call] of Object.entries(calls)) codes[name] = await codeOf(call);
const refusal = await linuxDriver().catch((error: unknown) => error);
console.log(
  JSON.stringify({ codes, driver: refusal instanceof Error ? `${refusal.name}: ${refusal.message}` : 'none' }),
);
