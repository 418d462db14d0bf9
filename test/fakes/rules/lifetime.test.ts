import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../src/kernel/contract.js';
import { codeOf } from '../code-of.js';
import {
  attachTcx,
  attachXdp,
  BPFFS,
  ETH0,
  expectLink,
  HASH,
  hasProgram,
  INGRESS,
  load,
  newKernel,
  newRuleKernel,
  programIds,
} from './support.js';

const PIN = `${BPFFS}/pin`;

/** Whether BPF_LINK_GET_NEXT_ID tells of an id; it does so for longer than the id can be opened. */
const showsId = async (kernel: Kernel, id: number) => (await kernel.nextLinkId(id - 1).catch(() => undefined)) === id;

const hasLink = async (kernel: Kernel, id: number) => (await kernel.links()).some((each) => each.id === id);
const hasMap = async (kernel: Kernel, id: number) => (await kernel.maps()).some((each) => each.id === id);

// kernel/bpf/syscall.c: bpf_prog_put, bpf_map_put, bpf_link_put
describe('references', () => {
  test('a program goes with its last handle', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const second = await kernel.programById(program.id);
    await program.close();
    await program.close();
    expect(await hasProgram(kernel, program.id)).toBe(true);
    await second.close();
    expect(await hasProgram(kernel, program.id)).toBe(false);
  });

  test('a link holds its program, a defunct one too', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const link = await attachXdp(kernel, program);
    await program.close();
    expect(await hasProgram(kernel, program.id)).toBe(true);
    await kernel.forceDetach(link);
    expect(await hasProgram(kernel, program.id)).toBe(true);
    await link.close();
    expect(await hasProgram(kernel, program.id)).toBe(false);
  });

  test('a program holds its maps', async () => {
    const kernel = newKernel();
    const map = await kernel.createMap(HASH);
    const program = await load(kernel, 'xdp', { maps: [map] });
    await map.close();
    expect(await hasMap(kernel, map.id)).toBe(true);
    await program.close();
    expect(await hasMap(kernel, map.id)).toBe(false);
  });

  test('a pin holds a program, a map and a link', async () => {
    const kernel = newKernel();
    const [program, map] = [await load(kernel, 'xdp'), await kernel.createMap(HASH)];
    const link = await attachXdp(kernel, program);
    for (const object of [link, program, map]) {
      await kernel.pin(object, `${BPFFS}/${object.kind}`);
      await object.close();
    }
    expect([
      await hasProgram(kernel, program.id),
      await hasMap(kernel, map.id),
      await hasLink(kernel, link.id),
    ]).toEqual([true, true, true]);
    for (const kind of ['program', 'map', 'link']) await kernel.unpin(`${BPFFS}/${kind}`);
    expect(await programIds(kernel)).toEqual([]);
    expect(await hasMap(kernel, map.id)).toBe(false);
  });

  test.each(['netlink', 'tcx', 'filter'] as const)('an attachment by %s holds its program', async (via) => {
    const kernel = newKernel();
    const program = await load(kernel, via === 'netlink' ? 'xdp' : 'tc');
    if (via === 'netlink') await kernel.setXdp({ program, ifindex: ETH0 });
    if (via === 'tcx') await kernel.attachTcxProgram({ ...INGRESS, program });
    if (via === 'filter') {
      await kernel.createClsact({ ifindex: ETH0 });
      await kernel.addFilter({ ...INGRESS, program, priority: 1 });
    }
    await program.close();
    expect(await hasProgram(kernel, program.id)).toBe(true);
    if (via === 'netlink') await kernel.setXdp({ program: null, ifindex: ETH0 });
    if (via === 'tcx') await kernel.detachTcxProgram(INGRESS);
    if (via === 'filter') await kernel.deleteFilter({ ...INGRESS, priority: 1 });
    expect(await hasProgram(kernel, program.id)).toBe(false);
  });

  test('the end of a process closes its handles; pins and attachments without a link stay', async () => {
    const { kernel, process } = newRuleKernel();
    const dying = process();
    const linked = await load(dying, 'xdp');
    await attachXdp(dying, linked);
    const pinned = await load(dying, 'xdp', { pinPath: `${BPFFS}/app` });
    const attached = await load(dying, 'tcx');
    await dying.attachTcxProgram({ ...INGRESS, program: attached });
    dying.exit();
    expect(await programIds(kernel)).toEqual([pinned.id, attached.id]);
    expect(await kernel.links()).toEqual([]);
    expect(await codeOf(attachXdp(kernel, pinned.id))).toBe('ok');
  });
});

