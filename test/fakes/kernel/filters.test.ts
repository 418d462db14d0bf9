import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { ETH0, INGRESS, loadOne } from './support.js';

async function setUp() {
  const kernel = new FakeKernel();
  await kernel.createClsact({ ifindex: ETH0 });
  const program = await loadOne(kernel, 'tc');
  return {
    kernel,
    program,
    add: (place: { priority?: number; handle?: number; exclusive?: boolean } = {}) =>
      kernel.addFilter({ ...INGRESS, program, ...place }),
  };
}

test('a clsact that exists is EEXIST, or left alone when asked not to insist; deleting an absent one is ENOENT', async () => {
  const { kernel } = await setUp();
  expect(await codeOf(kernel.createClsact({ ifindex: ETH0 }))).toBe('EEXIST');
  expect(await codeOf(kernel.createClsact({ ifindex: ETH0, exclusive: false }))).toBe('ok');
  await kernel.deleteClsact({ ifindex: ETH0 });
  expect(await codeOf(kernel.deleteClsact({ ifindex: ETH0 }))).toBe('ENOENT');
  expect(await codeOf(kernel.createClsact({ ifindex: 99 }))).toBe('ENODEV');
});

test('a filter without a clsact is EINVAL, without a device ENODEV', async () => {
  const { kernel, program } = await setUp();
  expect(await codeOf(kernel.addFilter({ ifindex: 1, direction: 'ingress', program }))).toBe('EINVAL');
  expect(await codeOf(kernel.addFilter({ ifindex: 99, direction: 'ingress', program }))).toBe('ENODEV');
  expect(await codeOf(kernel.deleteFilter({ ifindex: 1, direction: 'ingress', priority: 1 }))).toBe('EINVAL');
});

test('the kernel chooses priorities from 49152 downwards and handles from 1 upwards', async () => {
  const { add } = await setUp();
  expect(await add()).toMatchObject({ priority: 49_152, handle: 1 });
  expect(await add()).toMatchObject({ priority: 49_151, handle: 1 });
  expect(await add({ priority: 50 })).toMatchObject({ priority: 50, handle: 1 });
  expect(await add({ priority: 50 })).toMatchObject({ priority: 50, handle: 2 });
  expect(await add({ priority: 40_000 })).toMatchObject({ handle: 1 });
  expect(await add()).toMatchObject({ priority: 39_999, handle: 1 });
});

test('filters run by priority, the newest first among equals', async () => {
  const { kernel, add } = await setUp();
  await add({ priority: 50 });
  await add({ priority: 50 });
  await add({ priority: 10 });
  expect((await kernel.filters(INGRESS)).map(({ priority, handle }) => `${priority}/${handle}`)).toEqual([
    '10/1',
    '50/2',
    '50/1',
  ]);
});

test('a taken handle is EEXIST, or replaced when not exclusive; another program type is EINVAL', async () => {
  const { kernel, program, add } = await setUp();
  await add({ priority: 50, handle: 7 });
  expect(await codeOf(add({ priority: 50, handle: 7 }))).toBe('EEXIST');
  const other = await loadOne(kernel, 'tcx');
  await kernel.addFilter({ ...INGRESS, program: other, priority: 50, handle: 7, exclusive: false });
  expect(await kernel.filters(INGRESS)).toMatchObject([{ handle: 7, programId: other.id }]);
  await kernel.unload(program);
  expect(kernel.programCount()).toBe(1);
  expect(await codeOf(kernel.addFilter({ ...INGRESS, program: await loadOne(kernel, 'xdp') }))).toBe('EINVAL');
});

test('deleting takes the handle meant, or all of a priority; what is not there is ENOENT', async () => {
  const { kernel, add } = await setUp();
  await add({ priority: 50 });
  await add({ priority: 50 });
  expect(await codeOf(kernel.deleteFilter({ ...INGRESS, priority: 50, handle: 9 }))).toBe('ENOENT');
  expect(await codeOf(kernel.deleteFilter({ ...INGRESS, priority: 51 }))).toBe('ENOENT');
  await kernel.deleteFilter({ ...INGRESS, priority: 50, handle: 1 });
  expect(await kernel.filters(INGRESS)).toMatchObject([{ handle: 2 }]);
  await kernel.deleteFilter({ ...INGRESS, priority: 50 });
  expect(await kernel.filters(INGRESS)).toEqual([]);
});

test('filters hold their programs until the clsact goes', async () => {
  const { kernel, program, add } = await setUp();
  await add();
  await kernel.unload(program);
  expect(kernel.programCount()).toBe(1);
  await kernel.deleteClsact({ ifindex: ETH0 });
  expect(kernel.programCount()).toBe(0);
});
