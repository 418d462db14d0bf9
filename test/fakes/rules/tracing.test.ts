import { describe, expect, test } from 'vitest';
import type { AttachTargetRef } from '../../../src/kernel/attach.js';
import type { Kernel } from '../../../src/kernel/contract.js';
import type { BpfLink, Program, ProgramType } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import { at, load, loadMany, newKernel } from './support.js';

// kernel/bpf/trampoline.c:__bpf_trampoline_link_prog; kernel/bpf/syscall.c:bpf_tracing_prog_attach
describe('tracing', () => {
  test.each<'fentry' | 'fexit' | 'lsm'>(['fentry', 'fexit', 'lsm'])(
    'the same %s program twice on its function is EBUSY, until its link goes',
    async (type) => {
      const kernel = newKernel();
      const program = await load(kernel, type);
      const link = await kernel.attach({ type, program });
      expect(await codeOf(kernel.attach({ type, program }))).toBe('EBUSY');
      await link.close();
      expect(await codeOf(kernel.attach({ type, program }))).toBe('ok');
    },
  );

  test('the 39th program on one function is E2BIG, fentry and fexit counted together', async () => {
    const kernel = newKernel();
    const fentry = await loadMany(kernel, 'fentry', 20);
    const fexit = await loadMany(kernel, 'fexit', 19);
    const links: BpfLink[] = [];
    for (const program of fentry) links.push(await kernel.attach({ type: 'fentry', program }));
    for (const program of fexit.slice(0, 18)) links.push(await kernel.attach({ type: 'fexit', program }));
    const last = at(fexit, 18);
    expect(await codeOf(kernel.attach({ type: 'fexit', program: last }))).toBe('E2BIG');
    const elsewhere = await load(kernel, 'fentry', { attachTo: 'vfs_read' });
    expect(await codeOf(kernel.attach({ type: 'fentry', program: elsewhere }))).toBe('ok');
    await at(links, 0).close();
    expect(await codeOf(kernel.attach({ type: 'fexit', program: last }))).toBe('ok');
  });

  test('a full function is E2BIG for a program that is on it already, too', async () => {
    const kernel = newKernel();
    const programs = await loadMany(kernel, 'fentry', 38);
    for (const program of programs) await kernel.attach({ type: 'fentry', program });
    expect(await codeOf(kernel.attach({ type: 'fentry', program: at(programs, 0) }))).toBe('E2BIG');
  });

  test('links cannot be detached (EOPNOTSUPP) or updated (EINVAL)', async () => {
    const kernel = newKernel();
    for (const type of ['fentry', 'fexit', 'lsm'] as const) {
      const program = await load(kernel, type);
      const link = await kernel.attach({ type, program });
      expect(await codeOf(kernel.forceDetach(link))).toBe('EOPNOTSUPP');
      expect(await codeOf(kernel.updateLink(link, await load(kernel, type)))).toBe('EINVAL');
    }
  });
});

interface Slots {
  readonly kernel: Kernel;
  readonly dispatcher: Program;
  load(functionName: string, target?: Program): Promise<Program>;
  attach(program: Program, target?: { readonly program: Program; readonly functionName: string }): Promise<BpfLink>;
}

async function setUp(type: ProgramType = 'xdp'): Promise<Slots> {
  const kernel = newKernel();
  const dispatcher = await kernel.load({ name: 'dispatcher', type, functions: ['prog0', 'prog1'] });
  return {
    kernel,
    dispatcher,
    load: (functionName, program = dispatcher) =>
      kernel.load({ name: 'ext', type: 'extension', extends: { program, functionName } }),
    attach: (program, target) =>
      kernel.attach({ type: 'extension', program, ...(target === undefined ? {} : { target }) }),
  };
}

