import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KernelError } from '../../../src/core/kernel-error.js';
import { decodeAddress } from '../../../src/netns/netlink/address.js';
import { encodeAddAddress } from '../../../src/netns/netlink/address-requests.js';
import { encodeCreateBridge } from '../../../src/netns/netlink/bridge.js';
import { encodeSetBridgePort } from '../../../src/netns/netlink/bridge-port.js';
import { decodeBridgeMulticastStatistics } from '../../../src/netns/netlink/bridge-statistics.js';
import { decodeBpfFilters, decodeFilter, encodeAddFilter } from '../../../src/netns/netlink/filters.js';
import { decodeForwardingEntry, encodeAddForwardingEntry } from '../../../src/netns/netlink/forwarding-entries.js';
import { decodeLink } from '../../../src/netns/netlink/link.js';
import { decodeMdbMessage, encodeAddMdbEntry } from '../../../src/netns/netlink/mdb.js';
import { type NetlinkMessage, RTM } from '../../../src/netns/netlink/message.js';
import { decodeMulticastRoute } from '../../../src/netns/netlink/multicast-routes.js';
import { decodeNeighbour, encodeAddNeighbour } from '../../../src/netns/netlink/neighbours.js';
import { decodeNetconf } from '../../../src/netns/netlink/netconf.js';
import { encodeCreateNetem } from '../../../src/netns/netlink/netem.js';
import { decodeNotification } from '../../../src/netns/netlink/notifications.js';
import { decodeNsid } from '../../../src/netns/netlink/nsid.js';
import { decodeQdisc, encodeCreateClsact } from '../../../src/netns/netlink/qdiscs.js';
import { decodeRoute } from '../../../src/netns/netlink/route.js';
import { encodeAddRoute } from '../../../src/netns/netlink/route-requests.js';
import { decodeRule, encodeAddRule } from '../../../src/netns/netlink/rules.js';
import { decodeSocket } from '../../../src/netns/netlink/sock-diag.js';
import { encodeCreateTbf } from '../../../src/netns/netlink/tbf.js';
import { encodeCreateVeth } from '../../../src/netns/netlink/veth.js';
import { encodeCreateVxlan } from '../../../src/netns/netlink/vxlan.js';
import { encodeSetXdp } from '../../../src/netns/netlink/xdp.js';

const decoders = {
  decodeLink,
  decodeFilter,
  decodeQdisc,
  decodeAddress,
  decodeRoute,
  decodeNeighbour,
  decodeForwardingEntry,
  decodeRule,
  decodeMdbMessage,
  decodeNetconf,
  decodeMulticastRoute,
  decodeSocket,
  decodeNsid: (message: NetlinkMessage) => ({ nsid: decodeNsid(message) }),
  decodeBridgeMulticastStatistics: (message: NetlinkMessage) => ({ of: decodeBridgeMulticastStatistics(message) }),
  decodeNotification: (message: NetlinkMessage) =>
    Object.values(RTM).map((type) => {
      try {
        return decodeNotification({ ...message, type });
      } catch (error) {
        expect(error).toMatchObject({ code: 'EBADMSG' });
        return undefined;
      }
    }),
};
const wellFormed = [
  encodeCreateVeth({ name: 'a', macAddress: '02:00:00:00:00:0a', mtuBytes: 1400, peer: { name: 'b' } }),
  encodeSetXdp({ ifindex: 4, programFd: 5, mode: 'native' }),
  encodeAddFilter({ ifindex: 4, direction: 'ingress', programFd: 5, name: 'mine' }),
  encodeCreateClsact({ ifindex: 4 }),
  encodeAddAddress({ ifindex: 4, address: '192.0.2.1', prefixLength: 24, label: 'lo:x' }),
  encodeAddRoute({
    destination: '192.0.2.0/24',
    nexthops: [
      { gateway: '2001:db8::1', ifindex: 4 },
      { gateway: '192.0.2.1', ifindex: 5 },
    ],
  }),
  encodeAddNeighbour({ ifindex: 4, address: '192.0.2.1', macAddress: '02:00:00:00:00:0a' }),
  encodeAddForwardingEntry({ ifindex: 4, macAddress: '02:00:00:00:00:0a', destination: '192.0.2.1' }),
  encodeAddRule({ family: 'ipv4', from: '192.0.2.0/24', table: 7 }),
  encodeAddMdbEntry({ bridgeIndex: 4, portIndex: 5, group: '239.1.2.3', source: '192.0.2.1' }),
  encodeCreateBridge({ name: 'br0', stp: true, forwardDelayMs: 4000, multicastQueryIntervalMs: 1000 }),
  encodeSetBridgePort({ index: 4, state: 'learning', pathCost: 4 }),
  encodeCreateVxlan({ name: 'vx', id: 7, remote: '2001:db8::1' }),
  encodeCreateNetem({ ifindex: 4, delayMs: 5, rateBitsPerSecond: 8000, seed: 7n }),
  encodeCreateTbf({ ifindex: 4, rateBitsPerSecond: 8000, burstBytes: 2000 }),
];

/** Good messages with some bytes changed and the end cut off, and bytes that never were a message. */
const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .record({
      request: fc.constantFrom(...wellFormed),
      changes: fc.array(fc.tuple(fc.nat({ max: 120 }), fc.nat({ max: 255 })), { maxLength: 4 }),
      length: fc.nat({ max: 120 }),
    })
    .map(({ request, changes, length }) => {
      const bytes = request.payload.slice(0, length);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    }),
);

it.each(Object.entries(decoders))('%s reads any bytes, or says that they are no such message', (_name, decode) => {
  fc.assert(
    fc.property(payloads, (payload) => {
      const message: NetlinkMessage = { type: 44, flags: 0, sequence: 1, portId: 0, payload };
      try {
        expect(decode(message)).toBeTypeOf('object');
        expect(decodeBpfFilters([message]).length).toBeLessThanOrEqual(1);
      } catch (error) {
        expect(error).toBeInstanceOf(KernelError);
        expect(error).toMatchObject({ code: 'EBADMSG' });
      }
    }),
    { numRuns: 500 },
  );
});
