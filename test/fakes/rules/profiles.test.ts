import { describe, expect, test } from 'vitest';
import { KERNEL_PROFILES, type KernelProfileName } from '../../../src/fakes/kernel/profiles.js';
import { codeOf } from '../code-of.js';
import { at, ETH0, EXIT_ONLY, HASH, INGRESS, load, loadMany, newKernel, newRuleKernel, u32 } from './support.js';

const since = (release: string) => (profile: KernelProfileName) => toNumber(profile) >= toNumber(release);

function toNumber(release: string): number {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major * 1000 + minor;
}

describe.each(KERNEL_PROFILES)('on %s', (profile) => {
  const from = (release: string) => since(release)(profile);

  test('the release is told', () => {
    expect(newKernel({ profile }).release).toBe(profile);
  });

  // kernel/bpf/tcx.c came with 6.6; attach_type_to_prog_type knew no such type before
  test('TCX works from 6.6 on and is EINVAL before, in every call', async () => {
    const kernel = newKernel({ profile });
    const program = await load(kernel, 'tc');
    const expected = from('6.6') ? 'ok' : 'EINVAL';
    expect(await codeOf(kernel.queryTcx(INGRESS))).toBe(expected);
    expect(await codeOf(kernel.attachTcxProgram({ ...INGRESS, program }))).toBe(expected);
    expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, program }))).toBe(expected);
    expect(await codeOf(kernel.attach({ type: 'tcx', ...INGRESS, program }))).toBe(expected);
  });

  // kernel/bpf/syscall.c:bpf_perf_link_attach came with 5.15
  test('links on perf events work from 5.15 on and are EINVAL before', async () => {
    const kernel = newKernel({ profile });
    const program = await load(kernel, 'tracepoint');
    const place = { type: 'tracepoint', category: 'sched', name: 'sched_switch' } as const;
    expect(await codeOf(kernel.attach({ ...place, program }))).toBe(from('5.15') ? 'ok' : 'EINVAL');
  });

  // bpf_prog_load: the token code of 6.9 set err = -EINVAL before bpf_prog_alloc
  test('a load that finds no memory is EINVAL from 6.9 on, ENOMEM before; a map is ENOMEM always', async () => {
    const { kernel, setMemoryExhausted } = newRuleKernel({ profile });
    setMemoryExhausted(true);
    expect(await codeOf(load(kernel, 'xdp'))).toBe(from('6.9') ? 'EINVAL' : 'ENOMEM');
    expect(await codeOf(kernel.createMap(HASH))).toBe('ENOMEM');
  });

  // bpf_prog_charge_memlock and bpf_charge_memlock, gone with 5.11
  test('RLIMIT_MEMLOCK is EPERM with an empty log before 5.11, and nothing after', async () => {
    const kernel = newKernel({ profile, memlockLimitBytes: 4096 });
    await load(kernel, 'xdp');
    const second = await load(kernel, 'xdp').catch((reason: unknown) => reason);
    if (from('5.11')) expect(second).toMatchObject({ kind: 'program' });
    else expect(second).toMatchObject({ code: 'EPERM', verifierLog: '' });
  });

  // __sys_bpf: before 5.19 unprivileged_bpf_disabled closed all of bpf(2); then only creating
  test('without CAP_BPF a pin can be opened from 5.19 on; before, every call is EPERM', async () => {
    const { kernel, process } = newRuleKernel({ profile });
    await kernel.pin(await load(kernel, 'xdp'), '/sys/fs/bpf/xdp');
    const caller = process({ capabilities: [] });
    expect(await codeOf(caller.open('/sys/fs/bpf/xdp'))).toBe(from('5.19') ? 'ok' : 'EPERM');
    expect(await codeOf(caller.load({ name: 'x', type: 'xdp' }))).toBe('EPERM');
  });

  test('without CAP_BPF a map with bad arguments is EINVAL from 6.5 on, EPERM before', async () => {
    const caller = newRuleKernel({ profile }).process({ capabilities: [] });
    expect(await codeOf(caller.createMap({ ...HASH, maxEntries: 0 }))).toBe(from('6.5') ? 'EINVAL' : 'EPERM');
    expect(await codeOf(caller.createMap(HASH))).toBe('EPERM');
  });

  // BPF_MAX_TRAMP_PROGS was 40 before 5.12
  test('a function takes 38 tracing programs, 40 before 5.12', async () => {
    const kernel = newKernel({ profile });
    const room = from('5.12') ? 38 : 40;
    const programs = await loadMany(kernel, 'fentry', room + 1);
    for (const program of programs.slice(0, room)) await kernel.attach({ type: 'fentry', program });
    expect(await codeOf(kernel.attach({ type: 'fentry', program: at(programs, room) }))).toBe('E2BIG');
  });

  // bpf_tracing_prog_attach: 5.10 asks for the trampoline of the load first
  test('a tracing program attaches again after its link went, from 5.13 on; before it is ENOENT', async () => {
    const kernel = newKernel({ profile });
    const program = await load(kernel, 'fentry');
    const link = await kernel.attach({ type: 'fentry', program });
    expect(await codeOf(kernel.attach({ type: 'fentry', program }))).toBe(from('5.13') ? 'EBUSY' : 'ENOENT');
    await link.close();
    expect(await codeOf(kernel.attach({ type: 'fentry', program }))).toBe(from('5.13') ? 'ok' : 'ENOENT');
  });

  test('an extension without a target attaches once: then EINVAL, or ENOENT before 5.13', async () => {
    const kernel = newKernel({ profile });
    const dispatcher = await kernel.load({ name: 'dispatcher', type: 'xdp', functions: ['prog0'] });
    const target = { program: dispatcher, functionName: 'prog0' };
    const program = await kernel.load({ name: 'ext', type: 'extension', extends: target });
    await (await kernel.attach({ type: 'extension', program })).close();
    expect(await codeOf(kernel.attach({ type: 'extension', program }))).toBe(from('5.13') ? 'EINVAL' : 'ENOENT');
    expect(await codeOf(kernel.attach({ type: 'extension', program, target }))).toBe('ok');
  });

  // kernel/bpf/arraymap.c:prog_fd_array_get_ptr and kernel/bpf/trampoline.c:bpf_freplace_check_tgt_prog, since 6.13
  test('a program is in a prog_array or has an extension, not both: EBUSY from 6.13 on', async () => {
    const kernel = newKernel({ profile });
    const expected = from('6.13') ? 'EBUSY' : 'ok';
    const map = await kernel.createMap({ ...HASH, type: 'prog_array' });
    const setUp = async () => {
      const dispatcher = await kernel.load({ name: 'dispatcher', type: 'xdp', functions: ['prog0'] });
      const target = { program: dispatcher, functionName: 'prog0' };
      return { dispatcher, program: await kernel.load({ name: 'ext', type: 'extension', extends: target }) };
    };
    const inMap = await setUp();
    await map.update(u32(0), u32(inMap.dispatcher.id));
    expect(await codeOf(kernel.attach({ type: 'extension', program: inMap.program }))).toBe(expected);
    const extended = await setUp();
    await kernel.attach({ type: 'extension', program: extended.program });
    expect(await codeOf(map.update(u32(1), u32(extended.dispatcher.id)))).toBe(expected);
  });

  // The rules that every release shares, once each.
  test('XDP links, their update and forced detach work', async () => {
    const kernel = newKernel({ profile });
    const [one, two] = await loadMany(kernel, 'xdp', 2);
    if (!one || !two) throw new Error('nothing was loaded');
    const link = await kernel.attach({ type: 'xdp', program: one, ifindex: ETH0 });
    expect(await codeOf(kernel.attach({ type: 'xdp', program: two, ifindex: ETH0 }))).toBe('EBUSY');
    await kernel.updateLink(link, two);
    await kernel.forceDetach(link);
    expect(await codeOf(kernel.updateLink(link, one))).toBe('ENOLINK');
    expect(await codeOf(load(kernel, 'xdp', { code: EXIT_ONLY }))).toBe('EACCES');
  });
});
