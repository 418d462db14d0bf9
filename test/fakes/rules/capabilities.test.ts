import { describe, expect, test } from 'vitest';
import type { KernelProfileName } from '../../../src/fakes/kernel/profiles.js';
import type { Capability } from '../../../src/kernel/capabilities.js';
import type { Kernel } from '../../../src/kernel/contract.js';
import type { BpfLink, KernelObject, Program } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import { BPFFS, ETH0, INGRESS, load, newRuleKernel } from './support.js';

/** A process with some capabilities that has opened an XDP and a TCX program by their pins. */
async function setUp(
  capabilities: readonly Capability[],
  profile: KernelProfileName = '6.18',
): Promise<{ caller: Kernel; xdp: Program; tcx: Program }> {
  const { kernel, process } = newRuleKernel({ profile });
  for (const type of ['xdp', 'tcx'] as const) await kernel.pin(await load(kernel, type), `${BPFFS}/${type}`);
  const caller = process({ capabilities });
  return {
    caller,
    xdp: asProgram(await caller.open(`${BPFFS}/xdp`)),
    tcx: asProgram(await caller.open(`${BPFFS}/tcx`)),
  };
}

function asProgram(object: KernelObject): Program {
  if (object.kind !== 'program') throw new TypeError(`expected a program, got a ${object.kind}`);
  return object;
}

describe('a caller without capabilities', () => {
  // The capability is asked for at load; kernel/bpf/syscall.c:link_create and bpf_prog_attach ask for none.
  test('who has a program from its pin may attach it, detach it and pin it', async () => {
    const { caller, xdp, tcx } = await setUp([]);
    const link: BpfLink = await caller.attach({ type: 'xdp', program: xdp, ifindex: ETH0 });
    expect(await codeOf(caller.forceDetach(link))).toBe('ok');
    expect(await codeOf(caller.attach({ type: 'tcx', program: tcx, ...INGRESS }).then((l) => l.close()))).toBe('ok');
    expect(await codeOf(caller.attachTcxProgram({ ...INGRESS, program: tcx }))).toBe('ok');
    expect(await codeOf(caller.detachTcxProgram({ ...INGRESS, program: tcx }))).toBe('ok');
    expect(await codeOf(caller.pin(xdp, `${BPFFS}/again`))).toBe('ok');
  });

  // kernel/bpf/syscall.c:bpf_prog_query: bpf_net_capable
  test('may not query TCX: EPERM', async () => {
    const { caller } = await setUp([]);
    expect(await codeOf(caller.queryTcx(INGRESS))).toBe('EPERM');
  });

  // net/core/rtnetlink.c:rtnetlink_rcv_msg: netlink_net_capable(CAP_NET_ADMIN)
  test('may not change anything by netlink: EPERM', async () => {
    const { caller, xdp, tcx } = await setUp([]);
    expect(await codeOf(caller.setXdp({ program: xdp, ifindex: ETH0 }))).toBe('EPERM');
    expect(await codeOf(caller.createClsact({ ifindex: ETH0 }))).toBe('EPERM');
    expect(await codeOf(caller.addFilter({ ...INGRESS, program: tcx }))).toBe('EPERM');
  });
});

describe('a caller without CAP_PERFMON', () => {
  // kernel/events/core.c:perf_event_open: perf_allow_kernel, or perf_allow_tracepoint, with perf_event_paranoid at 2
  test('who has a tracepoint program from its pin gets no event to attach it to: EACCES', async () => {
    const { kernel, process } = newRuleKernel();
    await kernel.pin(await load(kernel, 'tracepoint'), `${BPFFS}/tp`);
    const caller = process({ capabilities: ['CAP_BPF'] });
    const program = asProgram(await caller.open(`${BPFFS}/tp`));
    const place = { type: 'tracepoint', category: 'sched', name: 'sched_switch' } as const;
    expect(await codeOf(caller.attach({ ...place, program }))).toBe('EACCES');
  });
});

describe('CAP_SYS_ADMIN alone', () => {
  test('stands for CAP_NET_ADMIN in bpf(2), not in netlink', async () => {
    const { caller, xdp } = await setUp(['CAP_SYS_ADMIN']);
    expect(await codeOf(caller.queryTcx(INGRESS))).toBe('ok');
    expect(await codeOf(caller.setXdp({ program: xdp, ifindex: ETH0 }))).toBe('EPERM');
    expect(await codeOf(caller.createClsact({ ifindex: ETH0 }))).toBe('EPERM');
    expect(await codeOf(caller.attach({ type: 'xdp', program: xdp, ifindex: ETH0 }))).toBe('ok');
  });
});
