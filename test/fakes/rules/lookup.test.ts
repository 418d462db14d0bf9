import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../src/kernel/contract.js';
import { codeOf } from '../code-of.js';
import { attachXdp, HASH, load, loadMany, newKernel, newRuleKernel, programIds } from './support.js';

const MAX_ID = 2 ** 31 - 2;

const KINDS: readonly [
  string,
  (kernel: Kernel, id: number) => Promise<unknown>,
  (kernel: Kernel, id: number) => Promise<number>,
  (kernel: Kernel) => Promise<unknown>,
][] = [
  ['program', (k, id) => k.programById(id), (k, id) => k.nextProgramId(id), (k) => k.programs()],
  ['link', (k, id) => k.linkById(id), (k, id) => k.nextLinkId(id), (k) => k.links()],
  ['map', (k, id) => k.mapById(id), (k, id) => k.nextMapId(id), (k) => k.maps()],
];

// kernel/bpf/syscall.c: bpf_obj_get_next_id, bpf_prog_get_fd_by_id, bpf_map_get_fd_by_id, bpf_link_get_fd_by_id
describe.each(KINDS)('lookup of a %s', (_, byId, nextId, list) => {
  test('by id 0, and by an id that is not there, is ENOENT', async () => {
    const kernel = newKernel();
    expect(await codeOf(byId(kernel, 0))).toBe('ENOENT');
    expect(await codeOf(byId(kernel, 12_345))).toBe('ENOENT');
    expect(await codeOf(byId(kernel, 2 ** 32 - 1))).toBe('ENOENT');
  });

  test('without CAP_SYS_ADMIN is EPERM, by id, by next id and by listing, whether it exists or not', async () => {
    const { process } = newRuleKernel();
    const caller = process({ capabilities: ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'] });
    expect(await codeOf(byId(caller, 0))).toBe('EPERM');
    expect(await codeOf(nextId(caller, 0))).toBe('EPERM');
    expect(await codeOf(list(caller))).toBe('EPERM');
  });

  test('from INT_MAX on is EINVAL, which is checked before the capability', async () => {
    const { kernel, process } = newRuleKernel();
    expect(await codeOf(nextId(kernel, MAX_ID + 1))).toBe('EINVAL');
    expect(await codeOf(nextId(kernel, MAX_ID))).toBe('ENOENT');
    expect(await codeOf(nextId(process({ capabilities: [] }), MAX_ID + 1))).toBe('EINVAL');
  });
});

describe('lookup', () => {
  test('next ids ascend, also where there is none at the start, and end with ENOENT', async () => {
    const kernel = newKernel();
    const programs = await loadMany(kernel, 'xdp', 4);
    const [one, two, three, four] = programs.map((program) => program.id);
    await kernel.unload(two ?? 0);
    expect(await kernel.nextProgramId(0)).toBe(one);
    expect(await kernel.nextProgramId(one ?? 0)).toBe(three);
    expect(await kernel.nextProgramId(two ?? 0)).toBe(three);
    expect(await codeOf(kernel.nextProgramId(four ?? 0))).toBe('ENOENT');
    expect(await programIds(kernel)).toEqual([one, three, four]);
  });

  test('a handle by id is a reference of its own', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const second = await kernel.programById(program.id);
    await program.close();
    expect(await programIds(kernel)).toEqual([second.id]);
    await second.close();
    expect(await programIds(kernel)).toEqual([]);
  });

  // bpf_link_get_from_fd, bpf_prog_get, bpf_map_get
  test('a closed handle is EBADF, a handle of another kind EINVAL', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const map = await kernel.createMap(HASH);
    const link = await attachXdp(kernel, program);
    expect(await codeOf(Reflect.apply(kernel.forceDetach, kernel, [program]))).toBe('EINVAL');
    expect(await codeOf(Reflect.apply(kernel.updateLink, kernel, [map, program]))).toBe('EINVAL');
    expect(await codeOf(Reflect.apply(kernel.updateLink, kernel, [link, map]))).toBe('EINVAL');
    await link.close();
    expect(await codeOf(kernel.forceDetach(link))).toBe('EBADF');
    expect(await codeOf(kernel.updateLink(link, program))).toBe('EBADF');
    await program.close();
    expect(await codeOf(attachXdp(kernel, program))).toBe('EBADF');
  });

  // kernel/bpf/syscall.c:bpf_prog_alloc_id: idr_alloc_cyclic(1, INT_MAX)
  test('ids rise, are not given out again at once, and wrap after 2147483646 to the lowest free one', async () => {
    const kernel = newKernel({ nextId: MAX_ID - 1 });
    const first = await load(kernel, 'xdp');
    await kernel.unload(first);
    const second = await load(kernel, 'xdp');
    const third = await load(kernel, 'xdp');
    const fourth = await load(kernel, 'xdp');
    expect([first.id, second.id, third.id, fourth.id]).toEqual([MAX_ID - 1, MAX_ID, 1, 2]);
  });
});