// net/core/dev.c:bpf_xdp_link_detach, kernel/bpf/tcx.c:tcx_link_detach
describe('a link that is detached by force', () => {
  test('keeps its id, its pin and its program, and loses its hook and its device', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const link = await attachXdp(kernel, program);
    await kernel.pin(link, PIN);
    await kernel.forceDetach(link);
    await expectLink(kernel, link.id, { attached: false, ifindex: 0, programId: program.id });
    expect(await kernel.pins()).toEqual([{ path: PIN, kind: 'link', id: link.id }]);
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ programId: undefined });
    expect(await codeOf(attachXdp(kernel, program))).toBe('ok');
  });

  test('can be detached again', async () => {
    const kernel = newKernel();
    const link = await attachXdp(kernel, await load(kernel, 'xdp'));
    await kernel.forceDetach(link);
    expect(await codeOf(kernel.forceDetach(link))).toBe('ok');
    expect(await codeOf(kernel.forceDetach(link.id))).toBe('ok');
  });

  test('does not disturb who has its hook now, when it goes', async () => {
    const kernel = newKernel();
    const program = await load(kernel, 'xdp');
    const old = await attachXdp(kernel, program);
    await kernel.forceDetach(old);
    const fresh = await attachXdp(kernel, program);
    await kernel.forceDetach(old);
    await old.close();
    expect(await kernel.queryXdp({ ifindex: ETH0 })).toMatchObject({ linkId: fresh.id, programId: program.id });
  });
});

// kernel/bpf/syscall.c: bpf_link_put_direct for a handle, bpf_link_put (a work queue) for a pin; bpf_link_free
describe('freeing a link', () => {
  test('by its last handle is done at once', async () => {
    const { kernel, deferred } = newRuleKernel({ deferred: 'manual' });
    const program = await load(kernel, 'xdp');
    const link = await attachXdp(kernel, program);
    await link.close();
    expect(deferred.pending).toEqual([]);
    expect(await hasLink(kernel, link.id)).toBe(false);
    expect(await codeOf(attachXdp(kernel, program))).toBe('ok');
  });

  test.each(['xdp', 'tcx'] as const)(
    'by its last pin is done later: first the id goes, then the hook of the %s link, then its program',
    async (type) => {
      const { kernel, deferred } = newRuleKernel({ deferred: 'manual' });
      const attach = async (id: number) => (type === 'xdp' ? attachXdp(kernel, id) : attachTcx(kernel, id));
      const program = await load(kernel, type);
      const link = await attach(program.id);
      await kernel.pin(link, PIN);
      await link.close();
      await program.close();
      expect(deferred.pending).toEqual([]);

      await kernel.unpin(PIN);
      expect(await kernel.pins()).toEqual([]);
      expect(await hasProgram(kernel, program.id)).toBe(true);

      expect(await showsId(kernel, link.id)).toBe(true);

      const taken = type === 'xdp' ? 'EBUSY' : 'EEXIST';
      while (await showsId(kernel, link.id)) expect(deferred.step()).toBeDefined();
      expect(await codeOf(attach(program.id))).toBe(taken);
      expect(await hasProgram(kernel, program.id)).toBe(true);

      deferred.drain();
      expect(await hasProgram(kernel, program.id)).toBe(false);
      expect(await codeOf(attach((await load(kernel, type)).id))).toBe('ok');
    },
  );

  test('a link whose last pin was removed, but which is open, stays', async () => {
    const { kernel, deferred } = newRuleKernel({ deferred: 'manual' });
    const link = await attachXdp(kernel, await load(kernel, 'xdp'));
    await kernel.pin(link, PIN);
    await kernel.unpin(PIN);
    deferred.drain();
    await expectLink(kernel, link.id, { attached: true });
  });

  test('a link on its way out cannot be opened or listed any more, and keeps its hook until it is out', async () => {
    const { kernel, deferred } = newRuleKernel({ deferred: 'manual' });
    const program = await load(kernel, 'xdp');
    const link = await attachXdp(kernel, program);
    await kernel.pin(link, PIN);
    await link.close();
    await kernel.unpin(PIN);
    // bpf_link_by_id: bpf_link_inc_not_zero fails, so the answer is ENOENT before the id is freed
    expect(await codeOf(kernel.linkById(link.id))).toBe('ENOENT');
    expect(await hasLink(kernel, link.id)).toBe(false);
    expect(await codeOf(attachXdp(kernel, program))).toBe('EBUSY');
    deferred.drain();
    expect(await codeOf(attachXdp(kernel, program))).toBe('ok');
  });

  test('what is put off is done in the order in which it was', async () => {
    const { kernel, deferred } = newRuleKernel({ deferred: 'manual' });
    const [one, two] = [await load(kernel, 'xdp'), await load(kernel, 'tcx')];
    const links = [await attachXdp(kernel, one), await attachTcx(kernel, two)];
    for (const link of links) {
      await kernel.pin(link, `${BPFFS}/link_${link.id}`);
      await link.close();
    }
    for (const { id } of links) await kernel.unpin(`${BPFFS}/link_${id}`);
    const [first = 0, second = 0] = links.map(({ id }) => id);
    while (await showsId(kernel, first)) expect(deferred.step()).toBeDefined();
    expect(await showsId(kernel, second)).toBe(true);
    deferred.drain();
    expect(await showsId(kernel, second)).toBe(false);
  });
});
