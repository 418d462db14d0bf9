import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { encodeAddAltName } from '../../../src/netns/netlink/alt-names.js';
import { AttributeWriter } from '../../../src/netns/netlink/attribute-writer.js';
import { encodeCreateBridge, encodeSetBridge } from '../../../src/netns/netlink/bridge.js';
import { encodeSetBridgePort } from '../../../src/netns/netlink/bridge-port.js';
import { decodeLink } from '../../../src/netns/netlink/link.js';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import {
  encodeCreateDummy,
  encodeCreateMacvlan,
  encodeCreateVlan,
  encodeCreateVrf,
} from '../../../src/netns/netlink/stacked-links.js';
import { encodeCreateVxlan } from '../../../src/netns/netlink/vxlan.js';
import { fromHex, toHex } from './hex.js';
import { linkHeader, tellLink } from './messages.js';

// The bytes are those of iproute2 6.1 (strace), but for the mark on nested attributes, the NUL of a kind, the order, the
// protocol of a VLAN, and what names a port of a bridge.
describe('a request for a kind of link', () => {
  it.each([
    [
      encodeCreateBridge({ name: 'br0', index: 20, stp: false, multicastQuerier: true, forwardDelayMs: 15_000 }),
      'create bridge "br0"',
      `${linkHeader('14000000')} 08000300 62723000 2c001280 0b000100 62726964 67650000 1c000280 08000100 dc050000 08000500 00000000 05001900 01000000`,
    ],
    [
      encodeCreateVxlan({ name: 'vx0', id: 77, remote: '192.0.2.2' }),
      'create vxlan "vx0"',
      `${linkHeader('00000000')} 08000300 76783000 34001280 0a000100 76786c61 6e000000 24000280 08000100 4d000000 08000200 c0000202 05000700 01000000 06000f00 12b50000`,
    ],
    [
      encodeCreateMacvlan({ name: 'mac0', lowerIndex: 10 }),
      'create macvlan "mac0"',
      `${linkHeader('00000000')} 09000300 6d616330 00000000 08000500 0a000000 1c001280 0c000100 6d616376 6c616e00 0c000280 08000100 04000000`,
    ],
    [
      encodeCreateVlan({ name: 'v0.7', lowerIndex: 10, vlanId: 7, isUp: true }),
      'create vlan "v0.7"',
      `${linkHeader('00000000', '01000000', '01000000')} 09000300 76302e37 00000000 08000500 0a000000 24001280 09000100 766c616e 00000000 14000280 06000100 07000000 06000500 81000000`,
    ],
    [
      encodeCreateVrf({ name: 'red', table: 1000 }),
      'create vrf "red"',
      `${linkHeader('00000000')} 08000300 72656400 18001280 08000100 76726600 0c000280 08000100 e8030000`,
    ],
    [
      encodeCreateDummy({ name: 'd0', masterIndex: 3 }),
      'create dummy "d0"',
      `${linkHeader('00000000')} 07000300 64300000 08000a00 03000000 10001280 0a000100 64756d6d 79000000`,
    ],
    [
      encodeSetBridgePort({ index: 11, isolated: true }),
      'change bridge port 11',
      `${linkHeader('0b000000')} 1c001280 0b000400 62726964 67650000 0c000580 05002100 01000000`,
    ],
    [
      encodeSetLink({ index: 4, ipv6AddressGeneration: 'none', isPromiscuous: true, hasArp: true }),
      'change link 4',
      `${linkHeader('04000000', '00010000', '80010000')} 10001a80 0c000a80 05000800 01000000`,
    ],
    [
      encodeAddAltName({ index: 4, altName: 'two' }),
      'give link 4 the name "two" too',
      `${linkHeader('04000000')} 0c003480 08003500 74776f00`,
    ],
  ])('is what ip(8) sends: %#', (request, action, payload) => {
    expect([request.action, toHex(request.payload)]).toEqual([action, payload]);
  });

  it.each([
    [
      () => encodeCreateBridge({ name: 'a/b', forwardDelayMs: 15, stp: 'on' as unknown as boolean, igmpVersion: 1 }),
      [
        'name must have 1 to 15 bytes without "/", ":", "%" or spaces; received "a/b"',
        "forwardDelayMs must be a multiple of 10, the kernel's tick; received 15",
        'stp must be true or false; received "on"',
        'igmpVersion must be an integer from 2 to 3; received 1',
      ],
    ],
    [
      () => encodeSetBridgePort({ index: 0, state: 'open' as 'disabled', priority: 64 }),
      [
        'index must be an integer from 1 to 2147483647; received 0',
        "state must be one of 'disabled', 'listening', 'learning', 'forwarding', 'blocking'; received \"open\"",
        'priority must be an integer from 0 to 63; received 64',
      ],
    ],
    [
      () => encodeCreateVxlan({ name: 'v', id: 2 ** 24, remote: '192.0.2.1', local: '::1', port: 0 }),
      [
        'id must be an integer from 0 to 16777215; received 16777216',
        'remote and local must be of one family; received "192.0.2.1" and "::1"',
        'port must be an integer from 1 to 65535; received 0',
      ],
    ],
    [
      () => encodeCreateVlan({ name: 'v', lowerIndex: 0, vlanId: 4095 }),
      [
        'lowerIndex must be an integer from 1 to 2147483647; received 0',
        'vlanId must be an integer from 0 to 4094; received 4095',
      ],
    ],
  ])('is refused with all of its mistakes: %#', (encode, problems) => {
    expect(encode).toThrow(UsageError);
    expect(encode).toThrow(expect.objectContaining({ problems }));
  });
});

