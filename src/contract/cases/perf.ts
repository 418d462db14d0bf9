import assert from 'node:assert/strict';
import type { TracepointAttachSpec, UprobeAttachSpec } from '../../kernel/attach.js';
import type { BpfLink, Program } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { at, codeOf, findLink, load, loadMany, MISSING } from './support.js';

const ATTACH = 'kernel/trace/bpf_trace.c, perf_event_attach_bpf_prog';
const LINK = 'kernel/bpf/syscall.c, bpf_perf_link_attach';
/** BPF_TRACE_MAX_PROGS: kernel/trace/bpf_trace.c */
const FULL = 64;

function toTracepoint(name: string): Omit<TracepointAttachSpec, 'program'> {
  const [category = '', event = ''] = name.split(':');
  return { type: 'tracepoint', category, name: event };
}

function attachTracepoint(world: ContractWorld, program: Program, rest: { flags?: number } = {}): Promise<BpfLink> {
  return world.kernel.attach({ ...toTracepoint(world.targets.tracepoints[0]), program, ...rest });
}

function fillTracepoint(world: ContractWorld, program: Program): Promise<BpfLink> {
  return world.kernel.attach({ ...toTracepoint(world.targets.quietTracepoint), program });
}

function attachUprobe(world: ContractWorld, program: Program, rest: Partial<UprobeAttachSpec> = {}): Promise<BpfLink> {
  return world.kernel.attach({ type: 'uprobe', ...world.targets.file, program, ...rest });
}

function attachKprobe(world: ContractWorld, program: Program, functionName?: string): Promise<BpfLink> {
  return world.kernel.attach({ type: 'kprobe', functionName: functionName ?? world.targets.functions[0], program });
}

