import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../src/kernel/contract.js';
import type { Program } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import { EGRESS, ETH0, ETH1, hasProgram, INGRESS, load, NO_DEVICE, newKernel, tcxOrder } from './support.js';

async function setUp(): Promise<{ kernel: Kernel; one: Program; two: Program; xdp: Program }> {
  const kernel = newKernel();
  await kernel.createClsact({ ifindex: ETH0 });
  return { kernel, one: await load(kernel, 'tc'), two: await load(kernel, 'tc'), xdp: await load(kernel, 'xdp') };
}

// net/sched/sch_api.c: tc_modify_qdisc, tc_get_qdisc
describe('clsact', () => {
  test('that exists is EEXIST when made exclusively, else left as it is', async () => {
    const { kernel, one } = await setUp();
    await kernel.addFilter({ ...INGRESS, program: one });
    expect(await codeOf(kernel.createClsact({ ifindex: ETH0 }))).toBe('EEXIST');
    expect(await codeOf(kernel.createClsact({ ifindex: ETH0, exclusive: false }))).toBe('ok');
    expect(await kernel.filters(INGRESS)).toHaveLength(1);
  });

  test('that never was is ENOENT to delete; a missing device is ENODEV', async () => {
    const { kernel } = await setUp();
    expect(await codeOf(kernel.deleteClsact({ ifindex: ETH1 }))).toBe('ENOENT');
    expect(await codeOf(kernel.createClsact({ ifindex: NO_DEVICE }))).toBe('ENODEV');
    expect(await codeOf(kernel.deleteClsact({ ifindex: NO_DEVICE }))).toBe('ENODEV');
  });

  test('that goes takes the filters of both directions and lets go of their programs', async () => {
    const { kernel, one, two } = await setUp();
    await kernel.addFilter({ ...INGRESS, program: one });
    await kernel.addFilter({ ...EGRESS, program: two });
    await one.close();
    await two.close();
    expect(await hasProgram(kernel, one.id)).toBe(true);
    await kernel.deleteClsact({ ifindex: ETH0 });
    expect(await hasProgram(kernel, one.id)).toBe(false);
    expect(await hasProgram(kernel, two.id)).toBe(false);
  });
});

