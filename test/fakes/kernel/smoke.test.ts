import { expect, test } from 'vitest';
import { formatOperation } from '../../../src/core/operation.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';

test('a whole life of programs, maps, links and pins leaves nothing', async () => {
  const kernel = new FakeKernel();
  const empty = kernel.snapshot();
  const map = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 2 } as const;
  const program = await kernel.load({ name: 'one', type: 'xdp', maps: [map], pinPath: '/sys/fs/bpf/glove' });
  const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
  await expect(kernel.attach({ type: 'xdp', program, ifindex: 2 })).rejects.toMatchObject({ code: 'EBUSY' });
  await kernel.pin(link, '/sys/fs/bpf/glove/l');
  expect(kernel.diff(empty)).toEqual([
    '+ program 1 one (xdp) with maps 1',
    '+ link 1 of program 1 (xdp) on interface 2',
    '+ map 1 counts (hash)',
    '+ pin /sys/fs/bpf/glove/l of link 1',
    '+ pin /sys/fs/bpf/glove/maps/1/counts of map 1',
    '+ pin /sys/fs/bpf/glove/prog_1 of program 1',
    '+ directory /sys/fs/bpf/glove',
    '+ directory /sys/fs/bpf/glove/maps',
    '+ directory /sys/fs/bpf/glove/maps/1',
  ]);
  await kernel.detach(link);
  await kernel.unload(program);
  expect(kernel.snapshot()).toEqual(empty);
  expect(kernel.handleCount()).toBe(0);
  expect(kernel.operations().map(formatOperation)).toEqual([
    'load:one:ok', 'attach:one:ok', 'attach:one:error', 'pin:one:ok', 'detach:one:ok', 'unload:one:ok',
  ]);
});
