import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../src/kernel/contract.js';
import type { BpfLink, Program } from '../../../src/kernel/objects.js';
import { codeOf } from '../code-of.js';
import { at, load, loadMany, newKernel } from './support.js';

const EXIT = { type: 'tracepoint', category: 'sched', name: 'sched_process_exit' } as const;
const FORK = { ...EXIT, name: 'sched_process_fork' } as const;
const UPROBE = { type: 'uprobe', path: '/bin/ls', offset: 0x5000 } as const;

const attach = (kernel: Kernel, program: Program): Promise<BpfLink> => kernel.attach({ ...EXIT, program });

// kernel/trace/bpf_trace.c:perf_event_attach_bpf_prog; kernel/bpf/syscall.c:bpf_perf_link_attach
describe('perf events', () => {
  test('the same program twice on one tracepoint is EEXIST, on another it is good', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'tracepoint');
    await attach(kernel, program);
    expect(await codeOf(attach(kernel, program))).toBe('EEXIST');
    expect(await codeOf(kernel.attach({ ...FORK, program }))).toBe('ok');
  });

  test('the 65th program on one tracepoint is E2BIG, before EEXIST, until one of the 64 goes', async () => {
    const kernel = newKernel();
    const programs = await loadMany(kernel, 'tracepoint', 65);
    const links: BpfLink[] = [];
    for (const program of programs.slice(0, 64)) links.push(await attach(kernel, program));
    const last = at(programs, 64);
    expect(await codeOf(attach(kernel, last))).toBe('E2BIG');
    expect(await codeOf(attach(kernel, at(programs, 3)))).toBe('E2BIG');
    await at(links, 10).close();
    expect(await codeOf(attach(kernel, last))).toBe('ok');
  });

  test('a program of another type is EINVAL', async () => {
    const kernel = newKernel();
    const [xdp, kprobe, tracepoint] = [
      await load(kernel, 'xdp'),
      await load(kernel, 'kprobe'),
      await load(kernel, 'tracepoint'),
    ];
    for (const program of [xdp, kprobe]) expect(await codeOf(attach(kernel, program))).toBe('EINVAL');
    expect(await codeOf(kernel.attach({ ...UPROBE, program: tracepoint }))).toBe('EINVAL');
    expect(await codeOf(kernel.attach({ type: 'kprobe', functionName: 'f', program: tracepoint }))).toBe('EINVAL');
  });

  // Each perf_event_open of a probe makes an event of its own (kernel/trace/trace_uprobe.c, create_local_trace_uprobe).
  test('a probe is an event of its own, so the same program goes there twice', async () => {
    const kernel = newKernel();
    const uprobe = await load(kernel, 'uprobe');
    const kprobe = await load(kernel, 'kprobe');
    for (let round = 0; round < 2; round += 1) {
      expect(await codeOf(kernel.attach({ ...UPROBE, program: uprobe }))).toBe('ok');
      expect(await codeOf(kernel.attach({ type: 'kprobe', functionName: 'f', program: kprobe }))).toBe('ok');
    }
  });

  test('a uprobe in a file that is missing is ENOENT, and so is a tracepoint that is', async () => {
    const kernel = newKernel({ hasTarget: () => false });
    const uprobe = await load(kernel, 'uprobe');
    const tracepoint = await load(kernel, 'tracepoint');
    expect(await codeOf(kernel.attach({ ...UPROBE, path: '/missing', program: uprobe }))).toBe('ENOENT');
    expect(await codeOf(kernel.attach({ ...EXIT, name: 'missing', program: tracepoint }))).toBe('ENOENT');
  });

  // kernel/bpf/syscall.c:link_detach, link_update: a link without these operations
  test('their links cannot be detached (EOPNOTSUPP) or updated (EINVAL)', async () => {
    const kernel = newKernel();
    const [one, two] = await loadMany(kernel, 'tracepoint', 2);
    const uprobe = await load(kernel, 'uprobe');
    if (!one || !two) throw new Error('nothing was loaded');
    const link = await attach(kernel, one);
    const probe = await kernel.attach({ ...UPROBE, program: uprobe });
    expect(await codeOf(kernel.forceDetach(link))).toBe('EOPNOTSUPP');
    expect(await codeOf(kernel.forceDetach(probe))).toBe('EOPNOTSUPP');
    expect(await codeOf(kernel.updateLink(link, two))).toBe('EINVAL');
  });

  test('closing the link takes the program off', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'tracepoint');
    const link = await attach(kernel, program);
    await link.close();
    expect(await codeOf(kernel.linkById(link.id))).toBe('ENOENT');
    expect(await codeOf(attach(kernel, program))).toBe('ok');
  });
});
