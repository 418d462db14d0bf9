import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import type { TcxPosition } from '../../../src/kernel/attach.js';
import type { BpfLink, Program } from '../../../src/kernel/objects.js';
import { ETH0, INGRESS, loadOne } from './support.js';

async function setUp(count = 4) {
  const kernel = new FakeKernel();
  const programs: Program[] = [];
  for (let index = 0; index < count; index += 1) programs.push(await loadOne(kernel, 'tcx', { name: `p${index}` }));
  const at = (index: number): Program => programs[index] ?? expect.fail(`no program ${index}`);
  const attach = (index: number, position: TcxPosition = {}) =>
    kernel.attach({ type: 'tcx', program: at(index), ...INGRESS, ...position });
  const order = async () =>
    (await kernel.queryTcx(INGRESS)).programs.map(({ programId }) => programs.findIndex(({ id }) => id === programId));
  return { kernel, at, attach, order };
}

test('programs run in the order of attaching, or where before and after put them', async () => {
  const { at, attach, order } = await setUp(5);
  await attach(0);
  const link = await attach(1);
  await attach(2, { order: 'before' });
  await attach(3, { order: 'before', anchor: { link } });
  await attach(4, { order: 'after', anchor: { program: at(2) } });
  expect(await order()).toEqual([2, 4, 0, 3, 1]);
});

test('the revision begins at 1, rises with each change, and begins anew when the hook is empty', async () => {
  const { kernel, attach } = await setUp();
  expect(await kernel.queryTcx(INGRESS)).toEqual({ revision: 1, programs: [] });
  const link = await attach(0);
  expect((await kernel.queryTcx(INGRESS)).revision).toBe(2);
  await kernel.detach(link);
  expect((await kernel.queryTcx(INGRESS)).revision).toBe(1);
});

test('a clsact keeps the revision of an empty hook', async () => {
  const { kernel, attach } = await setUp();
  await kernel.createClsact({ ifindex: ETH0 });
  await kernel.detach(await attach(0));
  expect((await kernel.queryTcx(INGRESS)).revision).toBe(3);
  await kernel.deleteClsact({ ifindex: ETH0 });
  expect((await kernel.queryTcx(INGRESS)).revision).toBe(1);
});

test('a wrong revision is ESTALE, before the same program is EEXIST, before a missing anchor is ENOENT', async () => {
  const { at, attach } = await setUp();
  await attach(0);
  const nowhere = { order: 'before', anchor: { program: at(1) } } as const;
  expect(await codeOf(attach(0, { ...nowhere, expectedRevision: 9 }))).toBe('ESTALE');
  expect(await codeOf(attach(0, { ...nowhere, expectedRevision: 2 }))).toBe('EEXIST');
  expect(await codeOf(attach(2, { ...nowhere, expectedRevision: 2 }))).toBe('ENOENT');
});

test('an anchor that is dead is ENOENT, of another type EINVAL, without before or after EINVAL', async () => {
  const { kernel, at, attach } = await setUp();
  await attach(0);
  expect(await codeOf(attach(1, { order: 'before', anchor: { program: 99 } }))).toBe('ENOENT');
  expect(await codeOf(attach(1, { order: 'before', anchor: { link: 99 } }))).toBe('ENOENT');
  const xdp = await loadOne(kernel, 'xdp');
  expect(await codeOf(attach(1, { order: 'before', anchor: { program: xdp } }))).toBe('EINVAL');
  expect(await codeOf(attach(1, { anchor: { program: at(0) } }))).toBe('EINVAL');
});

