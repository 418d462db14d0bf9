import assert from 'node:assert/strict';
import type { Capability } from '../../kernel/capabilities.js';
import type { Program, ProgramType } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractProcess, ContractWorld } from '../world.js';
import { codeOf, load, MISSING, NO_DEVICE } from './support.js';

/** Before 5.19 every call of bpf(2) takes CAP_BPF: kernel/bpf/syscall.c, __sys_bpf. */
const OPEN_WITHOUT = '5.19';
const NETLINK = 'net/core/rtnetlink.c, rtnetlink_rcv_msg (netlink_net_capable)';

interface Caller {
  readonly kernel: ContractProcess;
  readonly program: Program;
}

/** A process with some capabilities that has opened a program by its pin. */
async function setUp(world: ContractWorld, capabilities: readonly Capability[], type: ProgramType): Promise<Caller> {
  const path = `${world.bpffs}/${type}`;
  await world.kernel.pin(await load(world, type), path);
  const kernel = world.process({ capabilities });
  const program = await kernel.open(path);
  assert.ok(program.kind === 'program');
  return { kernel, program };
}

/** What callers with fewer capabilities may attach. */
export const ATTACH_CAPABILITY_CASES: readonly ContractCase[] = [
  {
    id: 'xdp.capabilities-link',
    rules: ['xdp.capabilities'],
    title: 'who has an XDP program from its pin may link it and detach the link without capabilities',
    source: 'kernel/bpf/syscall.c, link_create, link_detach',
    since: OPEN_WITHOUT,
    needs: ['capabilities'],
    async run(world) {
      const { kernel, program } = await setUp(world, [], 'xdp');
      const link = await kernel.attach({ type: 'xdp', program, ...world.device });
      assert.equal(await codeOf(kernel.forceDetach(link)), 'ok');
    },
  },
  {
    id: 'xdp.capabilities-netlink',
    rules: ['xdp.capabilities'],
    title: 'XDP by netlink without CAP_NET_ADMIN is EPERM, and so is switching it off',
    source: NETLINK,
    since: OPEN_WITHOUT,
    needs: ['capabilities'],
    async run(world) {
      const { kernel, program } = await setUp(world, [], 'xdp');
      assert.equal(await codeOf(kernel.setXdp({ program, ...world.device })), 'EPERM');
      assert.equal(await codeOf(kernel.setXdp({ program: null, ...world.device })), 'EPERM');
    },
  },
  {
    id: 'xdp.capabilities-first',
    rules: ['xdp.capabilities', 'xdp.missing-device'],
    title: 'without CAP_NET_ADMIN a missing device is EPERM too, by netlink',
    source: NETLINK,
    needs: ['capabilities'],
    async run(world) {
      const kernel = world.process({ capabilities: [] });
      assert.equal(await codeOf(kernel.setXdp({ program: null, ...NO_DEVICE })), 'EPERM');
    },
  },
  {
    id: 'xdp.capabilities-admin',
    rules: ['xdp.capabilities'],
    title: 'CAP_SYS_ADMIN does not stand for CAP_NET_ADMIN by netlink: EPERM',
    source: NETLINK,
    needs: ['capabilities'],
    async run(world) {
      const { kernel, program } = await setUp(world, ['CAP_SYS_ADMIN'], 'xdp');
      assert.equal(await codeOf(kernel.setXdp({ program, ...world.device })), 'EPERM');
      assert.equal(await codeOf(kernel.attach({ type: 'xdp', program, ...world.device })), 'ok');
    },
  },
  {
    id: 'tcx.capabilities-attach',
    rules: ['tcx.capabilities'],
    title: 'who has a TCX program from its pin may attach and detach it without capabilities, with a link and without',
    source: 'kernel/bpf/syscall.c, bpf_prog_attach, bpf_prog_detach, link_create',
    since: '6.6',
    needs: ['capabilities'],
    async run(world) {
      const { kernel, program } = await setUp(world, [], 'tcx');
      const spec = { ...world.ingress, program };
      assert.equal(await codeOf(kernel.attachTcxProgram(spec)), 'ok');
      assert.equal(await codeOf(kernel.detachTcxProgram(spec)), 'ok');
      assert.equal(await codeOf(kernel.attach({ type: 'tcx', ...spec })), 'ok');
    },
  },
  {
    id: 'tcx.capabilities-unnamed',
    rules: ['tcx.capabilities', 'tcx.detach'],
    title: 'detaching without naming a program takes CAP_NET_ADMIN: EPERM',
    source: 'kernel/bpf/syscall.c, bpf_prog_detach (bpf_mprog_detach_empty)',
    since: '6.6',
    needs: ['capabilities'],
    async run(world) {
      const { kernel, program } = await setUp(world, [], 'tcx');
      await kernel.attachTcxProgram({ ...world.ingress, program });
      assert.equal(await codeOf(kernel.detachTcxProgram(world.ingress)), 'EPERM');
    },
  },
  {
    id: 'tcx.capabilities-query',
    rules: ['tcx.capabilities'],
    title: 'asking for a TCX hook without CAP_NET_ADMIN is EPERM, before a missing device',
    source: 'kernel/bpf/syscall.c, bpf_prog_query (bpf_net_capable)',
    since: '6.6',
    needs: ['capabilities'],
    async run(world) {
      const kernel = world.process({ capabilities: [] });
      assert.equal(await codeOf(kernel.queryTcx(world.ingress)), 'EPERM');
      assert.equal(await codeOf(kernel.queryTcx({ ...NO_DEVICE, direction: 'ingress' })), 'EPERM');
    },
  },
  {
    id: 'tcx.capabilities-admin',
    rules: ['tcx.capabilities'],
    title: 'CAP_SYS_ADMIN stands for CAP_NET_ADMIN where a TCX hook is asked for',
    source: 'include/linux/bpf.h, bpf_net_capable',
    since: '6.6',
    needs: ['capabilities'],
    async run(world) {
      const kernel = world.process({ capabilities: ['CAP_SYS_ADMIN'] });
      assert.equal(await codeOf(kernel.queryTcx(world.ingress)), 'ok');
    },
  },
  {
    id: 'perf.capabilities',
    rules: ['perf.capabilities'],
    title: 'who has a tracepoint program from its pin gets no event for it without CAP_PERFMON: EACCES',
    source: 'kernel/events/core.c, perf_event_open (perf_allow_kernel)',
    needs: ['capabilities', 'tracepoint'],
    async run(world) {
      const { kernel, program } = await setUp(world, ['CAP_BPF'], 'tracepoint');
      const [category = '', name = ''] = world.targets.tracepoints[0].split(':');
      assert.equal(await codeOf(kernel.attach({ type: 'tracepoint', category, name, program })), 'EACCES');
    },
  },
  {
    id: 'perf.capabilities-uprobe',
    rules: ['perf.capabilities'],
    title: 'an event on a uprobe takes CAP_SYS_ADMIN: with CAP_PERFMON alone it is EACCES',
    source: 'kernel/events/core.c, perf_uprobe_event_init',
    since: '6.16',
    needs: ['capabilities', 'uprobe'],
    async run(world) {
      const { kernel, program } = await setUp(world, ['CAP_BPF', 'CAP_PERFMON'], 'uprobe');
      assert.equal(await codeOf(kernel.attach({ type: 'uprobe', ...world.targets.file, program })), 'EACCES');
    },
  },
  {
    id: 'perf.capabilities-missing',
    rules: ['perf.capabilities', 'perf.missing'],
    title: 'a tracepoint that there is not is found before CAP_PERFMON is asked for: ENOENT',
    source: 'kernel/trace/trace_events.c: there is no id to read',
    needs: ['capabilities', 'tracepoint'],
    async run(world) {
      const { kernel, program } = await setUp(world, ['CAP_BPF'], 'tracepoint');
      const [category = '', name = ''] = MISSING.tracepoint.split(':');
      assert.equal(await codeOf(kernel.attach({ type: 'tracepoint', category, name, program })), 'ENOENT');
    },
  },
  {
    id: 'tc.capabilities-clsact',
    rules: ['tc.capabilities'],
    title: 'a clsact without CAP_NET_ADMIN is EPERM to create and to delete, on a missing device too',
    source: NETLINK,
    needs: ['capabilities'],
    async run(world) {
      const kernel = world.process({ capabilities: ['CAP_SYS_ADMIN', 'CAP_BPF'] });
      for (const device of [world.device, NO_DEVICE]) {
        assert.equal(await codeOf(kernel.createClsact(device)), 'EPERM');
        assert.equal(await codeOf(kernel.deleteClsact(device)), 'EPERM');
      }
    },
  },
  {
    id: 'tc.capabilities-filter',
    rules: ['tc.capabilities'],
    title: 'a filter without CAP_NET_ADMIN is EPERM to add and to delete',
    source: NETLINK,
    since: OPEN_WITHOUT,
    needs: ['capabilities'],
    async run(world) {
      await world.kernel.createClsact(world.device);
      const { kernel, program } = await setUp(world, [], 'tc');
      assert.equal(await codeOf(kernel.addFilter({ ...world.ingress, program })), 'EPERM');
      assert.equal(await codeOf(kernel.deleteFilter({ ...world.ingress, priority: 1 })), 'EPERM');
    },
  },
  {
    id: 'tc.capabilities-list',
    rules: ['tc.capabilities'],
    title: 'filters are listed without capabilities',
    source: NETLINK,
    needs: ['capabilities'],
    async run(world) {
      await world.kernel.createClsact(world.device);
      const program = await load(world, 'tc');
      const filter = await world.kernel.addFilter({ ...world.ingress, program });
      const kernel = world.process({ capabilities: [] });
      assert.partialDeepStrictEqual(await kernel.filters(world.ingress), [{ handle: filter.handle }]);
    },
  },
];
