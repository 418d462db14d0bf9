import { expect, it } from 'vitest';
import { encodeCreateBridge } from '../../../src/netns/netlink/bridge.js';
import { decodeLinks } from '../../../src/netns/netlink/link.js';
import { decodeLinkCondition } from '../../../src/netns/netlink/link-condition.js';
import { encodeListLinks, encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import { encodeCreateVeth } from '../../../src/netns/netlink/veth.js';
import { createNetns } from '../create-netns.js';

it('tells of links what the whole message tells', () => {
  const netns = createNetns();
  netns.netlink.requestAll([
    encodeCreateBridge({ name: 'switch', index: 10, isUp: true }),
    encodeCreateVeth({ name: 'port', index: 11, queues: 1, peer: { name: 'host', index: 12, queues: 1 } }),
    encodeCreateVeth({ name: 'alone', index: 13, peer: { name: 'down', index: 14 } }),
    encodeSetLink({ index: 11, isUp: true, masterIndex: 10 }),
    encodeSetLink({ index: 12, isUp: true }),
    encodeSetLink({ index: 13, isUp: true }),
  ]);
  const listed = netns.netlink.dump(encodeListLinks());
  const expected = decodeLinks(listed).map((link) => ({
    index: link.index,
    isUp: link.isUp,
    hasCarrier: link.hasCarrier,
    operationalState: link.operationalState,
    portState: link.bridgePort?.state,
  }));

  expect(listed.map(decodeLinkCondition)).toEqual(expected);
  expect(expected).toContainEqual(expect.objectContaining({ index: 13, isUp: true, hasCarrier: false }));
});