test('the 64th program is ERANGE wherever it is to go, but the same one is EEXIST and a replacement fits', async () => {
  const { kernel, at, attach } = await setUp(65);
  for (let index = 0; index < 62; index += 1) await attach(index);
  await kernel.attachTcxProgram({ ...INGRESS, program: at(62) });
  expect(await codeOf(attach(63))).toBe('ERANGE');
  expect(await codeOf(attach(63, { order: 'before' }))).toBe('ERANGE');
  expect(await codeOf(attach(63, { order: 'before', anchor: { program: at(64) } }))).toBe('ERANGE');
  expect(await codeOf(attach(0))).toBe('EEXIST');
  expect(await codeOf(kernel.detachTcxProgram(INGRESS))).toBe('ERANGE');
  expect(await codeOf(kernel.attachTcxProgram({ ...INGRESS, program: at(63), replace: at(62) }))).toBe('ok');
});

test('a missing device is ENODEV, a program of another type EINVAL', async () => {
  const { kernel, attach } = await setUp();
  const program = await loadOne(kernel, 'xdp');
  expect(
    await codeOf(
      kernel.attach({ type: 'tcx', program: (await attach(0)).programId, ifindex: 99, direction: 'egress' }),
    ),
  ).toBe('ENODEV');
  expect(await codeOf(kernel.attach({ type: 'tcx', program, ...INGRESS }))).toBe('EINVAL');
  expect(await codeOf(kernel.queryTcx({ ifindex: 99, direction: 'egress' }))).toBe('ENODEV');
});

test('replace takes the place of a program that no link owns', async () => {
  const { kernel, at, attach, order } = await setUp();
  await attach(0);
  await kernel.attachTcxProgram({ ...INGRESS, program: at(1) });
  const replace = (program: Program, other: Program, position: TcxPosition = {}) =>
    codeOf(kernel.attachTcxProgram({ ...INGRESS, program, replace: other, ...position }));
  expect(await replace(at(2), at(0))).toBe('EBUSY');
  expect(await replace(at(2), at(3))).toBe('ENOENT');
  expect(await replace(at(1), at(1))).toBe('EEXIST');
  expect(await replace(at(2), at(1), { order: 'before', anchor: { program: at(0) } })).toBe('ERANGE');
  expect(await replace(at(2), at(1))).toBe('ok');
  expect(await order()).toEqual([0, 2]);
  await kernel.unload(at(1));
  expect(await codeOf(kernel.programById(at(1).id))).toBe('ENOENT');
});

test('detaching what a link owns is EBUSY, what is not there ENOENT, in a wrong revision ESTALE', async () => {
  const { kernel, at, attach } = await setUp();
  expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, program: at(0), expectedRevision: 9 }))).toBe('ENOENT');
  await attach(0);
  expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, program: at(0) }))).toBe('EBUSY');
  expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, program: at(1) }))).toBe('ENOENT');
  expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, program: at(1), expectedRevision: 9 }))).toBe('ESTALE');
  expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, order: 'before' }))).toBe('EBUSY');
});

test('detaching without a program takes the last, or the first with before', async () => {
  const { kernel, at, order } = await setUp();
  for (const index of [0, 1, 2]) await kernel.attachTcxProgram({ ...INGRESS, program: at(index) });
  await kernel.detachTcxProgram(INGRESS);
  expect(await order()).toEqual([0, 1]);
  await kernel.detachTcxProgram({ ...INGRESS, order: 'before' });
  expect(await order()).toEqual([1]);
});

test('an update keeps the place, and takes no program that is on the hook already', async () => {
  const { kernel, at, attach, order } = await setUp();
  const links: BpfLink[] = [await attach(0), await attach(1)];
  const [first] = links;
  if (first === undefined) throw new Error('no link');
  expect(await codeOf(kernel.updateLink(first, at(1)))).toBe('EEXIST');
  expect(await codeOf(kernel.updateLink(first, at(2), { expected: at(3) }))).toBe('EPERM');
  expect(await codeOf(kernel.updateLink(first, await loadOne(kernel, 'xdp')))).toBe('EINVAL');
  expect(await codeOf(kernel.updateLink(first, at(0)))).toBe('ok');
  await kernel.updateLink(first, at(2));
  expect(await order()).toEqual([2, 1]);
});
