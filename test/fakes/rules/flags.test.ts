import { describe, expect, test } from 'vitest';
import type { KernelProfileName } from '../../../src/fakes/kernel/profiles.js';
import type { AttachSpec, TcxDetachSpec, TcxProgramSpec } from '../../../src/kernel/attach.js';
import type { ProgramType } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import { attachTcx, attachXdp, ETH0, ETH1, INGRESS, LO, load, NO_DEVICE, newKernel, newRuleKernel } from './support.js';

const [REPLACE, BEFORE, AFTER, ID, LINK] = [1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 13];
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

// net/core/dev.c:dev_xdp_attach and net/core/rtnetlink.c:do_setlink
describe('flags of XDP', () => {
  test('a link takes one mode, and no other bit: EINVAL', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const attach = (flags: number, rest: object = {}) =>
      codeOf(kernel.attach({ type: 'xdp', program, ifindex: ETH0, flags, ...rest }));
    for (const flags of [1, 3, 6, 14, 16, 32, UNKNOWN]) expect(await attach(flags)).toBe('EINVAL');
    expect(await attach(2, { mode: 'native' })).toBe('EINVAL');
    expect(await attach(8)).toBe('EINVAL');
    expect(await attach(4, { ifindex: LO })).toBe('EOPNOTSUPP');
    expect(await attach(2)).toBe('ok');
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ mode: 'generic' });
  });

  test('netlink takes one mode, and knows five bits: EINVAL', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const set = (flags: number, rest: object = {}) => codeOf(kernel.setXdp({ ifindex: ETH0, program, flags, ...rest }));
    for (const flags of [6, 32, UNKNOWN]) expect(await set(flags)).toBe('EINVAL');
    expect(await set(2, { mode: 'native' })).toBe('EINVAL');
    expect(await set(2, { ifindex: NO_DEVICE })).toBe('ENODEV');
    expect(await set(6, { ifindex: NO_DEVICE })).toBe('ENODEV');
    expect(await set(2)).toBe('ok');
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ mode: 'generic' });
    expect(await set(3)).toBe('EBUSY');
  });

  test('XDP_FLAGS_REPLACE that names no program is EINVAL', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    expect(await codeOf(kernel.setXdp({ ifindex: ETH1, program, flags: 16 }))).toBe('EINVAL');
  });
});

type TcxCall = 'link' | 'attach' | 'detach';

async function tryTcx(call: TcxCall, rest: Partial<TcxProgramSpec & TcxDetachSpec>): Promise<string> {
  const kernel = newKernel();
  const [first, program] = [await load(kernel, 'tc'), await load(kernel, 'tcx')];
  await attachTcx(kernel, first);
  if (call === 'link') return codeOf(kernel.attach({ type: 'tcx', ...INGRESS, program, ...rest }));
  if (call === 'attach') return codeOf(kernel.attachTcxProgram({ ...INGRESS, program, ...rest }));
  await kernel.attachTcxProgram({ ...INGRESS, program });
  return codeOf(kernel.detachTcxProgram({ ...INGRESS, program, ...rest }));
}

