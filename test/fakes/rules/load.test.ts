import { describe, expect, test } from 'vitest';
import type { Capability } from '../../../src/kernel/capabilities.js';
import type { ProgramSpec, ProgramType } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import { EXIT_ONLY, HASH, instructions, load, newKernel, newRuleKernel, programIds } from './support.js';

// kernel/bpf/syscall.c:bpf_prog_load, in its order, then kernel/bpf/verifier.c:bpf_check.
describe('load', () => {
  const refused = async (capabilities: readonly Capability[], spec: ProgramSpec) =>
    codeOf(newRuleKernel().process({ capabilities }).load(spec));

  test.each<[ProgramType, readonly Capability[]]>([
    ['xdp', []],
    ['xdp', ['CAP_NET_ADMIN']],
    ['tracepoint', ['CAP_PERFMON']],
  ])('a %s program without CAP_BPF is EPERM, with %j too', async (type, capabilities) => {
    expect(await refused(capabilities, { name: 'x', type })).toBe('EPERM');
  });

  // is_net_admin_prog_type
  test.each<ProgramType>(['xdp', 'tc', 'tcx'])('a %s program takes CAP_NET_ADMIN beside CAP_BPF', async (type) => {
    expect(await refused(['CAP_BPF'], { name: 'x', type })).toBe('EPERM');
    expect(await refused(['CAP_BPF', 'CAP_PERFMON'], { name: 'x', type })).toBe('EPERM');
    expect(await refused(['CAP_BPF', 'CAP_NET_ADMIN'], { name: 'x', type })).toBe('ok');
  });

  // is_perfmon_prog_type
  test.each<ProgramType>(['tracepoint', 'kprobe', 'kretprobe', 'uprobe', 'uretprobe', 'fentry', 'fexit', 'lsm'])(
    'a %s program takes CAP_PERFMON beside CAP_BPF',
    async (type) => {
      const spec = { name: 'x', type, ...(['fentry', 'fexit', 'lsm'].includes(type) ? { attachTo: 'file_open' } : {}) };
      expect(await refused(['CAP_BPF'], spec)).toBe('EPERM');
      expect(await refused(['CAP_BPF', 'CAP_NET_ADMIN'], spec)).toBe('EPERM');
      expect(await refused(['CAP_BPF', 'CAP_PERFMON'], spec)).toBe('ok');
    },
  );

  test('an extension takes both CAP_NET_ADMIN and CAP_PERFMON, since it may extend anything', async () => {
    expect(await refused(['CAP_BPF', 'CAP_NET_ADMIN'], { name: 'x', type: 'extension' })).toBe('EPERM');
    expect(await refused(['CAP_BPF', 'CAP_PERFMON'], { name: 'x', type: 'extension' })).toBe('EPERM');
  });

  test.each<ProgramType>(['xdp', 'kprobe'])('CAP_SYS_ADMIN alone is enough to load a %s program', async (type) => {
    expect(await refused(['CAP_SYS_ADMIN'], { name: 'x', type })).toBe('ok');
  });

  test('no instructions, and more than a million, are E2BIG', async () => {
    const kernel = newKernel();
    expect(await codeOf(load(kernel, 'xdp', { code: instructions(0) }))).toBe('E2BIG');
    expect(await codeOf(load(kernel, 'xdp', { code: instructions(1_000_001) }))).toBe('E2BIG');
  });

  test('CAP_BPF lifts the limit of 4096 instructions', async () => {
    expect(await codeOf(load(newKernel(), 'xdp', { code: instructions(4098) }))).toBe('ok');
  });

  test('the missing CAP_BPF is found before the number of instructions', async () => {
    expect(await refused([], { name: 'x', type: 'xdp', code: instructions(0) })).toBe('EPERM');
  });

  test('the number of instructions is checked before what the type needs', async () => {
    expect(await refused(['CAP_BPF'], { name: 'x', type: 'xdp', code: instructions(0) })).toBe('E2BIG');
    expect(await refused(['CAP_BPF'], { name: 'x', type: 'kprobe', code: instructions(0) })).toBe('E2BIG');
  });

  test('what the type needs is checked before its arguments and its name', async () => {
    expect(await refused(['CAP_BPF'], { name: 'x', type: 'xdp', attachTo: 'file_open' })).toBe('EPERM');
    expect(await refused(['CAP_BPF'], { name: 'a-b', type: 'xdp' })).toBe('EPERM');
  });

  test.each(['a-b', 'a b', 'a/b', 'ä', 'sixteen_letters_'])('the name %j is EINVAL', async (name) => {
    expect(await codeOf(newKernel().load({ name, type: 'xdp' }))).toBe('EINVAL');
  });

  test.each(['a.b', '_', 'A9', 'fifteen_letters'])('the name %j is good', async (name) => {
    expect(await codeOf(newKernel().load({ name, type: 'xdp' }))).toBe('ok');
  });

  test('the number of instructions is checked before the name, and the name before the verifier runs', async () => {
    const kernel = newKernel();
    expect(await codeOf(kernel.load({ name: 'a-b', type: 'xdp', code: instructions(0) }))).toBe('E2BIG');
    const error = await kernel.load({ name: 'a-b', type: 'xdp', code: EXIT_ONLY }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'EINVAL', verifierLog: undefined });
  });

  test('a program type without a BTF target does not take one: EINVAL', async () => {
    expect(await codeOf(load(newKernel(), 'xdp', { attachTo: 'file_open' }))).toBe('EINVAL');
  });

  // check_attach_btf_id
  test.each<ProgramType>(['fentry', 'fexit', 'lsm', 'extension'])(
    'a %s program without its target is EINVAL',
    async (type) => {
      expect(await codeOf(newKernel().load({ name: 'x', type }))).toBe('EINVAL');
    },
  );

  // kernel/bpf/bpf_lsm.c:bpf_lsm_verify_prog
  test('an LSM program under a licence that is not GPL is EINVAL', async () => {
    expect(await codeOf(load(newKernel(), 'lsm', { license: 'MIT' }))).toBe('EINVAL');
  });

  test('the verifier refuses an unset return value with EACCES, and an open end with EINVAL, each with its log', async () => {
    const kernel = newKernel();
    await expect(load(kernel, 'xdp', { code: EXIT_ONLY })).rejects.toMatchObject({
      code: 'EACCES',
      verifierLog: expect.stringContaining('R0 !read_ok'),
    });
    const openEnd = { instructions: Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0) };
    await expect(load(kernel, 'xdp', { code: openEnd })).rejects.toMatchObject({
      code: 'EINVAL',
      verifierLog: expect.stringContaining('last insn is not an exit or jmp'),
    });
    expect(await kernel.programs()).toEqual([]);
  });

  test('a refused load uses up no id and leaves no map behind', async () => {
    const kernel = newKernel();
    const first = await load(kernel, 'xdp');
    expect(await codeOf(load(kernel, 'xdp', { code: EXIT_ONLY, maps: [HASH] }))).toBe('EACCES');
    const second = await load(kernel, 'xdp');
    expect(second.id).toBeGreaterThan(first.id);
    expect(await programIds(kernel)).toEqual([first.id, second.id]);
    expect(await kernel.maps()).toEqual([]);
  });
});
