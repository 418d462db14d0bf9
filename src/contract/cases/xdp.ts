import assert from 'node:assert/strict';
import type { ContractCase } from '../contract-case.js';
import { attachXdp, codeOf, findLink, hasProgram, letGo, load, NO_DEVICE, untilGone } from './support.js';
import {
  setUpXdp,
  UNKNOWN_XDP_FLAG,
  XDP_FLAGS_DRV_MODE,
  XDP_FLAGS_HW_MODE,
  XDP_FLAGS_REPLACE,
  XDP_FLAGS_SKB_MODE,
  XDP_FLAGS_UPDATE_IF_NOEXIST,
} from './xdp-bench.js';

const ATTACH = 'net/core/dev.c, dev_xdp_attach';
const UPDATE = 'net/core/dev.c, bpf_xdp_link_update';

/** XDP links, alone on their device or over what is there. */
export const XDP_CASES: readonly ContractCase[] = [
  {
    id: 'xdp.no-device',
    rules: ['xdp.missing-device'],
    title: 'an XDP link on a device that there is not is EINVAL',
    source: 'net/core/dev.c, bpf_xdp_link_attach',
    async run(world) {
      const { link, one } = await setUpXdp(world);
      assert.equal(await link(one, { device: NO_DEVICE }), 'EINVAL');
    },
  },
  {
    id: 'xdp.other-type',
    rules: ['xdp.program-type'],
    title: 'an XDP link with a program of another type is EINVAL, on an occupied device too',
    source: 'kernel/bpf/syscall.c, link_create (bpf_prog_attach_check_attach_type)',
    async run(world) {
      const { link, one } = await setUpXdp(world);
      const tc = await load(world, 'tc');
      assert.equal(await link(tc), 'EINVAL');
      await link(one);
      assert.equal(await link(tc), 'EINVAL');
    },
  },
  {
    id: 'xdp.link-listed',
    rules: ['xdp.busy'],
    title: 'an XDP link tells its device and its program, and the device tells them',
    source: 'net/core/dev.c, bpf_xdp_link_fill_link_info',
    async run(world) {
      const program = await load(world, 'xdp');
      const link = await attachXdp(world, program);
      const { ifindex } = world.device;
      const expected = { type: 'xdp', programId: program.id, attached: true, ifindex };
      assert.partialDeepStrictEqual(await findLink(world.kernel, link.id), expected);
      const { programId, linkId } = await world.kernel.queryXdp(world.device);
      assert.deepEqual({ programId, linkId }, { programId: program.id, linkId: link.id });
    },
  },
  {
    id: 'xdp.link-close',
    rules: ['lifetime.last-handle', 'xdp.busy'],
    title: 'closing the last handle of an XDP link frees the device at once, in either mode',
    source: 'net/core/dev.c, bpf_xdp_link_release',
    async run(world) {
      const { link, query, one, two } = await setUpXdp(world);
      for (const mode of ['native', 'generic'] as const) {
        const closed = await world.kernel.attach({ type: 'xdp', program: one, ...world.device, mode });
        await closed.close();
        assert.deepEqual(await query(), { programId: undefined, mode: undefined });
      }
      assert.equal(await link(two), 'ok');
    },
  },
  {
    id: 'xdp.link-flags',
    rules: ['xdp.modes', 'links.flags'],
    title: 'an XDP link with flags beyond the modes is EINVAL: "if no exist", "replace", and an unknown bit',
    source: ATTACH,
    async run(world) {
      const { link, one } = await setUpXdp(world);
      for (const flags of [XDP_FLAGS_UPDATE_IF_NOEXIST, XDP_FLAGS_REPLACE, UNKNOWN_XDP_FLAG]) {
        assert.equal(await link(one, { flags }), 'EINVAL');
        assert.equal(await link(one, { flags, mode: 'native' }), 'EINVAL');
      }
    },
  },
  {
    id: 'xdp.link-two-modes',
    rules: ['xdp.modes'],
    title: 'an XDP link in two modes is EINVAL, whichever',
    source: ATTACH,
    async run(world) {
      const { link, one } = await setUpXdp(world);
      assert.equal(await link(one, { mode: 'native', flags: XDP_FLAGS_SKB_MODE }), 'EINVAL');
      assert.equal(await link(one, { mode: 'generic', flags: XDP_FLAGS_HW_MODE }), 'EINVAL');
      assert.equal(await link(one, { flags: XDP_FLAGS_DRV_MODE | XDP_FLAGS_HW_MODE }), 'EINVAL');
      assert.equal(await link(one), 'ok');
    },
  },
  {
    id: 'xdp.flags-before-busy',
    rules: ['xdp.modes', 'xdp.busy'],
    title: 'bad flags of an XDP link are found before the link that is there',
    source: ATTACH,
    async run(world) {
      const { link, one, two } = await setUpXdp(world);
      await link(one);
      assert.equal(await link(two, { flags: XDP_FLAGS_REPLACE }), 'EINVAL');
      assert.equal(await link(two, { mode: 'native', flags: XDP_FLAGS_SKB_MODE }), 'EINVAL');
    },
  },
  {
    id: 'xdp.mode-bits',
    rules: ['xdp.modes'],
    title: 'the bit of a mode alone is that mode',
    source: 'net/core/dev.c, dev_xdp_mode',
    async run(world) {
      const { link, query, one } = await setUpXdp(world);
      assert.equal(await link(one, { flags: XDP_FLAGS_SKB_MODE }), 'ok');
      assert.equal((await query()).mode, 'generic');
    },
  },
  {
    id: 'xdp.default-native',
    rules: ['xdp.no-native'],
    title: 'without a wish XDP runs in the driver where it has XDP',
    source: 'net/core/dev.c, dev_xdp_mode',
    async run(world) {
      const { link, query, one } = await setUpXdp(world);
      assert.equal(await link(one), 'ok');
      assert.deepEqual(await query(), { programId: one.id, mode: 'native' });
    },
  },
  {
    id: 'xdp.default-generic',
    rules: ['xdp.no-native'],
    title: 'without a wish XDP is generic where the driver has no XDP',
    source: 'net/core/dev.c, dev_xdp_mode',
    async run(world) {
      const { link, query, one } = await setUpXdp(world);
      const device = world.genericDevice;
      assert.equal(await link(one, { device }), 'ok');
      assert.deepEqual(await query(device), { programId: one.id, mode: 'generic' });
    },
  },
  {
    id: 'xdp.no-driver',
    rules: ['xdp.no-native'],
    title: 'a native XDP link where the driver has no XDP is EOPNOTSUPP',
    source: ATTACH,
    async run(world) {
      const { link, one } = await setUpXdp(world);
      assert.equal(await link(one, { device: world.genericDevice, mode: 'native' }), 'EOPNOTSUPP');
    },
  },
  {
    id: 'xdp.generic-busy',
    rules: ['xdp.no-native', 'xdp.busy'],
    title: 'where there is only generic XDP, no wish and generic are one mode: EBUSY',
    source: ATTACH,
    async run(world) {
      const { link, one, two } = await setUpXdp(world);
      const device = world.genericDevice;
      assert.equal(await link(one, { device, mode: 'generic' }), 'ok');
      assert.equal(await link(two, { device }), 'EBUSY');
    },
  },
  {
    id: 'xdp.offload',
    rules: ['xdp.map-programs'],
    title: 'an XDP link to the card with a program that was not loaded for it is EINVAL',
    source: ATTACH,
    async run(world) {
      const { link, one } = await setUpXdp(world);
      assert.equal(await link(one, { mode: 'offload' }), 'EINVAL');
    },
  },
  {
    id: 'xdp.map-program',
    rules: ['xdp.map-programs'],
    title: 'an XDP link with a program for a devmap or cpumap is EINVAL',
    source: ATTACH,
    async run(world) {
      const { link } = await setUpXdp(world);
      assert.equal(await link(await load(world, 'xdp', { xdpTarget: 'devmap' })), 'EINVAL');
      assert.equal(await link(await load(world, 'xdp', { xdpTarget: 'cpumap' })), 'EINVAL');
    },
  },
  {
    id: 'xdp.map-program-late',
    rules: ['xdp.map-programs', 'xdp.busy'],
    title: 'a program for a devmap is found after the link that is there',
    source: ATTACH,
    async run(world) {
      const { link, set, one } = await setUpXdp(world);
      const devmap = await load(world, 'xdp', { xdpTarget: 'devmap' });
      await link(one);
      assert.equal(await link(devmap), 'EBUSY');
      assert.equal(await set(devmap), 'EBUSY');
    },
  },
  {
    id: 'xdp.map-program-without-driver',
    rules: ['xdp.map-programs', 'xdp.no-native'],
    title:
      'a program for a devmap where the driver has no XDP is EINVAL or EOPNOTSUPP, as the update of the kernel has it',
    source: ATTACH,
    async run(world) {
      const { link, query } = await setUpXdp(world);
      const device = world.genericDevice;
      const devmap = await load(world, 'xdp', { xdpTarget: 'devmap' });
      const code = await link(devmap, { device, mode: 'native' });
      assert.ok(['EINVAL', 'EOPNOTSUPP'].includes(code), code);
      assert.equal(await link(devmap, { device, mode: 'generic' }), 'EINVAL');
      assert.equal((await query(device)).programId, undefined);
    },
  },
  {
    id: 'xdp.native-over-generic-without-driver',
    rules: ['xdp.native-and-generic', 'xdp.no-native'],
    title:
      'native XDP over generic where the driver has none is EEXIST or EOPNOTSUPP, as the update of the kernel has it',
    source: ATTACH,
    async run(world) {
      const { link, query, one, two } = await setUpXdp(world);
      const device = world.genericDevice;
      await link(one, { device, mode: 'generic' });
      const code = await link(two, { device, mode: 'native' });
      assert.ok(['EEXIST', 'EOPNOTSUPP'].includes(code), code);
      assert.equal((await query(device)).programId, one.id);
    },
  },
  {
    id: 'xdp.link-over-link',
    rules: ['xdp.busy'],
    title: 'a link over a link in its mode is EBUSY, with the same program too',
    source: ATTACH,
    async run(world) {
      const { link, query, one, two } = await setUpXdp(world);
      assert.equal(await link(one), 'ok');
      assert.equal(await link(two), 'EBUSY');
      assert.equal(await link(one), 'EBUSY');
      assert.equal((await query()).programId, one.id);
    },
  },
  {
    id: 'xdp.link-over-other-mode',
    rules: ['xdp.native-and-generic'],
    title: 'a link over a link in the other mode is EEXIST, either way round',
    source: ATTACH,
    async run(world) {
      const { link, one, two } = await setUpXdp(world);
      const device = world.otherDevice;
      assert.equal(await link(one), 'ok');
      assert.equal(await link(two, { mode: 'generic' }), 'EEXIST');
      assert.equal(await link(one, { device, mode: 'generic' }), 'ok');
      assert.equal(await link(two, { device, mode: 'native' }), 'EEXIST');
      assert.equal(await link(two, { device }), 'EEXIST');
    },
  },
  {
    id: 'xdp.link-over-netlink',
    rules: ['xdp.busy', 'xdp.native-and-generic'],
    title: 'a link over a program attached by netlink is EBUSY in its mode, EEXIST in the other',
    source: ATTACH,
    async run(world) {
      const { link, set, one, two } = await setUpXdp(world);
      assert.equal(await set(one), 'ok');
      assert.equal(await link(two), 'EBUSY');
      assert.equal(await link(one), 'EBUSY');
      assert.equal(await link(two, { mode: 'generic' }), 'EEXIST');
    },
  },
  {
    id: 'xdp.devices-apart',
    rules: ['xdp.busy'],
    title: 'XDP of two devices is apart: the same program goes on both',
    source: ATTACH,
    async run(world) {
      const { link, query, one } = await setUpXdp(world);
      assert.equal(await link(one), 'ok');
      assert.equal(await link(one, { device: world.otherDevice }), 'ok');
      assert.equal((await query(world.otherDevice)).programId, one.id);
    },
  },
  {
    id: 'xdp.update',
    rules: ['xdp.update'],
    title: 'an update puts the new program in the place of the old one and keeps the link',
    source: UPDATE,
    async run(world) {
      const { query, one, two } = await setUpXdp(world);
      const link = await attachXdp(world, one);
      await world.kernel.updateLink(link, two, { expected: one });
      assert.partialDeepStrictEqual(await findLink(world.kernel, link.id), { programId: two.id, attached: true });
      assert.deepEqual(await query(), { programId: two.id, mode: 'native' });
    },
  },
  {
    id: 'xdp.update-same',
    rules: ['xdp.update'],
    title: 'an update to the program that is there succeeds',
    source: UPDATE,
    async run(world) {
      const { query, one } = await setUpXdp(world);
      const link = await attachXdp(world, one);
      assert.equal(await codeOf(world.kernel.updateLink(link, one)), 'ok');
      assert.equal((await query()).programId, one.id);
    },
  },
  {
    id: 'xdp.update-lets-go',
    rules: ['xdp.update', 'lifetime.link-holds-program'],
    title: 'an update lets go of the old program and holds the new one',
    source: UPDATE,
    async run(world) {
      const { one, two } = await setUpXdp(world);
      const link = await attachXdp(world, one);
      const old = await letGo(one);
      await world.kernel.updateLink(link, two);
      const fresh = await letGo(two);
      await untilGone(world, 'program', old);
      assert.equal(await hasProgram(world.kernel, fresh), true);
    },
  },
  {
    id: 'xdp.update-expected',
    rules: ['links.update-wrong-old', 'xdp.update'],
    title: 'an update that expects another program is EPERM, to the same program too, and before the type is looked at',
    source: UPDATE,
    async run(world) {
      const { one, two } = await setUpXdp(world);
      const { kernel } = world;
      const link = await attachXdp(world, one);
      assert.equal(await codeOf(kernel.updateLink(link, two, { expected: two })), 'EPERM');
      assert.equal(await codeOf(kernel.updateLink(link, one, { expected: two })), 'EPERM');
      assert.equal(await codeOf(kernel.updateLink(link, await load(world, 'tc'), { expected: two })), 'EPERM');
    },
  },
  {
    id: 'xdp.update-type',
    rules: ['xdp.update', 'xdp.program-type'],
    title: 'an update of an XDP link to a program of another type is EINVAL',
    source: UPDATE,
    async run(world) {
      const { query, one } = await setUpXdp(world);
      const link = await attachXdp(world, one);
      assert.equal(await codeOf(world.kernel.updateLink(link, await load(world, 'tc'))), 'EINVAL');
      assert.equal((await query()).programId, one.id);
    },
  },
  {
    id: 'xdp.update-map-program',
    rules: ['xdp.update', 'xdp.map-programs'],
    title: 'an update to a program for a devmap is EINVAL',
    source: UPDATE,
    async run(world) {
      const { one } = await setUpXdp(world);
      const link = await attachXdp(world, one);
      const devmap = await load(world, 'xdp', { xdpTarget: 'devmap' });
      assert.equal(await codeOf(world.kernel.updateLink(link, devmap)), 'EINVAL');
    },
  },
  {
    id: 'xdp.defunct',
    rules: ['lifetime.defunct', 'xdp.update'],
    title: 'a forced detach frees the device and leaves the link defunct, with its program; again, it does nothing',
    source: 'net/core/dev.c, bpf_xdp_link_detach',
    async run(world) {
      const { link, one, two } = await setUpXdp(world);
      const defunct = await attachXdp(world, one);
      await world.kernel.forceDetach(defunct);
      const expected = { programId: one.id, attached: false, ifindex: 0 };
      assert.partialDeepStrictEqual(await findLink(world.kernel, defunct.id), expected);
      assert.equal(await link(two), 'ok');
      assert.equal(await codeOf(world.kernel.forceDetach(defunct)), 'ok');
    },
  },
  {
    id: 'xdp.defunct-update',
    rules: ['links.update-wrong-old', 'xdp.update'],
    title: 'an XDP link that is defunct is ENOLINK to update, before the expectation and the type are looked at',
    source: UPDATE,
    async run(world) {
      const { one, two } = await setUpXdp(world);
      const { kernel } = world;
      const link = await attachXdp(world, one);
      await kernel.forceDetach(link);
      assert.equal(await codeOf(kernel.updateLink(link, two)), 'ENOLINK');
      assert.equal(await codeOf(kernel.updateLink(link, one)), 'ENOLINK');
      assert.equal(await codeOf(kernel.updateLink(link, two, { expected: two })), 'ENOLINK');
      assert.equal(await codeOf(kernel.updateLink(link, await load(world, 'tc'))), 'ENOLINK');
    },
  },
];
