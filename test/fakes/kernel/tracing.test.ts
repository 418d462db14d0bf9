import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { HASH, loadExtension, loadOne, u32 } from './support.js';

test('a function takes 38 programs, over fentry, fexit and LSM together; the 39th is E2BIG, even one that is there', async () => {
  const kernel = new FakeKernel();
  const attachTo = 'bpf_lsm_file_open';
  const first = await loadOne(kernel, 'fentry', { attachTo });
  await kernel.attach({ type: 'fentry', program: first });
  for (let index = 1; index < 38; index += 1) {
    const type = (['fentry', 'fexit', 'lsm'] as const)[index % 3] ?? 'fentry';
    await kernel.attach({
      type,
      program: await loadOne(kernel, type, { attachTo: type === 'lsm' ? 'file_open' : attachTo }),
    });
  }
  expect(await codeOf(kernel.attach({ type: 'fexit', program: await loadOne(kernel, 'fexit', { attachTo }) }))).toBe(
    'E2BIG',
  );
  expect(await codeOf(kernel.attach({ type: 'fentry', program: first }))).toBe('E2BIG');
  expect(await codeOf(kernel.attach({ type: 'fentry', program: await loadOne(kernel, 'fentry') }))).toBe('ok');
});

test('the same fentry program twice is EBUSY, again after a detach is fine', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'fentry');
  const link = await kernel.attach({ type: 'fentry', program });
  expect(link).toMatchObject({ type: 'fentry', target: 'do_unlinkat', attached: true });
  expect(await codeOf(kernel.attach({ type: 'fentry', program }))).toBe('EBUSY');
  await kernel.detach(link);
  expect(await codeOf(kernel.attach({ type: 'fentry', program }))).toBe('ok');
});

test('tracing and extension links can be neither forced off nor updated', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'fexit');
  const [, extension] = await loadExtension(kernel);
  for (const link of [
    await kernel.attach({ type: 'fexit', program }),
    await kernel.attach({ type: 'extension', program: extension }),
  ]) {
    expect(await codeOf(kernel.forceDetach(link))).toBe('EOPNOTSUPP');
    expect(await codeOf(kernel.updateLink(link, program))).toBe('EINVAL');
  }
});

test('a slot that is taken is EBUSY, and free again after the detach', async () => {
  const kernel = new FakeKernel();
  const [program, extension] = await loadExtension(kernel);
  const target = { program, functionName: 'prog0' };
  const other = await kernel.load({ name: 'other', type: 'extension', extends: target });
  const link = await kernel.attach({ type: 'extension', program: extension });
  expect(link.target).toBe('prog0');
  expect(await codeOf(kernel.attach({ type: 'extension', program: other }))).toBe('EBUSY');
  await kernel.detach(link);
  expect(await codeOf(kernel.attach({ type: 'extension', program: other }))).toBe('ok');
});

test('an extension attaches again only where a target is named, of the same type and with that function', async () => {
  const kernel = new FakeKernel();
  const [dispatcher, extension] = await loadExtension(kernel);
  const attach = (program = dispatcher, functionName = 'prog0') =>
    codeOf(kernel.attach({ type: 'extension', program: extension, target: { program, functionName } }));
  await kernel.detach(await kernel.attach({ type: 'extension', program: extension }));
  expect(await codeOf(kernel.attach({ type: 'extension', program: extension }))).toBe('EINVAL');
  expect(await attach(dispatcher, 'helper')).toBe('EINVAL');
  expect(await attach(await kernel.load({ name: 'tc', type: 'tc', functions: ['prog0'] }))).toBe('EINVAL');
  expect(await attach(await kernel.load({ name: 'next', type: 'xdp', functions: ['prog0'] }))).toBe('ok');
  expect(await attach(dispatcher, 'prog1')).toBe('ok');
});

