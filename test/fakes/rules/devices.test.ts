import { describe, expect, test } from 'vitest';
import { codeOf } from '../code-of.js';
import { attachTcx, attachXdp, BPFFS, ETH1, expectLink, load, newRuleKernel } from './support.js';

const HOOK = { ifindex: ETH1, direction: 'ingress' } as const;

// net/core/dev.c:unregister_netdevice_many_notify: dev_shutdown (qdiscs), dev_tcx_uninstall, dev_xdp_uninstall
describe('a device that goes', () => {
  test('leaves its links defunct, with their ids, pins and programs', async () => {
    const { kernel, interfaces } = newRuleKernel();
    const [xdp, tcx] = [await load(kernel, 'xdp'), await load(kernel, 'tcx')];
    const links = [await attachXdp(kernel, xdp, ETH1), await attachTcx(kernel, tcx, HOOK)];
    for (const link of links) await kernel.pin(link, `${BPFFS}/link_${link.id}`);
    interfaces.remove('eth1');
    for (const link of links) {
      await expectLink(kernel, link.id, { attached: false, ifindex: 0, programId: link.programId });
      expect(await codeOf(kernel.open(`${BPFFS}/link_${link.id}`))).toBe('ok');
      expect(await codeOf(kernel.updateLink(link, link.programId))).toBe('ENOLINK');
      expect(await codeOf(kernel.forceDetach(link))).toBe('ok');
    }
  });

  test('lets go of programs that were attached without a link', async () => {
    const { kernel, interfaces } = newRuleKernel();
    await kernel.createClsact({ ifindex: ETH1 });
    const [xdp, tcx, tc] = [await load(kernel, 'xdp'), await load(kernel, 'tcx'), await load(kernel, 'tc')];
    await kernel.setXdp({ program: xdp, ifindex: ETH1 });
    await kernel.attachTcxProgram({ ...HOOK, program: tcx });
    await kernel.addFilter({ ...HOOK, program: tc });
    for (const program of [xdp, tcx, tc]) await program.close();
    expect(await kernel.programs()).toHaveLength(3);
    interfaces.remove('eth1');
    expect(await kernel.programs()).toEqual([]);
  });

  test('is missing from then on: ENODEV, and EINVAL for an XDP link', async () => {
    const { kernel, interfaces } = newRuleKernel();
    interfaces.remove('eth1');
    expect(await codeOf(kernel.createClsact({ ifindex: ETH1 }))).toBe('ENODEV');
    expect(await codeOf(kernel.queryTcx(HOOK))).toBe('ENODEV');
    expect(await codeOf(attachXdp(kernel, (await load(kernel, 'xdp')).id, ETH1))).toBe('EINVAL');
  });

  test('does not come back with its index: the new device is empty and old links stay defunct', async () => {
    const { kernel, interfaces } = newRuleKernel();
    const program = await load(kernel, 'xdp');
    const old = await attachXdp(kernel, program, ETH1);
    await kernel.createClsact({ ifindex: ETH1 });
    interfaces.remove('eth1');
    interfaces.add('eth1', { index: ETH1 });
    await expectLink(kernel, old.id, { attached: false });
    expect(await codeOf(kernel.deleteClsact({ ifindex: ETH1 }))).toBe('ENOENT');
    const fresh = await attachXdp(kernel, program, ETH1);
    await old.close();
    expect(await kernel.queryXdp({ ifindex: ETH1 })).toMatchObject({ linkId: fresh.id });
  });

  test('that is renamed or set down keeps everything', async () => {
    const { kernel, interfaces } = newRuleKernel();
    const link = await attachXdp(kernel, await load(kernel, 'xdp'), ETH1);
    interfaces.rename('eth1', 'wan0');
    interfaces.setDown('wan0');
    await expectLink(kernel, link.id, { attached: true, ifindex: ETH1 });
  });
});

describe('network namespaces', () => {
  const BLUE = '/run/netns/blue';

  // kernel/bpf/tcx.c and net/core/dev.c look indexes up in current->nsproxy->net_ns
  test('an index means a device of the namespace of the caller', async () => {
    const { kernel, interfaces, process } = newRuleKernel();
    interfaces.addNetns(BLUE);
    interfaces.add('veth0', { netns: BLUE, index: ETH1 });
    const program = await load(kernel, 'tcx', { pinPath: `${BPFFS}/app` });
    await kernel.attachTcxProgram({ ...HOOK, program });
    const blue = process({ netns: BLUE });
    expect((await blue.queryTcx(HOOK)).programs).toEqual([]);
    expect(await codeOf(blue.queryTcx({ ...HOOK, ifindex: 2 }))).toBe('ENODEV');
    expect(await codeOf(blue.attachTcxProgram({ ...HOOK, program: program.id }))).toBe('ok');
    expect((await kernel.queryTcx({ ...HOOK, netns: BLUE })).programs).toHaveLength(1);
  });

  test('a link tells the namespace of its device', async () => {
    const { kernel, interfaces } = newRuleKernel();
    interfaces.addNetns(BLUE);
    interfaces.add('veth0', { netns: BLUE, index: 7 });
    const program = await load(kernel, 'xdp');
    const link = await kernel.attach({ type: 'xdp', program, ifindex: 7, netns: BLUE });
    await expectLink(kernel, link.id, { ifindex: 7, netns: await interfaces.netnsInode(BLUE), attached: true });
  });

  test('a namespace that goes takes its devices, and leaves links defunct', async () => {
    const { kernel, interfaces } = newRuleKernel();
    interfaces.addNetns(BLUE);
    interfaces.add('veth0', { netns: BLUE, index: 7 });
    const [linked, attached] = [await load(kernel, 'xdp'), await load(kernel, 'tcx')];
    const link = await kernel.attach({ type: 'xdp', program: linked, ifindex: 7, netns: BLUE });
    await kernel.attachTcxProgram({ ifindex: 7, direction: 'egress', netns: BLUE, program: attached });
    await attached.close();
    interfaces.removeNetns(BLUE);
    await expectLink(kernel, link.id, { attached: false, ifindex: 0 });
    expect(await codeOf(kernel.programById(attached.id))).toBe('ENOENT');
  });
});
