import assert from 'node:assert/strict';
import type { DeviceRef } from '../../kernel/attach.js';
import type { ContractCase } from '../contract-case.js';
import { attachTcx, attachXdp, codeOf, findLink, hasProgram, letGo, load, tcxOrder, untilGone } from './support.js';

const REMOVED = 'net/core/dev.c, unregister_netdevice_many_notify';

const ingressOf = (device: DeviceRef) => ({ ...device, direction: 'ingress' }) as const;

/** Devices that go with what is on them, and devices of other network namespaces. */
export const DEVICE_CASES: readonly ContractCase[] = [
  {
    id: 'lifetime.device-xdp-link',
    rules: ['lifetime.device-removed'],
    title: 'a device that goes leaves its XDP link defunct, with its id and its program',
    source: 'net/core/dev.c, dev_xdp_uninstall, bpf_xdp_link_fill_link_info',
    async run(world) {
      const device = await world.addDevice();
      const link = await attachXdp(world, await load(world, 'xdp'), device);
      await world.removeDevice(device);
      const expected = { attached: false, ifindex: 0, programId: link.programId };
      assert.partialDeepStrictEqual(await findLink(world.kernel, link.id), expected);
    },
  },
  {
    id: 'lifetime.device-tcx-link',
    rules: ['lifetime.device-removed'],
    title: 'a device that goes leaves its TCX link defunct, with its id and its program',
    source: 'kernel/bpf/tcx.c, tcx_uninstall, tcx_link_fill_info',
    since: '6.6',
    async run(world) {
      const device = await world.addDevice();
      const link = await attachTcx(world, await load(world, 'tcx'), ingressOf(device));
      await world.removeDevice(device);
      const expected = { attached: false, ifindex: 0, programId: link.programId };
      assert.partialDeepStrictEqual(await findLink(world.kernel, link.id), expected);
    },
  },
  {
    id: 'lifetime.device-pinned-link',
    rules: ['lifetime.device-removed'],
    title: 'the pin of a link stays when its device goes, and opens the defunct link',
    source: REMOVED,
    async run(world) {
      const device = await world.addDevice();
      const link = await attachXdp(world, await load(world, 'xdp'), device);
      await world.kernel.pin(link, `${world.bpffs}/link`);
      await world.removeDevice(device);
      const opened = await world.kernel.open(`${world.bpffs}/link`);
      assert.partialDeepStrictEqual(opened, { kind: 'link', id: link.id, attached: false });
    },
  },
  {
    id: 'lifetime.device-defunct-calls',
    rules: ['lifetime.device-removed', 'links.update-wrong-old', 'lifetime.defunct'],
    title: 'a link whose device went is ENOLINK to update, and can be detached',
    source: 'net/core/dev.c, bpf_xdp_link_update, bpf_xdp_link_detach',
    async run(world) {
      const device = await world.addDevice();
      const [one, two] = [await load(world, 'xdp'), await load(world, 'xdp')];
      const link = await attachXdp(world, one, device);
      await world.removeDevice(device);
      assert.equal(await codeOf(world.kernel.updateLink(link, two)), 'ENOLINK');
      assert.equal(await codeOf(world.kernel.forceDetach(link)), 'ok');
    },
  },
  {
    id: 'lifetime.device-programs',
    rules: ['lifetime.device-removed', 'lifetime.references'],
    title: 'a device that goes lets go of its XDP program by netlink and of its filter’s',
    source: `${REMOVED}: dev_shutdown, dev_xdp_uninstall`,
    async run(world) {
      const { kernel } = world;
      const device = await world.addDevice();
      const [xdp, tc] = [await load(world, 'xdp'), await load(world, 'tc')];
      await kernel.createClsact(device);
      await kernel.setXdp({ ...device, program: xdp });
      await kernel.addFilter({ ...ingressOf(device), program: tc });
      const ids = [await letGo(xdp), await letGo(tc)];
      for (const id of ids) assert.equal(await hasProgram(kernel, id), true);
      await world.removeDevice(device);
      for (const id of ids) await untilGone(world, 'program', id);
    },
  },
  {
    id: 'lifetime.device-tcx-programs',
    rules: ['lifetime.device-removed', 'lifetime.references'],
    title: 'a device that goes lets go of its TCX programs without a link',
    source: 'kernel/bpf/tcx.c, tcx_uninstall',
    since: '6.6',
    async run(world) {
      const device = await world.addDevice();
      const program = await load(world, 'tcx');
      await world.kernel.attachTcxProgram({ ...ingressOf(device), program });
      const id = await letGo(program);
      assert.equal(await hasProgram(world.kernel, id), true);
      await world.removeDevice(device);
      await untilGone(world, 'program', id);
    },
  },
  {
    id: 'lifetime.device-gone',
    rules: ['lifetime.device-removed', 'xdp.missing-device', 'tc.clsact'],
    title: 'a device that went is missing: ENODEV, and EINVAL for an XDP link',
    source: REMOVED,
    async run(world) {
      const { kernel } = world;
      const device = await world.addDevice();
      const program = await load(world, 'xdp');
      await world.removeDevice(device);
      assert.equal(await codeOf(kernel.createClsact(device)), 'ENODEV');
      assert.equal(await codeOf(kernel.setXdp({ ...device, program })), 'ENODEV');
      assert.equal(await codeOf(attachXdp(world, program, device)), 'EINVAL');
    },
  },
  {
    id: 'lifetime.device-new',
    rules: ['lifetime.device-removed'],
    title: 'a device that comes after is empty, and the links of the old one stay defunct',
    source: REMOVED,
    async run(world) {
      const { kernel } = world;
      const old = await world.addDevice();
      const program = await load(world, 'xdp');
      await kernel.createClsact(old);
      const defunct = await attachXdp(world, program, old);
      await world.removeDevice(old);
      const device = await world.addDevice();
      assert.equal(await codeOf(kernel.deleteClsact(device)), 'ENOENT');
      const { id } = await attachXdp(world, program, device);
      await defunct.close();
      assert.equal((await kernel.queryXdp(device)).linkId, id);
    },
  },
  {
    id: 'lifetime.device-others',
    rules: ['lifetime.device-removed'],
    title: 'a device that goes leaves what is on others',
    source: REMOVED,
    async run(world) {
      const device = await world.addDevice();
      const program = await load(world, 'xdp');
      await attachXdp(world, program, device);
      const { id } = await attachXdp(world, program);
      await world.removeDevice(device);
      const expected = { attached: true, ifindex: world.device.ifindex };
      assert.partialDeepStrictEqual(await findLink(world.kernel, id), expected);
    },
  },
  {
    id: 'lifetime.netns-index',
    rules: ['lifetime.netns'],
    title: 'an index means a device of the network namespace of the caller',
    source: 'net/core/dev.c, bpf_xdp_link_attach; net/core/rtnetlink.c, rtnl_setlink',
    needs: ['netnsPaths'],
    async run(world) {
      const { path, device } = await world.addNetns();
      const { ifindex } = device;
      const program = await load(world, 'xdp');
      await world.kernel.setXdp({ ...device, program });
      const inside = world.process({ netns: path });
      assert.equal((await inside.queryXdp({ ifindex })).programId, program.id);
      assert.equal((await world.kernel.queryXdp(device)).programId, program.id);
      assert.equal((await world.kernel.queryXdp(world.device)).programId, undefined);
    },
  },
  {
    id: 'lifetime.netns-tcx',
    rules: ['lifetime.netns'],
    title: 'a TCX hook is that of a device of the network namespace of the caller, or of the one that is named',
    source: 'kernel/bpf/tcx.c, tcx_prog_attach (current->nsproxy->net_ns)',
    since: '6.6',
    needs: ['netnsPaths'],
    async run(world) {
      const { path, device } = await world.addNetns();
      const hook = ingressOf({ ifindex: device.ifindex });
      const program = await load(world, 'tcx');
      await world.kernel.pin(program, `${world.bpffs}/program`);
      const inside = world.process({ netns: path });
      const opened = await inside.open(`${world.bpffs}/program`);
      assert.ok(opened.kind === 'program');
      await inside.attachTcxProgram({ ...hook, program: opened });
      assert.deepEqual(await tcxOrder(world, ingressOf(device)), [program.id]);
      assert.deepEqual(await tcxOrder(world), []);
    },
  },
  {
    id: 'lifetime.netns-link',
    rules: ['lifetime.netns'],
    title: 'a link tells its network namespace: links of one tell the same, links of another do not',
    source: 'kernel/bpf/tcx.c, tcx_link_fill_info',
    since: '6.6',
    needs: ['netnsPaths'],
    async run(world) {
      const { device } = await world.addNetns();
      const program = await load(world, 'tcx');
      const netnsOf = async (place: DeviceRef) => {
        const { id } = await attachTcx(world, program, ingressOf(place));
        return (await findLink(world.kernel, id))?.netns;
      };
      const [own, beside, other] = [
        await netnsOf(world.device),
        await netnsOf(world.otherDevice),
        await netnsOf(device),
      ];
      assert.ok(own !== undefined && own > 0);
      assert.equal(beside, own);
      assert.ok(other !== undefined && other > 0);
      assert.notEqual(other, own);
    },
  },
];
