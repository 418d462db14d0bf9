import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeNetIfaceResolver } from '../../../src/fakes/interfaces/fake-net-iface-resolver.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { loadOne } from './support.js';

const BLUE = '/run/netns/blue';
const INDEX = 7;

function setUp() {
  const interfaces = new FakeNetIfaceResolver();
  interfaces.addNetns(BLUE);
  interfaces.add('blue0', { netns: BLUE, index: INDEX });
  interfaces.add('eth1', { index: INDEX });
  return { interfaces, kernel: new FakeKernel({ interfaces }) };
}

test('a device that is renamed or set down keeps its link', async () => {
  const { kernel, interfaces } = setUp();
  const program = await loadOne(kernel, 'xdp');
  const link = await kernel.attach({ type: 'xdp', program, ifindex: INDEX });
  interfaces.rename('eth1', 'wan0');
  interfaces.setDown('wan0');
  expect(await kernel.links()).toMatchObject([{ id: link.id, attached: true, ifindex: INDEX }]);
});

test('a device does not come back with its index: the new one is empty, and old links stay defunct', async () => {
  const { kernel, interfaces } = setUp();
  const program = await loadOne(kernel, 'xdp');
  const old = await kernel.attach({ type: 'xdp', program, ifindex: INDEX });
  await kernel.createClsact({ ifindex: INDEX });
  interfaces.remove('eth1');
  interfaces.add('eth1', { index: INDEX });
  expect(await kernel.links()).toMatchObject([{ id: old.id, attached: false }]);
  expect(await codeOf(kernel.deleteClsact({ ifindex: INDEX }))).toBe('ENOENT');
  const fresh = await kernel.attach({ type: 'xdp', program, ifindex: INDEX });
  await old.close();
  expect(await kernel.queryXdp({ ifindex: INDEX })).toMatchObject({ linkId: fresh.id });
});

test('a network namespace that goes takes its devices, lets go of programs and leaves links defunct', async () => {
  const { kernel, interfaces } = setUp();
  const [linked, attached] = [await loadOne(kernel, 'xdp'), await loadOne(kernel, 'tcx')];
  await kernel.attach({ type: 'xdp', program: linked, ifindex: INDEX, netns: BLUE });
  await kernel.attachTcxProgram({ ifindex: INDEX, direction: 'egress', netns: BLUE, program: attached });
  await attached.close();
  interfaces.removeNetns(BLUE);
  expect(await kernel.links()).toMatchObject([{ attached: false, ifindex: 0 }]);
  expect(await codeOf(kernel.programById(attached.id))).toBe('ENOENT');
});