// net/sched/cls_api.c: tc_new_tfilter, tc_del_tfilter; net/sched/cls_bpf.c
describe('tc filters', () => {
  test('without a clsact are EINVAL, without a device ENODEV', async () => {
    const { kernel, one } = await setUp();
    const at = (ifindex: number) => ({ ...INGRESS, ifindex });
    expect(await codeOf(kernel.addFilter({ ...at(ETH1), program: one }))).toBe('EINVAL');
    expect(await codeOf(kernel.addFilter({ ...at(NO_DEVICE), program: one }))).toBe('ENODEV');
    expect(await codeOf(kernel.deleteFilter({ ...at(ETH1), priority: 1 }))).toBe('EINVAL');
    expect(await codeOf(kernel.deleteFilter({ ...at(NO_DEVICE), priority: 1 }))).toBe('ENODEV');
  });

  test('without a priority get one from 49152 downwards, and handles from 1 upwards', async () => {
    const { kernel, one, two } = await setUp();
    const add = (rest: object) => kernel.addFilter({ ...INGRESS, program: one, ...rest });
    expect(await add({})).toMatchObject({ priority: 49_152, handle: 1 });
    expect(await add({})).toMatchObject({ priority: 49_151, handle: 1 });
    expect(await add({ priority: 50 })).toMatchObject({ priority: 50, handle: 1 });
    expect(await add({ priority: 50, program: two })).toMatchObject({ priority: 50, handle: 2 });
    expect(await add({ priority: 50, exclusive: false })).toMatchObject({ priority: 50, handle: 3 });
  });

  test('take the lowest handle that is free', async () => {
    const { kernel, one } = await setUp();
    const add = (handle?: number) =>
      kernel.addFilter({ ...INGRESS, program: one, priority: 80, ...(handle === undefined ? {} : { handle }) });
    await add();
    await kernel.deleteFilter({ ...INGRESS, priority: 80, handle: 1 });
    expect((await add()).handle).toBe(1);
    await add(5);
    expect((await add()).handle).toBe(2);
  });

  test('with a taken handle are EEXIST when exclusive, else replaced, and a bad program is found after that', async () => {
    const { kernel, one, two, xdp } = await setUp();
    const place = { ...INGRESS, priority: 50, handle: 1 };
    await kernel.addFilter({ ...place, program: one });
    expect(await codeOf(kernel.addFilter({ ...place, program: two }))).toBe('EEXIST');
    expect(await codeOf(kernel.addFilter({ ...place, program: xdp }))).toBe('EEXIST');
    await kernel.addFilter({ ...place, program: two, exclusive: false });
    expect(await kernel.filters(INGRESS)).toMatchObject([{ priority: 50, handle: 1, programId: two.id }]);
    await one.close();
    expect(await hasProgram(kernel, one.id)).toBe(false);
  });

  test('of another program type are EINVAL and leave nothing behind; a closed handle is EBADF', async () => {
    const { kernel, one, xdp } = await setUp();
    expect(await codeOf(kernel.addFilter({ ...INGRESS, program: xdp, priority: 60 }))).toBe('EINVAL');
    expect(await codeOf(kernel.deleteFilter({ ...INGRESS, priority: 60 }))).toBe('ENOENT');
    await one.close();
    expect(await codeOf(kernel.addFilter({ ...INGRESS, program: one }))).toBe('EBADF');
  });

  test('are deleted by handle or by priority; what is not there is ENOENT, in each direction for itself', async () => {
    const { kernel, one, two } = await setUp();
    await kernel.addFilter({ ...INGRESS, program: one, priority: 50 });
    await kernel.addFilter({ ...INGRESS, program: two, priority: 50 });
    expect(await codeOf(kernel.deleteFilter({ ...INGRESS, priority: 50, handle: 9 }))).toBe('ENOENT');
    expect(await codeOf(kernel.deleteFilter({ ...INGRESS, priority: 51 }))).toBe('ENOENT');
    expect(await codeOf(kernel.deleteFilter({ ...EGRESS, priority: 50 }))).toBe('ENOENT');
    await kernel.deleteFilter({ ...INGRESS, priority: 50, handle: 1 });
    expect(await kernel.filters(INGRESS)).toMatchObject([{ handle: 2 }]);
    await kernel.deleteFilter({ ...INGRESS, priority: 50 });
    expect(await codeOf(kernel.deleteFilter({ ...INGRESS, priority: 50 }))).toBe('ENOENT');
  });

  test('of one priority coexist, so that a new one can come before the old one goes', async () => {
    const { kernel, one, two } = await setUp();
    const old = await kernel.addFilter({ ...INGRESS, program: one, priority: 50 });
    const fresh = await kernel.addFilter({ ...INGRESS, program: two, priority: 50 });
    expect(await kernel.filters(INGRESS)).toHaveLength(2);
    await kernel.deleteFilter(old);
    expect(await kernel.filters(INGRESS)).toEqual([fresh]);
  });

  test('hold their program without a handle', async () => {
    const { kernel, one } = await setUp();
    await kernel.addFilter({ ...INGRESS, program: one, priority: 90 });
    await one.close();
    expect(await hasProgram(kernel, one.id)).toBe(true);
    await kernel.deleteFilter({ ...INGRESS, priority: 90 });
    expect(await hasProgram(kernel, one.id)).toBe(false);
  });

  test('and TCX programs share a direction', async () => {
    const { kernel, one } = await setUp();
    await kernel.addFilter({ ...INGRESS, program: one });
    expect(await codeOf(kernel.attachTcxProgram({ ...INGRESS, program: one }))).toBe('ok');
    expect(await tcxOrder(kernel)).toEqual([one.id]);
  });
});