/** Programs on tracepoints, kprobes and uprobes: links on perf events. */
export const PERF_CASES: readonly ContractCase[] = [
  {
    id: 'perf.links-none',
    rules: ['perf.links'],
    title: 'a link on a perf event is EINVAL before 5.15',
    source: 'kernel/bpf/syscall.c, link_create',
    until: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      assert.equal(await codeOf(attachTracepoint(world, await load(world, 'tracepoint'))), 'EINVAL');
    },
  },
  {
    id: 'perf.links-none-uprobe',
    rules: ['perf.links'],
    title: 'a link on a uprobe is EINVAL before 5.15',
    source: 'kernel/bpf/syscall.c, link_create',
    until: '5.15',
    needs: ['uprobe'],
    async run(world) {
      assert.equal(await codeOf(attachUprobe(world, await load(world, 'uprobe'))), 'EINVAL');
    },
  },
  {
    id: 'perf.link-tracepoint',
    rules: ['perf.links'],
    title: 'a program on a tracepoint is a link, which is listed with its program',
    source: LINK,
    since: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      const program = await load(world, 'tracepoint');
      const { id } = await attachTracepoint(world, program);
      const expected = { type: 'tracepoint', programId: program.id, attached: true };
      assert.partialDeepStrictEqual(await findLink(world.kernel, id), expected);
    },
  },
  {
    id: 'perf.link-uprobe',
    rules: ['perf.links'],
    title: 'a program on a uprobe is a link, which is listed with its program',
    source: LINK,
    since: '5.15',
    needs: ['uprobe'],
    async run(world) {
      const program = await load(world, 'uprobe');
      const { id } = await attachUprobe(world, program);
      assert.partialDeepStrictEqual(await findLink(world.kernel, id), { programId: program.id, attached: true });
    },
  },
  {
    id: 'perf.link-kprobe',
    rules: ['perf.kprobes'],
    title: 'a program on a kprobe is a link, which is listed with its program',
    source: LINK,
    since: '5.15',
    needs: ['kprobe'],
    async run(world) {
      const program = await load(world, 'kprobe');
      const { id } = await attachKprobe(world, program);
      assert.partialDeepStrictEqual(await findLink(world.kernel, id), { programId: program.id, attached: true });
    },
  },
  {
    id: 'perf.exists',
    rules: ['perf.exists'],
    title: 'the same program twice on one tracepoint is EEXIST',
    source: 'kernel/bpf/core.c, bpf_prog_array_copy',
    since: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      const program = await load(world, 'tracepoint');
      await attachTracepoint(world, program);
      assert.equal(await codeOf(attachTracepoint(world, program)), 'EEXIST');
    },
  },
  {
    id: 'perf.other-event',
    rules: ['perf.exists'],
    title: 'a program that is on one tracepoint goes on another',
    source: ATTACH,
    since: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      const program = await load(world, 'tracepoint');
      await attachTracepoint(world, program);
      const other = toTracepoint(world.targets.tracepoints[1]);
      assert.equal(await codeOf(world.kernel.attach({ ...other, program })), 'ok');
    },
  },
  {
    id: 'perf.full',
    rules: ['perf.full', 'perf.exists'],
    title: 'the 65th program on one tracepoint is E2BIG, one that is there too, until one of the 64 goes',
    source: ATTACH,
    since: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      const programs = await loadMany(world, 'tracepoint', FULL + 1);
      const links: BpfLink[] = [];
      for (const program of programs.slice(0, FULL)) links.push(await fillTracepoint(world, program));
      assert.equal(await codeOf(fillTracepoint(world, at(programs, FULL))), 'E2BIG');
      assert.equal(await codeOf(fillTracepoint(world, at(programs, 3))), 'E2BIG');
      await at(links, 10).close();
      assert.equal(await codeOf(fillTracepoint(world, at(programs, FULL))), 'ok');
    },
  },
  {
    id: 'perf.tracepoint-type',
    rules: ['perf.program-type'],
    title: 'a program of another type on a tracepoint is EINVAL',
    source: 'kernel/events/core.c, perf_event_set_bpf_prog',
    needs: ['tracepoint'],
    async run(world) {
      assert.equal(await codeOf(attachTracepoint(world, await load(world, 'xdp'))), 'EINVAL');
      assert.equal(await codeOf(attachTracepoint(world, await load(world, 'kprobe'))), 'EINVAL');
    },
  },
  {
    id: 'perf.uprobe-type',
    rules: ['perf.program-type'],
    title: 'a program of another type on a uprobe is EINVAL',
    source: 'kernel/events/core.c, perf_event_set_bpf_prog',
    needs: ['uprobe'],
    async run(world) {
      assert.equal(await codeOf(attachUprobe(world, await load(world, 'tracepoint'))), 'EINVAL');
    },
  },
  {
    id: 'perf.kprobe-type',
    rules: ['perf.kprobes'],
    title: 'a program of another type on a kprobe is EINVAL',
    source: 'kernel/events/core.c, perf_event_set_bpf_prog',
    needs: ['kprobe'],
    async run(world) {
      assert.equal(await codeOf(attachKprobe(world, await load(world, 'tracepoint'))), 'EINVAL');
    },
  },
  {
    id: 'perf.uprobe-twice',
    rules: ['perf.probes'],
    title: 'the same program goes twice on one place in a file: each uprobe is an event of its own',
    source: 'kernel/trace/trace_uprobe.c, create_local_trace_uprobe',
    since: '5.15',
    needs: ['uprobe'],
    async run(world) {
      const program = await load(world, 'uprobe');
      assert.equal(await codeOf(attachUprobe(world, program)), 'ok');
      assert.equal(await codeOf(attachUprobe(world, program)), 'ok');
    },
  },
  {
    id: 'perf.kprobe-twice',
    rules: ['perf.kprobes'],
    title: 'the same program goes twice on one kernel function: each kprobe is an event of its own',
    source: 'kernel/trace/trace_kprobe.c, create_local_trace_kprobe',
    since: '5.15',
    needs: ['kprobe'],
    async run(world) {
      const program = await load(world, 'kprobe');
      assert.equal(await codeOf(attachKprobe(world, program)), 'ok');
      assert.equal(await codeOf(attachKprobe(world, program)), 'ok');
    },
  },
  {
    id: 'perf.missing-tracepoint',
    rules: ['perf.missing'],
    title: 'a tracepoint that there is not is ENOENT',
    source: 'fs/tracefs/inode.c; kernel/trace/trace_events.c: there is no id to read',
    needs: ['tracepoint'],
    async run(world) {
      const program = await load(world, 'tracepoint');
      const missing = toTracepoint(MISSING.tracepoint);
      assert.equal(await codeOf(world.kernel.attach({ ...missing, program })), 'ENOENT');
    },
  },
  {
    id: 'perf.missing-file',
    rules: ['perf.missing'],
    title: 'a uprobe in a file that there is not is ENOENT',
    source: 'kernel/trace/trace_uprobe.c, create_local_trace_uprobe (kern_path)',
    needs: ['uprobe'],
    async run(world) {
      const program = await load(world, 'uprobe');
      assert.equal(await codeOf(attachUprobe(world, program, { path: MISSING.path })), 'ENOENT');
    },
  },
  {
    id: 'perf.missing-function',
    rules: ['perf.kprobes'],
    title: 'a kprobe on a function that there is not is ENOENT',
    source: 'kernel/kprobes.c, register_kprobe',
    needs: ['kprobe'],
    async run(world) {
      const program = await load(world, 'kprobe');
      assert.equal(await codeOf(attachKprobe(world, program, MISSING.functionName)), 'ENOENT');
    },
  },
  {
    id: 'perf.kretprobe-offset',
    rules: ['perf.kprobes'],
    title: 'a kretprobe that is not at the start of its function is EINVAL',
    source: 'kernel/kprobes.c, register_kretprobe (kprobe_on_func_entry)',
    needs: ['kprobe'],
    async run(world) {
      const program = await load(world, 'kretprobe');
      // Where functions begin with ENDBR, 4 is their start as well (arch/x86/kernel/kprobes/core.c, arch_adjust_kprobe_addr).
      const place = { type: 'kretprobe', functionName: world.targets.functions[0], offset: 16 } as const;
      assert.equal(await codeOf(world.kernel.attach({ ...place, program })), 'EINVAL');
    },
  },
  {
    id: 'perf.flags',
    rules: ['links.flags', 'perf.links'],
    title: 'a link on a tracepoint takes no flags: EINVAL',
    source: LINK,
    since: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      const program = await load(world, 'tracepoint');
      assert.equal(await codeOf(attachTracepoint(world, program, { flags: 1 })), 'EINVAL');
      assert.equal(await codeOf(attachTracepoint(world, program)), 'ok');
    },
  },
  {
    id: 'perf.flags-uprobe',
    rules: ['links.flags', 'perf.links'],
    title: 'a link on a uprobe takes no flags: EINVAL',
    source: LINK,
    since: '5.15',
    needs: ['uprobe'],
    async run(world) {
      assert.equal(await codeOf(attachUprobe(world, await load(world, 'uprobe'), { flags: 1 })), 'EINVAL');
    },
  },
  {
    id: 'perf.no-forced-detach',
    rules: ['links.detach-unsupported', 'perf.links'],
    title: 'a link on a tracepoint cannot be detached by force: EOPNOTSUPP, and it stays',
    source: 'kernel/bpf/syscall.c, link_detach',
    since: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      const link = await attachTracepoint(world, await load(world, 'tracepoint'));
      assert.equal(await codeOf(world.kernel.forceDetach(link)), 'EOPNOTSUPP');
      assert.partialDeepStrictEqual(await findLink(world.kernel, link.id), { attached: true });
    },
  },
  {
    id: 'perf.no-forced-detach-uprobe',
    rules: ['links.detach-unsupported', 'perf.links'],
    title: 'a link on a uprobe cannot be detached by force: EOPNOTSUPP',
    source: 'kernel/bpf/syscall.c, link_detach',
    since: '5.15',
    needs: ['uprobe'],
    async run(world) {
      const link = await attachUprobe(world, await load(world, 'uprobe'));
      assert.equal(await codeOf(world.kernel.forceDetach(link)), 'EOPNOTSUPP');
    },
  },
  {
    id: 'perf.no-update',
    rules: ['links.update-unsupported', 'perf.links'],
    title: 'a link on a tracepoint cannot be updated: EINVAL',
    source: 'kernel/bpf/syscall.c, link_update',
    since: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      const [one, two] = [await load(world, 'tracepoint'), await load(world, 'tracepoint')];
      const link = await attachTracepoint(world, one);
      assert.equal(await codeOf(world.kernel.updateLink(link, two)), 'EINVAL');
      assert.partialDeepStrictEqual(await findLink(world.kernel, link.id), { programId: one.id });
    },
  },
  {
    id: 'perf.close',
    rules: ['lifetime.last-handle', 'perf.links'],
    title: 'closing the last handle of a link takes the program off the tracepoint',
    source: 'kernel/bpf/syscall.c, bpf_perf_link_release',
    since: '5.15',
    needs: ['tracepoint'],
    async run(world) {
      const program = await load(world, 'tracepoint');
      const link = await attachTracepoint(world, program);
      await link.close();
      assert.equal(await findLink(world.kernel, link.id), undefined);
      assert.equal(await codeOf(attachTracepoint(world, program)), 'ok');
    },
  },
];
