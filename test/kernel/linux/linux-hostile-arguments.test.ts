import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { isGloveboxError } from '../../../src/core/errors.js';
import type { BpfMap } from '../../../src/kernel/objects.js';
import { openBench } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const COUNTS = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 64, maxEntries: 8 } as const;
const KEY = new Uint8Array([1, 2, 3, 4]);
const VALUE = new Uint8Array(64).fill(7);

describe('how much the kernel reads and writes', () => {
  test('goes by the map, whatever is written into the fields of its handle', async () => {
    const { kernel } = openBench();
    const map = await kernel.createMap(COUNTS);
    await map.update(KEY, VALUE);
    Object.assign<BpfMap, object>(map, { keySizeBytes: 1, valueSizeBytes: 1, type: 'percpu_array' });
    expect(await map.lookup(KEY)).toEqual(VALUE);
    expect(await map.entries()).toEqual([[KEY, VALUE]]);
    expect(await codeOf(map.update(new Uint8Array(1), new Uint8Array(1)))).toBe('EINVAL');
  });

  test('goes by the bytes that are there, whatever length they claim', async () => {
    class Boastful extends Uint8Array {
      override get length(): number {
        return 64;
      }
    }
    const { kernel } = openBench();
    const map = await kernel.createMap(COUNTS);
    expect(await codeOf(map.update(KEY, new Boastful(1)))).toBe('EINVAL');
    expect(await codeOf(map.lookup(new Boastful(4)))).toBe('ENOENT');
  });

  test.each([
    ['shared', () => new Uint8Array(new SharedArrayBuffer(4))],
    ['in the middle of a larger buffer', () => new Uint8Array(new ArrayBuffer(64), 17, 4)],
    ['a Buffer of the pool', () => Buffer.from([0, 0, 0, 0])],
    ['frozen in size', () => new Uint8Array(4).subarray(0, 4)],
  ])('takes bytes that are %s', async (_what, make) => {
    const { kernel } = openBench();
    const map = await kernel.createMap({ ...COUNTS, valueSizeBytes: 4 });
    const bytes = make();
    bytes.set(KEY);
    await map.update(bytes, bytes);
    expect([...(await map.lookup(KEY))]).toEqual([...KEY]);
  });

  test('a method of a map that is called on something else is a mistake', async () => {
    const { kernel } = openBench();
    const map = await kernel.createMap(COUNTS);
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    await expect(map.lookup.call(program, KEY)).rejects.toThrow('a method of a map was called on something else');
  });
});

describe('bits of an XDP attachment', () => {
  test.each([2 ** 31, 2 ** 32 - 1])('%d are the kernel’s to refuse', async (flags) => {
    const { kernel } = openBench();
    expect(await codeOf(kernel.setXdp({ ifindex: 2, program: null, flags }))).toBe('EINVAL');
  });

  test('none are as if none were given', async () => {
    const { kernel } = openBench();
    await kernel.setXdp({ ifindex: 2, program: await kernel.load({ name: 'prog_one', type: 'xdp' }), flags: 0 });
    expect((await kernel.queryXdp({ ifindex: 2 })).mode).toBe('native');
  });
});

describe('text with a NUL, of which the kernel would see a part', () => {
  test.each([
    ['the name of a program', { name: 'a\0b', type: 'xdp' }],
    ['a license', { name: 'a', type: 'xdp', license: 'GPL\0x' }],
    ['a target', { name: 'a', type: 'fentry', attachTo: 'vfs_unlink\0' }],
    ['a function', { name: 'a', type: 'xdp', functions: ['slot\0'] }],
  ] as const)('is a mistake in %s', async (_what, spec) => {
    const { kernel } = openBench();
    const error = await kernel.load(spec).catch((reason: unknown) => reason);
    expect(isGloveboxError(error)).toBe(true);
    expect(String(error)).toContain('must not contain a NUL character; received');
  });
});

describe('names and paths that are too long', () => {
  const long = 'x'.repeat(300);

  test('are refused by the kernel, and shortened in messages', async () => {
    const { kernel } = openBench();
    const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
    const path = `/sys/fs/bpf/${long}`;
    const refusals = [
      kernel.pin(program, path),
      kernel.unpin(path),
      kernel.open(path),
      kernel.bpffs.mkdir(path),
      kernel.load({ name: 'prog_two', type: 'xdp', pinPath: path }),
      kernel.pin(program, `/sys/fs/bpf${`/${'y'.repeat(200)}`.repeat(25)}`),
    ];
    for (const refusal of refusals) {
      const error: unknown = await refusal.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'ENAMETOOLONG' });
      expect(String(error).length).toBeLessThan(250);
    }
    expect(kernel.programCount()).toBe(1);
    expect(kernel.pinCount()).toBe(0);
  });

  test('of an interface are a mistake in the words of the call, or a device that there is not', async () => {
    const { devices } = openBench();
    expect(() => devices.add(long)).toThrow(/^PrivateNetIfaceResolver\.add\("x+\.\.\.\): name must have 1 to 15 bytes/);
    expect(() => devices.add('veth', { mtu: 0 })).toThrow(/^PrivateNetIfaceResolver\.add\("veth"\): mtu must be/);
    for (const name of [long, 'a b', 'a/b', 'a:b', 'a%d', 'a\0b']) {
      expect(await codeOf(devices.interfaceByName(name))).toBe('ENODEV');
      expect(() => devices.remove(name)).toThrow('ENODEV');
    }
  });
});
