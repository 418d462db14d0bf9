import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import type { TcxDetachSpec, TcxProgramSpec } from '../../../src/kernel/attach.js';
import { ETH0, INGRESS, LO, loadOne } from './support.js';

const [REPLACE, BEFORE, AFTER, LINK] = [1 << 2, 1 << 3, 1 << 4, 1 << 13];

async function tryTcx(
  call: 'link' | 'attach' | 'detach',
  rest: Partial<TcxProgramSpec & TcxDetachSpec>,
): Promise<string> {
  const kernel = new FakeKernel();
  const [first, program] = [await loadOne(kernel, 'tc'), await loadOne(kernel, 'tcx')];
  await kernel.attach({ type: 'tcx', ...INGRESS, program: first });
  if (call === 'link') return codeOf(kernel.attach({ type: 'tcx', ...INGRESS, program, ...rest }));
  if (call === 'attach') return codeOf(kernel.attachTcxProgram({ ...INGRESS, program, ...rest }));
  await kernel.attachTcxProgram({ ...INGRESS, program });
  return codeOf(kernel.detachTcxProgram({ ...INGRESS, program, ...rest }));
}

// The contract cannot say these: a kernel would look at file descriptor 0, the fake takes it for something else than a
// program or link. Tried on 6.18.
test.each<[string, number, string, string, string]>([
  ['LINK without a link', LINK, 'EINVAL', 'EINVAL', 'EINVAL'],
  ['LINK with AFTER', LINK | AFTER, 'EINVAL', 'EINVAL', 'EINVAL'],
  ['REPLACE without a program', REPLACE, 'ENOENT', 'EINVAL', 'EINVAL'],
  ['REPLACE with BEFORE', REPLACE | BEFORE, 'ENOENT', 'EINVAL', 'EINVAL'],
])('%s (%i): a TCX link %s, an attach %s, a detach %s', async (_, flags, link, attach, detach) => {
  expect(await tryTcx('link', { flags })).toBe(link);
  expect(await tryTcx('attach', { flags })).toBe(attach);
  expect(await tryTcx('detach', { flags })).toBe(detach);
});

test("an anchor's id means a link's where the flags say so", async () => {
  const kernel = new FakeKernel();
  const [first, program] = [await loadOne(kernel, 'tc'), await loadOne(kernel, 'tcx')];
  // Links have ids of their own: this one is not the program's.
  await (await kernel.attach({ type: 'tcx', ...INGRESS, program: first })).close();
  await kernel.attach({ type: 'tcx', ...INGRESS, program: first });
  const spec = { ...INGRESS, program, anchor: { program: first.id } };
  expect(await codeOf(kernel.attachTcxProgram({ ...spec, flags: LINK }))).toBe('ENOENT');
  expect(await codeOf(kernel.attachTcxProgram({ ...spec, flags: AFTER }))).toBe('ok');
});

test('the bits of XDP stand for its modes and for "if no exist"', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'xdp');
  const attach = (flags: number, ifindex: number) => codeOf(kernel.attach({ type: 'xdp', program, ifindex, flags }));
  expect(await attach(4, LO)).toBe('EOPNOTSUPP');
  expect(await attach(8, ETH0)).toBe('EINVAL');
  await kernel.setXdp({ program, ifindex: ETH0, flags: 2 });
  expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ mode: 'generic' });
  expect(await codeOf(kernel.setXdp({ program, ifindex: ETH0, flags: 3 }))).toBe('EBUSY');
});
