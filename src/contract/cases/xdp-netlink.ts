import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { attachXdp, hasProgram, letGo, load, NO_DEVICE, untilGone } from './support.js';
import {
  setUpXdp,
  UNKNOWN_XDP_FLAG,
  XDP_FLAGS_DRV_MODE,
  XDP_FLAGS_HW_MODE,
  XDP_FLAGS_REPLACE,
  XDP_FLAGS_SKB_MODE,
} from './xdp-bench.js';

const ATTACH = 'net/core/dev.c, dev_change_xdp_fd, dev_xdp_attach';

/** XDP by netlink, without links. */
export const XDP_NETLINK_CASES: readonly ContractCase[] = [
  {
    id: 'xdp.netlink-attach',
    rules: ['xdp.netlink'],
    title: 'netlink puts a program on a device, which tells it, without a link',
    source: ATTACH,
    async run(world) {
      const { set, one } = await setUpXdp(world);
      assert.equal(await set(one), 'ok');
      const query = await world.kernel.queryXdp(world.device);
      assert.deepEqual(query, { programId: one.id, linkId: undefined, mode: 'native' });
    },
  },
  {
    id: 'xdp.netlink-holds',
    rules: ['xdp.netlink', 'lifetime.references'],
    title: 'a device holds the program that netlink put there, until it is switched off',
    source: 'net/core/dev.c, dev_xdp_install (bpf_prog_put)',
    async run(world) {
      const { set, one } = await setUpXdp(world);
      await set(one);
      const id = await letGo(one);
      assert.equal(await hasProgram(world.kernel, id), true);
      assert.equal(await set(null), 'ok');
      await untilGone(world, 'program', id);
    },
  },
  {
    id: 'xdp.netlink-replace',
    rules: ['xdp.netlink'],
    title: 'netlink replaces what netlink put there, without asking, with the same program too',
    source: ATTACH,
    async run(world) {
      const { set, query, one, two } = await setUpXdp(world);
      assert.deepEqual([await set(one), await set(two), await set(two)], ['ok', 'ok', 'ok']);
      assert.equal((await query()).programId, two.id);
    },
  },
  {
    id: 'xdp.netlink-off-twice',
    rules: ['xdp.netlink'],
    title: 'switching XDP off succeeds twice',
    source: ATTACH,
    async run(world) {
      const { set, query, one } = await setUpXdp(world);
      await set(one);
      assert.deepEqual([await set(null), await set(null)], ['ok', 'ok']);
      assert.deepEqual(await query(), { programId: undefined, mode: undefined });
    },
  },
  {
    id: 'xdp.netlink-no-device',
    rules: ['xdp.missing-device'],
    title: 'XDP by netlink on a device that there is not is ENODEV, and so is switching it off',
    source: 'net/core/rtnetlink.c, rtnl_setlink',
    async run(world) {
      const { set, one } = await setUpXdp(world);
      assert.equal(await set(one, { device: NO_DEVICE }), 'ENODEV');
      assert.equal(await set(null, { device: NO_DEVICE }), 'ENODEV');
    },
  },
  {
    id: 'xdp.netlink-other-type',
    rules: ['xdp.program-type'],
    title: 'a program of another type by netlink is EINVAL, over a link too',
    source: 'net/core/dev.c, dev_change_xdp_fd',
    async run(world) {
      const { link, set, one } = await setUpXdp(world);
      const tc = await load(world, 'tc');
      assert.equal(await set(tc), 'EINVAL');
      await link(one);
      assert.equal(await set(tc), 'EINVAL');
    },
  },
  {
    id: 'xdp.netlink-map-program',
    rules: ['xdp.map-programs'],
    title: 'a program for a devmap or cpumap by netlink is EINVAL',
    source: ATTACH,
    async run(world) {
      const { set } = await setUpXdp(world);
      assert.equal(await set(await load(world, 'xdp', { xdpTarget: 'devmap' })), 'EINVAL');
      assert.equal(await set(await load(world, 'xdp', { xdpTarget: 'cpumap' })), 'EINVAL');
    },
  },
  {
    id: 'xdp.netlink-offload',
    rules: ['xdp.map-programs'],
    title: 'a program that was not loaded for the card is EINVAL there, by netlink',
    source: ATTACH,
    async run(world) {
      const { set, one } = await setUpXdp(world);
      assert.equal(await set(one, { mode: 'offload' }), 'EINVAL');
    },
  },
  {
    id: 'xdp.netlink-two-modes',
    rules: ['xdp.modes'],
    title: 'two modes by netlink are EINVAL, switching off too, before the link that is there',
    source: 'net/core/rtnetlink.c, do_setlink',
    async run(world) {
      const { link, set, one, two } = await setUpXdp(world);
      const both = { mode: 'native', flags: XDP_FLAGS_SKB_MODE } as const;
      assert.equal(await set(one, both), 'EINVAL');
      assert.equal(await set(null, both), 'EINVAL');
      assert.equal(await set(one, { flags: XDP_FLAGS_DRV_MODE | XDP_FLAGS_HW_MODE }), 'EINVAL');
      await link(one);
      assert.equal(await set(two, both), 'EINVAL');
    },
  },
  {
    id: 'xdp.netlink-flags',
    rules: ['xdp.flags'],
    title: 'unknown flags by netlink are EINVAL, before the link that is there',
    source: 'net/core/rtnetlink.c, do_setlink (XDP_FLAGS_MASK)',
    async run(world) {
      const { link, set, one, two } = await setUpXdp(world);
      const flags = UNKNOWN_XDP_FLAG;
      assert.equal(await set(one, { flags }), 'EINVAL');
      await link(one);
      assert.equal(await set(two, { flags }), 'EINVAL');
    },
  },
  {
    id: 'xdp.netlink-replace-flag',
    rules: ['xdp.flags', 'xdp.replace'],
    title: 'the flag to replace, without a program to expect, is EINVAL',
    source: 'net/core/rtnetlink.c, do_setlink (IFLA_XDP_EXPECTED_FD)',
    async run(world) {
      const { set, one, two } = await setUpXdp(world);
      assert.equal(await set(one, { flags: XDP_FLAGS_REPLACE }), 'EINVAL');
      await set(one);
      assert.equal(await set(two, { flags: XDP_FLAGS_REPLACE }), 'EINVAL');
    },
  },
  {
    id: 'xdp.netlink-device-first',
    rules: ['xdp.modes', 'xdp.missing-device'],
    title: 'a missing device is found before bad flags by netlink',
    source: 'net/core/rtnetlink.c, rtnl_setlink, do_setlink',
    async run(world) {
      const { set, one } = await setUpXdp(world);
      const flags = XDP_FLAGS_SKB_MODE | XDP_FLAGS_DRV_MODE;
      assert.equal(await set(one, { device: NO_DEVICE, flags }), 'ENODEV');
    },
  },
  {
    id: 'xdp.netlink-no-driver',
    rules: ['xdp.no-native'],
    title: 'native XDP by netlink where the driver has none is EOPNOTSUPP; without a wish it is generic',
    source: ATTACH,
    async run(world) {
      const { set, query, one } = await setUpXdp(world);
      const device = world.genericDevice;
      assert.equal(await set(one, { device, mode: 'native' }), 'EOPNOTSUPP');
      assert.equal(await set(one, { device }), 'ok');
      assert.deepEqual(await query(device), { programId: one.id, mode: 'generic' });
    },
  },
  {
    id: 'xdp.netlink-generic-off',
    rules: ['xdp.no-native', 'xdp.netlink'],
    title: 'where there is only generic XDP, switching it off without a wish switches it off',
    source: 'net/core/dev.c, dev_xdp_mode',
    async run(world) {
      const { set, query, one } = await setUpXdp(world);
      const device = world.genericDevice;
      await set(one, { device, mode: 'generic' });
      assert.equal(await set(null, { device }), 'ok');
      assert.deepEqual(await query(device), { programId: undefined, mode: undefined });
    },
  },
  {
    id: 'xdp.netlink-off-nothing',
    rules: ['xdp.no-native', 'xdp.netlink'],
    title: 'switching off a mode that the driver does not have, with nothing there, succeeds',
    source: ATTACH,
    async run(world) {
      const { set } = await setUpXdp(world);
      assert.equal(await set(null, { device: world.genericDevice, mode: 'native' }), 'ok');
      assert.equal(await set(null, { mode: 'offload' }), 'ok');
    },
  },
  {
    id: 'xdp.netlink-over-link',
    rules: ['xdp.busy'],
    title: 'netlink over a link in its mode is EBUSY, even with the right program to expect',
    source: ATTACH,
    async run(world) {
      const { link, set, query, one, two } = await setUpXdp(world);
      await link(one);
      assert.equal(await set(two), 'EBUSY');
      assert.equal(await set(one), 'EBUSY');
      assert.equal(await set(two, { ifNoExist: true }), 'EBUSY');
      assert.equal(await set(two, { expected: one }), 'EBUSY');
      assert.equal((await query()).programId, one.id);
    },
  },
  {
    id: 'xdp.netlink-off-over-link',
    rules: ['xdp.busy'],
    title: 'switching XDP off over a link in its mode is EBUSY, with the mode named or not',
    source: ATTACH,
    async run(world) {
      const { link, set, query, one } = await setUpXdp(world);
      await link(one);
      assert.equal(await set(null), 'EBUSY');
      assert.equal(await set(null, { mode: 'native' }), 'EBUSY');
      assert.equal((await query()).programId, one.id);
    },
  },
  {
    id: 'xdp.netlink-over-other-mode',
    rules: ['xdp.native-and-generic'],
    title: 'netlink over a link in the other mode is EEXIST, either way round',
    source: ATTACH,
    async run(world) {
      const { link, set, one, two } = await setUpXdp(world);
      const device = world.otherDevice;
      await link(one);
      assert.equal(await set(two, { mode: 'generic' }), 'EEXIST');
      await link(one, { device, mode: 'generic' });
      assert.equal(await set(two, { device }), 'EEXIST');
      assert.equal(await set(two, { device, mode: 'native' }), 'EEXIST');
    },
  },
  {
    id: 'xdp.netlink-off-other-mode',
    rules: ['xdp.netlink', 'xdp.native-and-generic'],
    title: 'switching off the mode that a link is not in succeeds and changes nothing, either way round',
    source: ATTACH,
    async run(world) {
      const { link, set, query, one } = await setUpXdp(world);
      const device = world.otherDevice;
      await link(one);
      assert.equal(await set(null, { mode: 'generic' }), 'ok');
      assert.deepEqual(await query(), { programId: one.id, mode: 'native' });
      await link(one, { device, mode: 'generic' });
      assert.equal(await set(null, { device }), 'ok');
      assert.deepEqual(await query(device), { programId: one.id, mode: 'generic' });
    },
  },
  {
    id: 'xdp.netlink-both-modes',
    rules: ['xdp.native-and-generic'],
    title: 'native and generic by netlink together are EEXIST, either way round',
    source: ATTACH,
    async run(world) {
      const { set, one, two } = await setUpXdp(world);
      const device = world.otherDevice;
      await set(one);
      assert.equal(await set(two, { mode: 'generic' }), 'EEXIST');
      await set(one, { device, mode: 'generic' });
      assert.equal(await set(two, { device, mode: 'native' }), 'EEXIST');
      assert.equal(await set(two, { device }), 'EEXIST');
    },
  },
  {
    id: 'xdp.netlink-off-by-mode',
    rules: ['xdp.netlink', 'xdp.native-and-generic'],
    title: 'generic XDP of a driver that has its own is switched off by its name alone',
    source: 'net/core/dev.c, dev_xdp_mode',
    async run(world) {
      const { set, one, two } = await setUpXdp(world);
      await set(one, { mode: 'generic' });
      assert.equal(await set(null), 'ok');
      assert.equal(await set(two), 'EEXIST');
      assert.equal(await set(null, { mode: 'generic' }), 'ok');
      assert.equal(await set(two), 'ok');
    },
  },
  {
    id: 'xdp.if-no-exist',
    rules: ['xdp.if-no-exist'],
    title: '"if no exist" attaches to a free device and is EBUSY on an occupied one',
    source: ATTACH,
    async run(world) {
      const { set, query, one, two } = await setUpXdp(world);
      assert.equal(await set(one, { ifNoExist: true }), 'ok');
      assert.equal(await set(two, { ifNoExist: true }), 'EBUSY');
      assert.equal((await query()).programId, one.id);
    },
  },
  {
    id: 'xdp.if-no-exist-other-mode',
    rules: ['xdp.if-no-exist', 'xdp.native-and-generic'],
    title: 'a device that is occupied in the other mode is EEXIST, with "if no exist" too',
    source: ATTACH,
    async run(world) {
      const { set, one, two } = await setUpXdp(world);
      await set(one);
      assert.equal(await set(two, { mode: 'generic', ifNoExist: true }), 'EEXIST');
    },
  },
  {
    id: 'xdp.if-no-exist-off',
    rules: ['xdp.if-no-exist'],
    title: 'switching XDP off takes no notice of "if no exist"',
    source: ATTACH,
    async run(world) {
      const { set, query, one } = await setUpXdp(world);
      await set(one);
      assert.equal(await set(null, { ifNoExist: true }), 'ok');
      assert.equal((await query()).programId, undefined);
    },
  },
  {
    id: 'xdp.replace-expected',
    rules: ['xdp.replace'],
    title: 'a replacement that expects the program that is there replaces it',
    source: ATTACH,
    async run(world) {
      const { set, query, one, two } = await setUpXdp(world);
      await set(one);
      assert.equal(await set(two, { expected: one }), 'ok');
      assert.deepEqual(await query(), { programId: two.id, mode: 'native' });
    },
  },
  {
    id: 'xdp.replace-unexpected',
    rules: ['xdp.replace'],
    title: 'a replacement that expects another program is EEXIST, switching off too, and on a free device',
    source: ATTACH,
    async run(world) {
      const { set, query, one, two } = await setUpXdp(world);
      assert.equal(await set(one, { expected: two }), 'EEXIST');
      await set(one);
      assert.equal(await set(two, { expected: two }), 'EEXIST');
      assert.equal(await set(null, { expected: two }), 'EEXIST');
      assert.equal((await query()).programId, one.id);
    },
  },
  {
    id: 'xdp.replace-off',
    rules: ['xdp.replace', 'xdp.netlink'],
    title: 'switching XDP off with the right program to expect switches it off',
    source: ATTACH,
    async run(world) {
      const { set, query, one } = await setUpXdp(world);
      await set(one);
      assert.equal(await set(null, { expected: one }), 'ok');
      assert.equal((await query()).programId, undefined);
    },
  },
  {
    id: 'xdp.netlink-after-link',
    rules: ['lifetime.defunct', 'xdp.busy'],
    title: 'a device whose link was detached by force is free for netlink',
    source: 'net/core/dev.c, bpf_xdp_link_detach, dev_xdp_detach_link',
    async run(world) {
      const { set, query, one, two } = await setUpXdp(world);
      await world.kernel.forceDetach(await attachXdp(world, one));
      assert.equal(await set(two), 'ok');
      assert.equal((await query()).programId, two.id);
    },
  },
];
