import fc from 'fast-check';
import { expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { LinkFirewall } from '../../../src/netns/netfilter/link-firewall.js';
import { matchesFrame } from '../../../src/netns/packet-filter/match.js';
import { PacketSocket } from '../../../src/netns/packet-socket.js';
import { PrivateNetIfaceResolver } from '../../../src/netns/private-net-iface-resolver.js';
import { Frame } from '../../../src/netns/wire/frame.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { filters, wholeFrames } from '../packet-filter/arbitrary-frames.js';

needsNamespaces();

const TAGS = [0x8100, 0x88a8];

/** What nf_tables looks into as a packet filter does: it takes one VLAN tag away, and not a second. */
function isPlain(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return !(TAGS.includes(view.getUint16(12)) && TAGS.includes(view.getUint16(16)));
}

test('a rule of the kernel takes what a packet filter takes in JavaScript, and counts it once', async () => {
  const interfaces = keep(new PrivateNetIfaceResolver());
  const netns = interfaces.netns();
  // IPv6 would look for routers and tell of its groups on an interface that is up, and rules would count that too.
  interfaces.peers.sysctl.write('net.ipv6.conf.default.disable_ipv6', 1);
  const { name: device, index: ifindex } = interfaces.add('silent');
  using sender = new PacketSocket({ netns: interfaces.peers, ifindex });
  using marks = new PacketSocket({ netns, ifindex, etherType: 0x88b6 });
  const mark = Uint8Array.from([...new Uint8Array(6).fill(0xff), 2, 0, 0, 0, 0, 2, 0x88, 0xb6, ...new Uint8Array(50)]);
  const firewall = new LinkFirewall('cable', [
    { netns, device },
    { netns, device },
  ]);
  const some = fc.sample(wholeFrames, { numRuns: 100, seed: 1 }).filter(isPlain);
  let matches = 0;
  for (const filter of fc.sample(filters, { numRuns: 80, seed: 2 })) {
    // An empty one would take the mark too; for the other see `matchFilter`.
    if (Object.keys(filter).length === 0 || Object.values(filter).includes(0)) continue;
    using rule = firewall.drop(filter, { direction: 'aToB' });
    for (const frame of some) sender.send(frame);
    sender.send(mark);
    await until(() => marks.receive().length > 0);
    const expected = some.filter((bytes) => matchesFrame(filter, new Frame(bytes))).length;
    expect(rule.packets, JSON.stringify(filter)).toBe(expected);
    matches += expected;
  }
  expect(matches).toBeGreaterThan(100);
});