// kernel/bpf/verifier.c:bpf_check_attach_target, for BPF_PROG_TYPE_EXT
describe('extensions', () => {
  test('for a function that is missing or static are EINVAL, with a log', async () => {
    const slots = await setUp();
    await expect(slots.load('helper')).rejects.toMatchObject({
      code: 'EINVAL',
      verifierLog: expect.stringMatching(/./),
    });
  });

  test('for a function that is static are EINVAL, with a log that says so', async () => {
    const kernel = newKernel();
    const program = await kernel.load({ name: 'main', type: 'xdp', functions: ['prog0'], staticFunctions: ['helper'] });
    const spec = { name: 'ext', type: 'extension', extends: { program, functionName: 'helper' } } as const;
    await expect(kernel.load(spec)).rejects.toMatchObject({
      code: 'EINVAL',
      verifierLog: expect.stringContaining('helper() is not a global function\n'),
    });
    const extension = await kernel.load({ ...spec, extends: { program, functionName: 'prog0' } });
    expect(await codeOf(kernel.attach({ type: 'extension', program: extension, target: spec.extends }))).toBe('EINVAL');
  });

  // kernel/bpf/syscall.c:bpf_tracing_prog_attach, before it looks for the program
  test('with a target that lacks its program or its function are EINVAL', async () => {
    const slots = await setUp();
    const program = await slots.load('prog0');
    const attach = (target: AttachTargetRef) => codeOf(slots.kernel.attach({ type: 'extension', program, target }));
    expect(await attach({ program: slots.dispatcher })).toBe('EINVAL');
    expect(await attach({ functionName: 'prog0' })).toBe('EINVAL');
    expect(await attach({})).toBe('ok');
  });

  test.each<ProgramType>(['fentry', 'fexit', 'lsm'])(
    'alone have a target: a %s program with one is EINVAL',
    async (type) => {
      const { kernel, dispatcher } = await setUp();
      const program = await load(kernel, type);
      const attach = (target: AttachTargetRef) =>
        codeOf(Reflect.apply(kernel.attach, kernel, [{ type, program, target }]));
      expect(await attach({ program: dispatcher, functionName: 'prog0' })).toBe('EINVAL');
      expect(await attach({ program: dispatcher })).toBe('EINVAL');
      expect(await attach({ functionName: 'prog0' })).toBe('EINVAL');
      expect(await attach({})).toBe('ok');
    },
  );

  test('of an extension, and of a fentry or fexit program, are EINVAL', async () => {
    const slots = await setUp();
    const { kernel } = slots;
    const extension = await slots.load('prog0');
    for (const target of [extension, await load(kernel, 'fentry'), await load(kernel, 'fexit')]) {
      expect(await codeOf(slots.load('prog0', target))).toBe('EINVAL');
    }
  });

  test('on a slot that is taken are EBUSY, on another they are good', async () => {
    const slots = await setUp();
    const [one, two, other] = [await slots.load('prog0'), await slots.load('prog0'), await slots.load('prog1')];
    await slots.attach(one);
    expect(await codeOf(slots.attach(two))).toBe('EBUSY');
    expect(await codeOf(slots.attach(two, { program: slots.dispatcher, functionName: 'prog0' }))).toBe('EBUSY');
    expect(await codeOf(slots.attach(other))).toBe('ok');
  });

  test('that were attached once need a target to be attached again: EINVAL without', async () => {
    const slots = await setUp();
    const extension = await slots.load('prog0');
    const link = await slots.attach(extension);
    expect(await codeOf(slots.attach(extension))).toBe('EINVAL');
    await link.close();
    expect(await codeOf(slots.attach(extension))).toBe('EINVAL');
    expect(await codeOf(slots.attach(extension, { program: slots.dispatcher, functionName: 'prog0' }))).toBe('ok');
  });

  test('go to another program with the same function, and to no other function of it that is missing', async () => {
    const slots = await setUp();
    const second = await slots.kernel.load({ name: 'second', type: 'xdp', functions: ['prog0'] });
    const extension = await slots.load('prog0');
    expect(await codeOf(slots.attach(extension, { program: second, functionName: 'missing' }))).toBe('EINVAL');
    expect(await codeOf(slots.attach(extension, { program: second, functionName: 'prog0' }))).toBe('ok');
  });

  test('do not go to a program of another type: EINVAL', async () => {
    const slots = await setUp();
    const tc = await slots.kernel.load({ name: 'second', type: 'tc', functions: ['prog0'] });
    const extension = await slots.load('prog0');
    expect(await codeOf(slots.attach(extension, { program: tc, functionName: 'prog0' }))).toBe('EINVAL');
  });

  test('go from a program for tc to one for TCX, which is the same type to Linux', async () => {
    const slots = await setUp('tc');
    const tcx = await slots.kernel.load({ name: 'second', type: 'tcx', functions: ['prog0'] });
    const extension = await slots.load('prog0');
    expect(await codeOf(slots.attach(extension, { program: tcx, functionName: 'prog0' }))).toBe('ok');
  });

  test('are no programs for a device: EINVAL', async () => {
    const slots = await setUp();
    const extension = await slots.load('prog0');
    expect(await codeOf(slots.kernel.attach({ type: 'xdp', program: extension, ifindex: 2 }))).toBe('EINVAL');
  });

  test('have links that cannot be detached (EOPNOTSUPP) or updated (EINVAL)', async () => {
    const slots = await setUp();
    const link = await slots.attach(await slots.load('prog0'));
    expect(await codeOf(slots.kernel.forceDetach(link))).toBe('EOPNOTSUPP');
    expect(await codeOf(slots.kernel.updateLink(link, await slots.load('prog0')))).toBe('EINVAL');
  });

  test('hold the program they were loaded for until they are attached; then their link does, and only it', async () => {
    const slots = await setUp();
    const extension = await slots.load('prog0');
    await slots.dispatcher.close();
    const isThere = () => codeOf(slots.kernel.programById(slots.dispatcher.id).then((program) => program.close()));
    expect(await isThere()).toBe('ok');
    const link = await slots.attach(extension);
    expect(await isThere()).toBe('ok');
    await link.close();
    expect(await isThere()).toBe('ENOENT');
    expect(await codeOf(slots.kernel.programById(extension.id))).toBe('ok');
  });

  test('attached elsewhere let go of the program they were loaded for', async () => {
    const slots = await setUp();
    const extension = await slots.load('prog0');
    const second = await slots.kernel.load({ name: 'second', type: 'xdp', functions: ['prog0'] });
    await slots.dispatcher.close();
    await slots.attach(extension, { program: second, functionName: 'prog0' });
    expect(await codeOf(slots.kernel.programById(slots.dispatcher.id))).toBe('ENOENT');
  });
});
