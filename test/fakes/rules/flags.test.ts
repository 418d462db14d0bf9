import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import type { KernelProfileName } from '../../../src/fakes/kernel/profiles.js';
import type { AttachSpec } from '../../../src/kernel/attach.js';
import type { ProgramType } from '../../../src/kernel/objects.js';
import { attachXdp, load, newKernel, newRuleKernel } from './support.js';

const REPLACE = 1 << 2;
const UNKNOWN = 1 << 20;

// kernel/bpf/syscall.c:bpf_prog_load, the mask of prog_flags; tried on 6.18
describe('flags of a load', () => {
  test.each<[KernelProfileName, readonly number[], readonly number[]]>([
    ['5.10', [1, 2, 4, 8], [32, 64, 128, 256, 65_536]],
    ['6.1', [1, 2, 4, 8, 32], [64, 128, 256, 65_536]],
    ['6.12', [1, 2, 4, 8, 32, 64, 128], [256, 65_536, UNKNOWN]],
    ['6.18', [1, 2, 4, 8, 32, 64, 128], [256, 65_536, UNKNOWN]],
  ])('on %s, %j are taken and %j are EINVAL', async (profile, taken, refused) => {
    const kernel = newKernel({ profile });
    for (const flags of taken) expect(await codeOf(load(kernel, 'xdp', { flags }))).toBe('ok');
    for (const flags of refused) expect(await codeOf(load(kernel, 'xdp', { flags }))).toBe('EINVAL');
  });

  test.each<[KernelProfileName, string]>([
    ['6.18', 'EINVAL'],
    ['6.1', 'EPERM'],
  ])('unknown ones without CAP_BPF are, on %s, %s', async (profile, expected) => {
    const caller = newRuleKernel({ profile }).process({ capabilities: [] });
    expect(await codeOf(caller.load({ name: 'x', type: 'xdp', flags: UNKNOWN }))).toBe(expected);
  });

  // kernel/bpf/verifier.c:check_attach_btf_id
  test.each<[ProgramType, KernelProfileName, string]>([
    ['xdp', '6.18', 'EINVAL'],
    ['tracepoint', '6.18', 'EINVAL'],
    ['fentry', '5.10', 'ok'],
    ['uprobe', '6.18', 'ok'],
    ['uprobe', '5.10', 'EINVAL'],
  ])('BPF_F_SLEEPABLE for a %s program on %s: %s', async (type, profile, expected) => {
    expect(await codeOf(load(newKernel({ profile }), type, { flags: 16 }))).toBe(expected);
  });
});

// kernel/bpf/syscall.c: bpf_tracing_prog_attach is not told of them
describe('flags of links on functions', () => {
  test.each<[AttachSpec['type'], object, string]>([
    ['fentry', {}, 'ok'],
    ['lsm', {}, 'ok'],
  ])('%s: %j with flags is %s', async (type, place, expected) => {
    const kernel = newKernel();
    const program = await load(kernel, type);
    const attach = (flags: number) =>
      codeOf(Reflect.apply(kernel.attach, kernel, [{ type, program, ...place, flags }]));
    expect([await attach(1), await attach(0)]).toEqual([expected, expected === 'ok' ? 'EBUSY' : 'ok']);
  });
});

// kernel/bpf/syscall.c:link_update
describe('flags of an update', () => {
  test('only BPF_F_REPLACE is known, and it needs an expected program, as that needs it: EINVAL', async () => {
    const kernel = newKernel();
    const [one, two] = [await load(kernel, 'xdp'), await load(kernel, 'xdp')];
    const link = await attachXdp(kernel, one);
    const update = (options: object) => codeOf(kernel.updateLink(link, two, options));
    for (const flags of [1, 8, 5, UNKNOWN]) expect(await update({ flags })).toBe('EINVAL');
    expect(await update({ flags: REPLACE })).toBe('EINVAL');
    expect(await update({ replace: true })).toBe('EINVAL');
    expect(await update({ expected: one, replace: false })).toBe('EINVAL');
    expect(await update({ expected: two })).toBe('EPERM');
    expect(await update({ expected: one, replace: false, flags: REPLACE })).toBe('ok');
  });

  test('a closed handle is EBADF only after the flags: EINVAL', async () => {
    const kernel = newKernel();
    const [one, two] = [await load(kernel, 'xdp'), await load(kernel, 'xdp')];
    const link = await attachXdp(kernel, one);
    await link.close();
    expect(await codeOf(kernel.updateLink(link, two, { flags: 8 }))).toBe('EINVAL');
    expect(await codeOf(kernel.updateLink(link, two, { expected: one, replace: false }))).toBe('EBADF');
  });
});