test('an extension link holds both programs', async () => {
  const kernel = new FakeKernel();
  const [dispatcher, extension] = await loadExtension(kernel);
  const link = await kernel.attach({ type: 'extension', program: extension });
  await kernel.unload(dispatcher);
  await kernel.unload(extension);
  expect(kernel.programCount()).toBe(2);
  await kernel.detach(link);
  expect(kernel.programCount()).toBe(0);
});

test('a program with an extension cannot go into a prog_array, nor one in a prog_array be extended', async () => {
  const kernel = new FakeKernel();
  const [dispatcher, extension] = await loadExtension(kernel);
  const map = await kernel.createMap({ ...HASH, type: 'prog_array' });
  await map.update(u32(0), u32(dispatcher.id));
  expect(await codeOf(kernel.attach({ type: 'extension', program: extension }))).toBe('EBUSY');
  await map.delete(u32(0));
  await kernel.attach({ type: 'extension', program: extension });
  expect(await codeOf(map.update(u32(0), u32(dispatcher.id)))).toBe('EBUSY');
});

test('attaching as another type than the program is EINVAL', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'fexit');
  for (const type of ['fentry', 'lsm', 'extension'] as const) {
    expect(await codeOf(kernel.attach({ type, program }))).toBe('EINVAL');
  }
});

test('on one tracepoint the same program is EEXIST, the 65th E2BIG, even one that is there', async () => {
  const kernel = new FakeKernel();
  const attach = async (program = loadOne(kernel, 'tracepoint')) =>
    kernel.attach({ type: 'tracepoint', program: await program, category: 'sched', name: 'sched_switch' });
  const first = await loadOne(kernel, 'tracepoint');
  expect((await attach(Promise.resolve(first))).target).toBe('sched:sched_switch');
  expect(await codeOf(attach(Promise.resolve(first)))).toBe('EEXIST');
  for (let count = 1; count < 64; count += 1) await attach();
  expect(await codeOf(attach())).toBe('E2BIG');
  expect(await codeOf(attach(Promise.resolve(first)))).toBe('E2BIG');
});

test('each probe has an event of its own, so the same program fits again', async () => {
  const kernel = new FakeKernel();
  const kprobe = await loadOne(kernel, 'kprobe');
  const uprobe = await loadOne(kernel, 'uprobe');
  for (let count = 0; count < 66; count += 1) {
    await kernel.attach({ type: 'kprobe', program: kprobe, functionName: 'do_unlinkat' });
    await kernel.attach({ type: 'uretprobe', program: uprobe, path: '/bin/sh' });
  }
  expect(kernel.linkCount()).toBe(132);
});

test('links on perf events cannot be forced off or updated; wrong types and kretprobes with an offset are EINVAL', async () => {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'kretprobe');
  const link = await kernel.attach({ type: 'kretprobe', program, functionName: 'f' });
  expect(await codeOf(kernel.forceDetach(link))).toBe('EOPNOTSUPP');
  expect(await codeOf(kernel.updateLink(link, program))).toBe('EINVAL');
  expect(await codeOf(kernel.attach({ type: 'kretprobe', program, functionName: 'f', offset: 4 }))).toBe('EINVAL');
  expect(await codeOf(kernel.attach({ type: 'tracepoint', program, category: 'a', name: 'b' }))).toBe('EINVAL');
});

test('targets that the test says are not there are ENOENT', async () => {
  const kernel = new FakeKernel({ hasTarget: ({ name }) => !name.includes('missing') });
  const kprobe = await loadOne(kernel, 'kprobe');
  const tracepoint = await loadOne(kernel, 'tracepoint');
  expect(await codeOf(loadOne(kernel, 'fentry', { attachTo: 'missing_function' }))).toBe('ENOENT');
  expect(await codeOf(kernel.attach({ type: 'kprobe', program: kprobe, functionName: 'missing' }))).toBe('ENOENT');
  expect(await codeOf(kernel.attach({ type: 'uprobe', program: kprobe, path: '/missing' }))).toBe('ENOENT');
  expect(await codeOf(kernel.attach({ type: 'tracepoint', program: tracepoint, category: 'missing', name: 'x' }))).toBe(
    'ENOENT',
  );
});
