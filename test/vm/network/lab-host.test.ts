import { expect, test } from 'vitest';
import { requireCapability } from '../../../src/fixtures/requirements/require.js';
import { createLab } from '../../../src/netns/index.js';
import { Vm } from '../../../src/vm/index.js';
import { findNetworkMistakes } from '../../../src/vm/network/guest-network.js';

test('a guest is a host of a lab, until it ends', { timeout: 60_000 }, async (context) => {
  await requireCapability(context, 'netns');
  await requireCapability(context, 'vm');
  await using lab = await createLab({
    hosts: { client: {}, guest: {} },
    routers: { middle: {} },
    links: { near: { ends: ['client', 'middle'] }, far: { ends: ['middle', 'guest'], wire: true } },
  });
  const { client, guest } = lab.hosts;
  const listInterfaces = () => guest.netns.proc.devices().map((each) => each.interface);
  const [before, { macAddress }] = [listInterfaces(), guest.interface('far')];
  {
    await using vm = await Vm.boot({ memoryMiB: 128, network: [{ in: guest }] });
    await vm.writeFile('/tmp/index.html', 'from the guest');
    await vm.run('httpd', ['-p', '80', '-h', '/tmp']);
    const capture = await lab.links.far.capture({ filter: { protocol: 'tcp', source: guest.address } });
    const response = await client.fetch(`http://${guest.address}/index.html`);
    expect(await response.text()).toBe('from the guest');
    const [first] = await capture.frames();
    expect(first?.ethernet?.source).toBe(macAddress);
    await capture.stop();
    {
      using _cut = lab.links.far.impair({ aToB: { lossPercent: 100 } });
      expect(await client.probe(guest, { timeoutMs: 300 })).toMatchObject({ reached: false });
    }
    expect(await client.probe(guest)).toMatchObject({ reached: true });
    // The other way, through the router, by the routes that the lab has planned.
    await vm.run('ping', ['-c', '1', '-W', '5', client.address]);
    await expect(vm.snapshot()).rejects.toThrow(
      'vm.snapshot: the machine is a host of a lab: two of it cannot be in one place',
    );
  }
  expect(listInterfaces()).toEqual(before);
  expect(await client.probe(guest)).toMatchObject({ reached: true });
});

test('mistakes of networks are told', async (context) => {
  expect(findNetworkMistakes([])).toEqual(['network must be an array of one { in: host of a lab }; received []']);
  expect(findNetworkMistakes([{ in: 7 }])).toEqual([
    'network[0].in must be a host of a lab, such as lab.hosts.server; received 7',
  ]);
  await requireCapability(context, 'netns');
  await using lab = await createLab({ hosts: { lonely: {} } });
  expect(findNetworkMistakes([{ in: lab.hosts.lonely }])).toEqual([
    'network[0].in is host "lonely", which is on no link',
  ]);
});
