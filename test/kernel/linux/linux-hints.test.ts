import { describe, expect, test } from 'vitest';
import type { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import { openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const INGRESS = { ifindex: 2, direction: 'ingress' } as const;
const MAP = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 8 } as const;

/** What somebody new to it does wrong, and what the error has to tell beside the kernel's own word. */
const MISTAKES: readonly (readonly [what: string, call: (kernel: LinuxKernel) => Promise<unknown>, hint: RegExp])[] = [
  [
    'a name of more than 15 characters',
    (kernel) => kernel.load({ name: 'a_rather_long_name', type: 'xdp' }),
    /EINVAL: .*A name has at most 15 characters of \[A-Za-z0-9_\.\]$/,
  ],
  [
    'a name of a map with other characters',
    (kernel) => kernel.createMap({ ...MAP, name: 'my-map' }),
    /EINVAL: .*A name has at most 15 characters/,
  ],
  [
    'a map without room',
    (kernel) => kernel.createMap({ ...MAP, maxEntries: 0 }),
    /EINVAL: .*maxEntries must be more than 0$/,
  ],
  [
    'a ringbuf like any other map',
    (kernel) => kernel.createMap({ ...MAP, type: 'ringbuf' }),
    /EINVAL: .*A ringbuf has keys and values of 0 bytes/,
  ],
  [
    'an array by another key',
    (kernel) => kernel.createMap({ ...MAP, type: 'array', keySizeBytes: 8 }),
    /EINVAL: .*is an index of 4 bytes$/,
  ],
  [
    'a program of no instructions',
    (kernel) => kernel.load({ name: 'prog_one', type: 'xdp', code: { instructions: new Uint8Array() } }),
    /E2BIG: .*It has 0 instructions; 1 to 1000000 are allowed$/,
  ],
  [
    'a program of another type',
    async (kernel) =>
      kernel.attach({ type: 'xdp', program: await kernel.load({ name: 'tc', type: 'tc' }), ifindex: 2 }),
    /EINVAL: .*It is a program of type tc$/,
  ],
  [
    'a device that there is not, with XDP',
    async (kernel) => kernel.attach({ type: 'xdp', program: await loadXdp(kernel), ifindex: 99 }),
    /EINVAL: .*There is no device with index 99$/,
  ],
  [
    'a device that there is not, with TCX',
    async (kernel) =>
      kernel.attach({ ...INGRESS, type: 'tcx', program: await kernel.load({ name: 't', type: 'tcx' }), ifindex: 99 }),
    /ENODEV: .*There is no device with index 99$/,
  ],
  [
    'an XDP hook that is taken, with a link',
    async (kernel) => {
      await kernel.attach({ type: 'xdp', program: await loadXdp(kernel), ifindex: 2 });
      await kernel.attach({ type: 'xdp', program: await loadXdp(kernel), ifindex: 2 });
    },
    /EBUSY: .*Program \d+ "prog_one" is there, held by link \d+$/,
  ],
  [
    'an XDP hook that is taken, by netlink',
    async (kernel) => {
      await kernel.setXdp({ program: await loadXdp(kernel), ifindex: 2 });
      await kernel.attach({ type: 'xdp', program: await loadXdp(kernel), ifindex: 2 });
    },
    /EBUSY: .*Program \d+ "prog_one" is there$/,
  ],
  [
    'netlink over a link',
    async (kernel) => {
      await kernel.attach({ type: 'xdp', program: await loadXdp(kernel), ifindex: 2 });
      await kernel.setXdp({ program: await loadXdp(kernel), ifindex: 2 });
    },
    /EBUSY: .*Can't replace active BPF XDP link\. Program \d+ "prog_one" is there, held by link \d+$/,
  ],
  [
    'a program twice on one TCX hook',
    async (kernel) => {
      const program = await kernel.load({ name: 'tcx', type: 'tcx' });
      await kernel.attach({ ...INGRESS, type: 'tcx', program });
      await kernel.attach({ ...INGRESS, type: 'tcx', program });
    },
    /EEXIST: .*The program is on the hook already$/,
  ],
  [
    'a filter without a clsact',
    async (kernel) => kernel.addFilter({ ...INGRESS, program: await kernel.load({ name: 'tc', type: 'tc' }) }),
    /EINVAL: .*Interface 2 has no clsact: create it with createClsact first$/,
  ],
  [
    'a filter of an XDP program',
    async (kernel) => {
      await kernel.createClsact({ ifindex: 2 });
      await kernel.addFilter({ ...INGRESS, program: await loadXdp(kernel) });
    },
    /EINVAL: .*It is a program of type xdp$/,
  ],
  [
    'a handle that is closed',
    async (kernel) => {
      const program = await loadXdp(kernel);
      await program.close();
      await kernel.attach({ type: 'xdp', program, ifindex: 2 });
    },
    /EBADF: .*The handle is closed: open the object again by id or pin$/,
  ],
  [
    'unloading what is closed',
    async (kernel) => {
      const program = await loadXdp(kernel);
      await program.close();
      await kernel.unload(program);
    },
    /^KernelError: unload program "prog_one": EBADF: .*The handle is closed/,
  ],
  [
    'pinning what is closed',
    async (kernel) => {
      const program = await loadXdp(kernel);
      await program.close();
      await kernel.pin(program, '/sys/fs/bpf/prog');
    },
    /EINVAL: .*The handle is closed/,
  ],
  [
    'a map that is closed',
    async (kernel) => {
      const map = await kernel.createMap(MAP);
      await map.close();
      await map.lookup(new Uint8Array(4));
    },
    /EBADF: .*The handle is closed/,
  ],
  [
    'a handle of another process',
    async (kernel) => kernel.process().attach({ type: 'xdp', program: await loadXdp(kernel), ifindex: 2 }),
    /EBADF: .*The handle is of another process: open the object by id or pin$/,
  ],
  [
    'a process that may not',
    (kernel) => kernel.process({ capabilities: ['CAP_BPF'] }).load({ name: 'prog_one', type: 'xdp' }),
    /EPERM: .*It takes CAP_NET_ADMIN$/,
  ],
  [
    'a process that may nothing',
    (kernel) => kernel.process({ capabilities: [] }).load({ name: 'prog_one', type: 'tracepoint' }),
    /EPERM: .*It takes CAP_BPF and CAP_PERFMON$/,
  ],
  [
    'a map by a process that may not',
    (kernel) => kernel.process({ capabilities: [] }).createMap(MAP),
    /EPERM: .*It takes CAP_BPF$/,
  ],
  [
    'a file that is no namespace',
    (kernel) => kernel.createClsact({ ifindex: 2, netns: '/etc/passwd' }),
    /EINVAL: .*It is something else; such files are \/run\/netns\/<name> and \/proc\/<pid>\/ns\/net$/,
  ],
];

async function loadXdp(kernel: LinuxKernel) {
  return kernel.load({ name: 'prog_one', type: 'xdp' });
}

describe('the kernel’s refusal tells why, as far as that can be found', () => {
  test.each(MISTAKES)('%s', async (_what, call, hint) => {
    const { kernel } = openBench();
    const error = await call(kernel).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(hint);
  });

  test('and nothing else than before is in it when nothing is found', async () => {
    const { kernel } = openBench();
    const error = await kernel
      .load({ name: 'prog_one', type: 'xdp', flags: 1 << 30 })
      .catch((reason: unknown) => reason);
    expect(String(error)).toBe(
      'KernelError: load program "prog_one" (xdp): EINVAL: invalid argument, bpf(BPF_PROG_LOAD)',
    );
  });
});