// kernel/bpf/mprog.c; every row was tried on 6.18, with one program of a link on the hook
describe('flags of TCX', () => {
  test.each<[string, number, string, string, string]>([
    ['no flags', 0, 'ok', 'ok', 'ok'],
    ['BEFORE', BEFORE, 'ok', 'ok', 'ERANGE'],
    ['AFTER', AFTER, 'ok', 'ok', 'ERANGE'],
    ['BEFORE and AFTER', BEFORE | AFTER, 'ERANGE', 'ERANGE', 'ERANGE'],
    ['ID without an id', ID, 'ENOENT', 'ENOENT', 'ENOENT'],
    ['ID with BEFORE', ID | BEFORE, 'ENOENT', 'ENOENT', 'ENOENT'],
    ['LINK without a link', LINK, 'EINVAL', 'EINVAL', 'EINVAL'],
    ['LINK with AFTER', LINK | AFTER, 'EINVAL', 'EINVAL', 'EINVAL'],
    ['LINK and ID', LINK | ID, 'ENOENT', 'ENOENT', 'ENOENT'],
    ['REPLACE without a program', REPLACE, 'ENOENT', 'EINVAL', 'EINVAL'],
    ['REPLACE with BEFORE', REPLACE | BEFORE, 'ENOENT', 'EINVAL', 'EINVAL'],
    ['an unknown bit', UNKNOWN, 'EINVAL', 'EINVAL', 'EINVAL'],
    ['a bit of cgroups', 1, 'EINVAL', 'EINVAL', 'EINVAL'],
    ['an unknown bit with BEFORE', UNKNOWN | BEFORE, 'ok', 'EINVAL', 'EINVAL'],
  ])('%s (%i): a link %s, an attach %s, a detach %s', async (_, flags, link, attach, detach) => {
    expect(await tryTcx('link', { flags })).toBe(link);
    expect(await tryTcx('attach', { flags })).toBe(attach);
    expect(await tryTcx('detach', { flags })).toBe(detach);
  });

  test.each<[string, number, string]>([
    ['alone', 0, 'EINVAL'],
    ['BEFORE', BEFORE, 'ok'],
    ['AFTER', AFTER, 'ok'],
    ['BEFORE and AFTER', BEFORE | AFTER, 'ERANGE'],
    ['LINK', LINK, 'ENOENT'],
    ['REPLACE', REPLACE, 'EINVAL'],
  ])("an anchor's id with %s: %s", async (_, flags, expected) => {
    const kernel = newKernel();
    const [first, program] = [await load(kernel, 'tc'), await load(kernel, 'tcx')];
    // Links have ids of their own: this one is not the program's.
    await (await attachTcx(kernel, first)).close();
    await attachTcx(kernel, first);
    const spec = { ...INGRESS, program, anchor: { program: first.id }, flags };
    expect(await codeOf(kernel.attachTcxProgram(spec))).toBe(expected);
  });

  test("a program's handle is no link: LINK is EINVAL; a link's is one", async () => {
    const kernel = newKernel();
    const [first, program] = [await load(kernel, 'tc'), await load(kernel, 'tcx')];
    const link = await attachTcx(kernel, first);
    const attach = (anchor: TcxProgramSpec['anchor'], flags: number) =>
      codeOf(kernel.attachTcxProgram({ ...INGRESS, program, flags, ...(anchor === undefined ? {} : { anchor }) }));
    expect(await attach({ program: first }, LINK | AFTER)).toBe('EINVAL');
    expect(await attach({ link }, 0)).toBe('EINVAL');
    expect(await attach({ link }, AFTER)).toBe('ok');
  });

  test('a replacement agrees with its place, whichever says so', async () => {
    const kernel = newKernel();
    const [first, second, spare] = [await load(kernel, 'tc'), await load(kernel, 'tc'), await load(kernel, 'tc')];
    await attachTcx(kernel, first);
    await kernel.attachTcxProgram({ ...INGRESS, program: second });
    const replace = (flags: number) =>
      codeOf(
        kernel.attachTcxProgram({ ...INGRESS, program: spare, replace: second, anchor: { program: first }, flags }),
      );
    expect(await replace(BEFORE)).toBe('ERANGE');
    expect(await replace(AFTER)).toBe('ok');
  });

  test('REPLACE finds a hook that nothing is on before it is EINVAL to a detach: ENOENT', async () => {
    const kernel = newKernel();
    expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, flags: REPLACE }))).toBe('ENOENT');
    await kernel.createClsact({ ifindex: ETH0 });
    expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, flags: REPLACE }))).toBe('EINVAL');
    expect(await codeOf(kernel.detachTcxProgram({ ...INGRESS, flags: UNKNOWN }))).toBe('EINVAL');
  });

  test('a replaced program of another type is found after a missing device: ENODEV, then EINVAL', async () => {
    const kernel = newKernel();
    const [program, xdp] = [await load(kernel, 'tc'), await load(kernel, 'xdp')];
    const attach = (ifindex: number) => codeOf(kernel.attachTcxProgram({ ...INGRESS, ifindex, program, replace: xdp }));
    expect([await attach(NO_DEVICE), await attach(ETH0)]).toEqual(['ENODEV', 'EINVAL']);
  });
});

// kernel/bpf/syscall.c:bpf_perf_link_attach refuses all; bpf_tracing_prog_attach is not told of them
describe('flags of links on events and functions', () => {
  test.each<[AttachSpec['type'], object, string]>([
    ['tracepoint', { category: 'sched', name: 'sched_switch' }, 'EINVAL'],
    ['kprobe', { functionName: 'do_unlinkat' }, 'EINVAL'],
    ['uretprobe', { path: '/bin/true' }, 'EINVAL'],
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
