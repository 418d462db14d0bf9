import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { AttributeWriter } from '../../../src/netns/netlink/attribute-writer.js';
import { decodeLink, decodeLinks } from '../../../src/netns/netlink/link.js';
import {
  encodeDeleteLink,
  encodeGetLink,
  encodeListLinks,
  encodeSetLink,
} from '../../../src/netns/netlink/link-requests.js';
import { encodeCreateVeth } from '../../../src/netns/netlink/veth.js';
import { fromHex, toHex } from './hex.js';
import { linkHeader, tell, tellLink } from './messages.js';

// The bytes are those of iproute2 6.1 (strace), but for the mark on nested attributes and the NUL of a kind, which it leaves out.
describe('a request about links', () => {
  it('creates a veth pair as ip(8) does', () => {
    const request = encodeCreateVeth({ name: 'w0', index: 20, peer: { name: 'w1', index: 21 } });
    expect(request).toMatchObject({
      name: 'RTM_NEWLINK',
      type: 16,
      flags: 0x608,
      action: 'create veth pair "w0" and "w1"',
    });
    expect(toHex(request.payload)).toBe(
      [
        linkHeader('14000000'),
        '07000300 77300000', // IFLA_IFNAME
        '30001280', // IFLA_LINKINFO
        '09000100 76657468 00000000', // IFLA_INFO_KIND
        '20000280 1c000180', // IFLA_INFO_DATA, VETH_INFO_PEER
        linkHeader('15000000'),
        '07000300 77310000',
      ].join(' '),
    );
  });

  it('creates ends with an address, an MTU, and a namespace', () => {
    const { payload } = encodeCreateVeth({
      name: 'a',
      mtuBytes: 1400,
      macAddress: '02:00:00:00:00:0A',
      peer: { name: 'b', netnsFd: 7 },
    });
    expect(toHex(payload)).toBe(
      [
        linkHeader('00000000'),
        '06000300 61000000 08000400 78050000 0a000100 02000000 000a0000',
        '38001280 09000100 76657468 00000000 28000280 24000180',
        linkHeader('00000000'),
        '06000300 62000000 08001c00 07000000',
      ].join(' '),
    );
  });

  it.each([
    [encodeGetLink({ index: 4 }), 'get link 4', linkHeader('04000000')],
    [encodeGetLink({ name: 'lo' }), 'get link "lo"', `${linkHeader('00000000')} 07000300 6c6f0000`],
    [encodeListLinks(), 'list links', linkHeader('00000000')],
    [encodeListLinks({ masterIndex: 3 }), 'list links', `${linkHeader('00000000')} 08000a00 03000000`],
    [encodeDeleteLink({ index: 4 }), 'delete link 4', linkHeader('04000000')],
    [encodeSetLink({ index: 4, isUp: true }), 'set link 4 up', linkHeader('04000000', '01000000', '01000000')],
    [encodeSetLink({ index: 4, isUp: false }), 'set link 4 down', linkHeader('04000000', '00000000', '01000000')],
    [encodeSetLink({ index: 4, masterIndex: 0 }), 'change link 4', `${linkHeader('04000000')} 08000a00 00000000`],
    [
      encodeSetLink({ index: 4, netnsFd: 9, newIndex: 5 }),
      'move link 4 to another network namespace',
      `${linkHeader('04000000')} 08001c00 09000000 08003100 05000000`,
    ],
  ])('$name: %#', (request, action, payload) => {
    expect([request.action, toHex(request.payload)]).toEqual([action, payload]);
  });

  it.each([
    [
      () =>
        encodeCreateVeth({
          name: 'sixteen-bytes-xx',
          macAddress: '02:00',
          peer: { name: 'a/b', index: 0, mtuBytes: -1, netnsFd: -1 },
        }),
      [
        'name must have 1 to 15 bytes without "/", ":", "%" or spaces; received "sixteen-bytes-xx"',
        'macAddress must be one such as "02:00:00:00:00:01"; received "02:00"',
        'peer.index must be an integer from 1 to 2147483647; received 0',
        'peer.name must have 1 to 15 bytes without "/", ":", "%" or spaces; received "a/b"',
        'peer.mtuBytes must be an integer from 1 to 4294967295; received -1',
        'peer.netnsFd must be an integer from 0 to 2147483647; received -1',
        'peer.index takes an index beside it',
      ],
    ],
    [
      () => encodeSetLink({ index: 0, masterIndex: -1, newIndex: 3 }),
      [
        'index must be an integer from 1 to 2147483647; received 0',
        'masterIndex must be an integer from 0 to 2147483647; received -1',
        'newIndex takes a netnsFd beside it',
      ],
    ],
    [() => encodeGetLink({ name: '' }), ['name must have 1 to 15 bytes without "/", ":", "%" or spaces; received ""']],
    [() => encodeDeleteLink({ index: 1.5 }), ['index must be an integer from 1 to 2147483647; received 1.5']],
  ])('is refused with all of its mistakes: %#', (encode, problems) => {
    expect(encode).toThrow(UsageError);
    expect(encode).toThrow(expect.objectContaining({ problems }));
  });
});