describe('a kind of link', () => {
  const ms = fc.nat({ max: 100_000 }).map((ticks) => 10 * ticks);

  it('of a bridge is read as it was written', () => {
    const settings = fc.record(
      {
        stp: fc.boolean(),
        forwardDelayMs: ms,
        ageingTimeMs: ms,
        priority: fc.nat({ max: 65_535 }),
        vlanFiltering: fc.boolean(),
        multicastSnooping: fc.boolean(),
        multicastQuerier: fc.boolean(),
        multicastRouter: fc.nat({ max: 2 }),
        multicastQueryIntervalMs: ms,
        multicastMembershipIntervalMs: ms,
        netfilterIptables: fc.boolean(),
        multicastStatistics: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(settings, (given) => {
        const { bridge } = decodeLink(tellLink(encodeCreateBridge({ name: 'br0', ...given }).payload));
        expect(bridge).toEqual(given);
        expect(decodeLink(tellLink(encodeSetBridge({ index: 1, ...given }).payload)).bridge).toEqual(given);
      }),
    );
  });

  it('of a port is read from either of its two places', () => {
    const { payload } = encodeSetBridgePort({ index: 11, state: 'learning', multicastRouter: 'always' });
    const expected = { state: 'learning', multicastRouter: 'always' };
    expect(decodeLink(tellLink(payload)).bridgePort).toEqual(expected);
    const told = new AttributeWriter(fromHex('07000000 0b000000 00000000 00000000'))
      .nested(12, (port) => port.u8(1, 2).u8(25, 2))
      .finish();
    expect(decodeLink(tellLink(told)).bridgePort).toEqual(expected);
  });

  it('of a tun or tap is told apart', () => {
    const tun = (type: number) =>
      new AttributeWriter(fromHex(linkHeader('04000000')))
        .nested(18, (info) => info.string(1, 'tun').nested(2, (data) => data.u8(3, type).u8(6, 1)))
        .finish();
    expect(decodeLink(tellLink(tun(1))).tun).toEqual({ mode: 'tun', isPersistent: true });
    expect(decodeLink(tellLink(tun(2))).tun).toEqual({ mode: 'tap', isPersistent: true });
  });

  it('of a bridge tells who queries', () => {
    const bytes = new AttributeWriter(fromHex(linkHeader('04000000')))
      .nested(18, (info) =>
        info
          .string(1, 'bridge')
          .nested(2, (data) =>
            data
              .bytes(11, fromHex('1000 020000000020'))
              .nested(47, (querier) => querier.bytes(1, fromHex('c0000201')).u32(2, 11).bytes(5, new Uint8Array(16))),
          ),
      )
      .finish();
    expect(decodeLink(tellLink(bytes)).bridge).toMatchObject({
      bridgeId: '1000.02:00:00:00:00:20',
      ipv4Querier: { address: '192.0.2.1', portIndex: 11 },
      ipv6Querier: { address: '::', portIndex: undefined },
    });
  });

  it('of a macvlan, vlan, vrf or vxlan is read as it was written', () => {
    const read = ({ payload }: { readonly payload: Uint8Array }) => decodeLink(tellLink(payload));
    expect(read(encodeCreateMacvlan({ name: 'm', lowerIndex: 1, mode: 'vepa' })).macvlanMode).toBe('vepa');
    expect(read(encodeCreateVlan({ name: 'v', lowerIndex: 1, vlanId: 7, protocol: '802.1ad' })).vlan).toEqual({
      vlanId: 7,
      protocol: '802.1ad',
    });
    expect(read(encodeCreateVrf({ name: 'r', table: 9 })).vrfTable).toBe(9);
    const vxlan = {
      id: 7,
      remote: '2001:db8::1',
      local: '2001:db8::2',
      lowerIndex: 3,
      port: 1,
      learning: false,
      ttl: 2,
    };
    expect(read(encodeCreateVxlan({ name: 'x', ...vxlan })).vxlan).toEqual(vxlan);
  });
});
