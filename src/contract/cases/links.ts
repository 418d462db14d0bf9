import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { attachTcx, attachXdp, codeOf, DEAD_ID, HASH, load, NO_DEVICE } from './support.js';

const UPDATE = 'kernel/bpf/syscall.c, link_update';
/** No flag of BPF_LINK_UPDATE. */
const UNKNOWN_FLAG = 2 ** 30;

/** Cases of links of whatever type: bad handles, flags. Those of one type are with the type. */
export const LINK_CASES: readonly ContractCase[] = [
  {
    id: 'links.detach-program',
    rules: ['links.bad-handle'],
    title: 'detaching a handle of a program as if it were a link is EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_link_get_from_fd',
    run: async (world) => {
      const program = await load(world, 'xdp');
      assert.equal(await codeOf(Reflect.apply(world.kernel.forceDetach, world.kernel, [program])), 'EINVAL');
    },
  },
  {
    id: 'links.update-map',
    rules: ['links.bad-handle'],
    title: 'updating a handle of a map as if it were a link is EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_link_get_from_fd',
    run: async (world) => {
      const [map, program] = [await world.kernel.createMap(HASH), await load(world, 'xdp')];
      assert.equal(await codeOf(Reflect.apply(world.kernel.updateLink, world.kernel, [map, program])), 'EINVAL');
    },
  },
  {
    id: 'links.update-to-map',
    rules: ['links.bad-handle'],
    title: 'updating a link to a map as if it were a program is EINVAL',
    source: 'kernel/bpf/syscall.c, ____bpf_prog_get',
    run: async (world) => {
      const link = await attachXdp(world, await load(world, 'xdp'));
      const map = await world.kernel.createMap(HASH);
      assert.equal(await codeOf(Reflect.apply(world.kernel.updateLink, world.kernel, [link, map])), 'EINVAL');
    },
  },
  {
    id: 'links.attach-map',
    rules: ['links.bad-handle'],
    title: 'attaching a map as if it were a program is EINVAL',
    source: 'kernel/bpf/syscall.c, ____bpf_prog_get',
    run: async (world) => {
      const spec = { type: 'xdp', program: await world.kernel.createMap(HASH), ...world.device };
      assert.equal(await codeOf(Reflect.apply(world.kernel.attach, world.kernel, [spec])), 'EINVAL');
    },
  },
  {
    id: 'links.closed-link',
    rules: ['links.bad-handle'],
    title: 'a closed handle of a link is EBADF to detach and to update',
    source: 'kernel/bpf/syscall.c, bpf_link_get_from_fd',
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await link.close();
      assert.equal(await codeOf(world.kernel.forceDetach(link)), 'EBADF');
      assert.equal(await codeOf(world.kernel.updateLink(link, program)), 'EBADF');
    },
  },
  {
    id: 'links.closed-program',
    rules: ['links.bad-handle'],
    title: 'a closed handle of a program is EBADF to attach and to update to',
    source: 'kernel/bpf/syscall.c, ____bpf_prog_get',
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await program.close();
      assert.equal(await codeOf(attachXdp(world, program, world.otherDevice)), 'EBADF');
      assert.equal(await codeOf(world.kernel.updateLink(link, program)), 'EBADF');
    },
  },
  {
    id: 'ids.dead-id',
    rules: ['ids.missing'],
    title: 'an id that there is not is ENOENT to attach, to detach and to update',
    source: 'kernel/bpf/syscall.c, bpf_prog_get_fd_by_id, bpf_link_by_id',
    run: async (world) => {
      const link = await attachXdp(world, await load(world, 'xdp'));
      assert.equal(await codeOf(attachXdp(world, DEAD_ID)), 'ENOENT');
      assert.equal(await codeOf(world.kernel.forceDetach(DEAD_ID)), 'ENOENT');
      assert.equal(await codeOf(world.kernel.updateLink(link, DEAD_ID)), 'ENOENT');
    },
  },
  {
    id: 'links.update-unknown-flags',
    rules: ['links.flags'],
    title: 'unknown flags on an update are EINVAL, and the link stays as it is',
    source: UPDATE,
    run: async (world) => {
      const [one, two] = [await load(world, 'xdp'), await load(world, 'xdp')];
      const link = await attachXdp(world, one);
      assert.equal(await codeOf(world.kernel.updateLink(link, two, { flags: UNKNOWN_FLAG })), 'EINVAL');
      assert.equal((await world.kernel.queryXdp(world.device)).programId, one.id);
    },
  },
  {
    id: 'links.update-flags-before-defunct',
    rules: ['links.flags'],
    title: 'unknown flags on an update are found before that the link is defunct',
    source: UPDATE,
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await world.kernel.forceDetach(link);
      assert.equal(await codeOf(world.kernel.updateLink(link, program, { flags: UNKNOWN_FLAG })), 'EINVAL');
    },
  },
  ...(['xdp', 'tcx'] as const).map(
    (type): ContractCase => ({
      id: `links.update-old-without-replace-${type}`,
      rules: ['links.update-unsupported'],
      title: `an old program without BPF_F_REPLACE is EINVAL on a ${type} link, though it is the right one`,
      source: UPDATE,
      ...(type === 'tcx' ? { since: '6.6' } : {}),
      run: async (world) => {
        const [one, two] = [await load(world, type), await load(world, type)];
        const link = type === 'xdp' ? await attachXdp(world, one) : await attachTcx(world, one);
        assert.equal(await codeOf(world.kernel.updateLink(link, two, { expected: one, replace: false })), 'EINVAL');
        assert.equal(await codeOf(world.kernel.updateLink(link, two, { expected: one })), 'ok');
      },
    }),
  ),
  {
    id: 'ids.opened-first',
    rules: ['ids.missing'],
    title:
      'what is named by an id is opened before the call: an id that there is not is ENOENT, whatever else is wrong',
    source: 'kernel/bpf/syscall.c, bpf_prog_get_fd_by_id, which comes before the call that takes the descriptor',
    run: async (world) => {
      const { kernel, ingress } = world;
      const link = await attachXdp(world, await load(world, 'xdp'));
      const nowhere = { ...ingress, ifindex: NO_DEVICE.ifindex };
      assert.equal(await codeOf(kernel.setXdp({ ...nowhere, program: DEAD_ID })), 'ENOENT');
      assert.equal(await codeOf(kernel.addFilter({ ...nowhere, program: DEAD_ID })), 'ENOENT');
      assert.equal(await codeOf(kernel.updateLink(link, DEAD_ID, { flags: UNKNOWN_FLAG })), 'ENOENT');
      await link.close();
      assert.equal(await codeOf(kernel.updateLink(link, DEAD_ID)), 'ENOENT');
    },
  },
  {
    id: 'links.update-flags-before-handle',
    rules: ['links.flags', 'links.bad-handle'],
    title: 'unknown flags on an update are found before that the handle is closed',
    source: UPDATE,
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await link.close();
      assert.equal(await codeOf(world.kernel.updateLink(link, program, { flags: UNKNOWN_FLAG })), 'EINVAL');
    },
  },
  {
    id: 'links.closed-before-old-without-replace',
    rules: ['links.bad-handle', 'links.update-unsupported'],
    title: 'a closed handle is found before an old program without BPF_F_REPLACE',
    source: UPDATE,
    run: async (world) => {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      await link.close();
      const options = { expected: program, replace: false };
      assert.equal(await codeOf(world.kernel.updateLink(link, program, options)), 'EBADF');
    },
  },
];