describe('a link', () => {
  it('is read with all that is known of it', () => {
    const payload = new AttributeWriter(fromHex(linkHeader('0a000000', '43100100')))
      .string(3, 'v0')
      .u32(4, 1400)
      .bytes(1, fromHex('02000000000a'))
      .u32(5, 11)
      .u32(10, 3)
      .u8(16, 6)
      .s32(37, 0)
      .string(6, 'noqueue')
      .u32(13, 1000)
      .u32(27, 9)
      .u32(30, 1)
      .u32(35, 2)
      .u32(61, 3)
      .bytes(
        23,
        Uint8Array.from({ length: 200 }, (_, at) => (at % 8 === 0 ? at / 8 + 1 : 0)),
      )
      .nested(52, (names) => names.string(53, 'one').string(53, 'two'))
      .nested(18, (info) => info.string(1, 'veth'))
      .nested(43, (xdp) => xdp.u8(2, 1).u32(4, 99).u32(5, 99))
      .finish();
    expect(decodeLink(tellLink(payload))).toEqual({
      index: 10,
      name: 'v0',
      flags: 0x11043,
      isUp: true,
      hasCarrier: true,
      operationalState: 'up',
      mtuBytes: 1400,
      macAddress: '02:00:00:00:00:0a',
      kind: 'veth',
      masterIndex: 3,
      linkedIndex: 11,
      linkedNetnsId: 0,
      altNames: ['one', 'two'],
      txQueueLength: 1000,
      group: 9,
      promiscuity: 1,
      allMulticast: 3,
      carrierChanges: 2,
      qdisc: 'noqueue',
      statistics: expect.objectContaining({
        rxPackets: 1,
        txPackets: 2,
        rxBytes: 3,
        txBytes: 4,
        rxErrors: 5,
        txErrors: 6,
        rxDropped: 7,
        txDropped: 8,
        multicast: 9,
        rxOtherhostDropped: 25,
      }),
      bridge: undefined,
      macvlanMode: undefined,
      tun: undefined,
      vlan: undefined,
      vrfTable: undefined,
      vxlan: undefined,
      bridgePort: undefined,
      xdp: {
        attached: 'native',
        programId: 99,
        nativeProgramId: 99,
        genericProgramId: undefined,
        offloadProgramId: undefined,
      },
    });
  });

  it('is read where the kernel tells nothing but its header', () => {
    expect(decodeLink(tellLink(fromHex(linkHeader('0a000000'))))).toMatchObject({
      index: 10,
      name: '',
      isUp: false,
      hasCarrier: false,
      operationalState: 'unknown',
      kind: undefined,
      xdp: { attached: 'none', programId: undefined },
    });
  });

  it('without a whole header is an error', () => {
    expect(() => decodeLink(tellLink(new Uint8Array(15)))).toThrow(
      'read a link: EBADMSG: bad message, netlink. It has 15 bytes where a header of 16 was expected',
    );
  });

  it('is picked from a dump', () => {
    const links = decodeLinks([tellLink(fromHex(linkHeader('0a000000'))), tell(20, new Uint8Array())]);
    expect(links.map(({ index }) => index)).toEqual([10]);
  });
});
