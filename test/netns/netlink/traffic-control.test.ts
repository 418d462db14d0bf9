import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { AttributeWriter } from '../../../src/netns/netlink/attribute-writer.js';
import {
  decodeBpfFilters,
  decodeFilter,
  encodeAddFilter,
  encodeDeleteFilter,
  encodeListFilters,
} from '../../../src/netns/netlink/filters.js';
import {
  decodeQdiscs,
  encodeCreateClsact,
  encodeDeleteClsact,
  encodeListQdiscs,
  hasClsact,
} from '../../../src/netns/netlink/qdiscs.js';
import { fromHex, toHex } from './hex.js';
import { tell } from './messages.js';

describe('the clsact qdisc', () => {
  it('is created as tc(8) does', () => {
    const request = encodeCreateClsact({ ifindex: 4 });
    expect(request).toMatchObject({ name: 'RTM_NEWQDISC', type: 36, flags: 0x600 });
    expect(request.action).toBe('create clsact on interface 4');
    expect(toHex(request.payload)).toBe('00000000 04000000 0000ffff f1ffffff 00000000 0b000100 636c7361 63740000');
    expect(encodeCreateClsact({ ifindex: 4, exclusive: false }).flags).toBe(0x400);
  });

  it('is deleted by its place, without its handle', () => {
    const request = encodeDeleteClsact({ ifindex: 4 });
    expect(request).toMatchObject({ name: 'RTM_DELQDISC', type: 37, flags: 0, action: 'delete clsact of interface 4' });
    expect(toHex(request.payload)).toBe('00000000 04000000 00000000 f1ffffff 00000000');
  });

  it('is found in a list of qdiscs', () => {
    expect(toHex(encodeListQdiscs().payload)).toBe('00000000 00000000 00000000 00000000 00000000');
    const clsact = encodeCreateClsact({ ifindex: 4 }).payload;
    const other = new AttributeWriter(fromHex('00000000 05000000 00000000 ffffffff 02000000'))
      .string(1, 'noqueue')
      .finish();
    const list = [tell(36, clsact), tell(36, other), tell(37, clsact)];
    const qdiscs = decodeQdiscs(list);
    expect(qdiscs).toEqual([
      { ifindex: 4, kind: 'clsact', handle: 0xffff0000, parent: 0xfffffff1 },
      { ifindex: 5, kind: 'noqueue', handle: 0, parent: 0xffffffff },
    ]);
    expect(decodeQdiscs(list, 5).map(({ kind }) => kind)).toEqual(['noqueue']);
    expect([hasClsact(qdiscs, 4), hasClsact(qdiscs, 5)]).toEqual([true, false]);
  });

  it.each([encodeCreateClsact, encodeDeleteClsact])('needs a device: %o', (encode) => {
    expect(() => encode({ ifindex: 0 })).toThrow(
      new UsageError(encode.name, 'ifindex must be an integer from 1 to 2147483647; received 0'),
    );
  });
});

describe('a cls_bpf filter', () => {
  it('is added with direct action, for every protocol', () => {
    const request = encodeAddFilter({
      ifindex: 4,
      direction: 'ingress',
      programFd: 5,
      priority: 50,
      handle: 2,
      name: 'me',
    });
    expect(request).toMatchObject({ name: 'RTM_NEWTFILTER', type: 44, flags: 0x608 });
    expect(request.action).toBe('add a filter to ingress of interface 4');
    expect(toHex(request.payload)).toBe(
      [
        '00000000 04000000 02000000 f2ffffff 00033200', // tcmsg
        '08000100 62706600', // TCA_KIND
        '1c000280', // TCA_OPTIONS
        '08000600 05000000', // TCA_BPF_FD
        '07000700 6d650000', // TCA_BPF_NAME
        '08000800 01000000', // TCA_BPF_FLAGS
      ].join(' '),
    );
  });

  it('leaves to the kernel what is not said', () => {
    const request = encodeAddFilter({ ifindex: 4, direction: 'egress', programFd: 0, exclusive: false });
    expect(request.flags).toBe(0x408);
    expect(toHex(request.payload)).toBe(
      '00000000 04000000 00000000 f3ffffff 00030000 08000100 62706600 14000280 08000600 00000000 08000800 01000000',
    );
  });

  it.each([
    [{ priority: 50, handle: 2 }, 'delete filter 2 of priority 50 of egress of interface 4', '02000000', '00003200'],
    [{ priority: 65_535 }, 'delete the filters of priority 65535 of egress of interface 4', '00000000', '0000ffff'],
    [{}, 'delete the filters of egress of interface 4', '00000000', '00000000'],
  ])('is deleted by its place: %o', (place, action, handle, info) => {
    const request = encodeDeleteFilter({ ifindex: 4, direction: 'egress', ...place });
    expect(request).toMatchObject({ name: 'RTM_DELTFILTER', type: 45, flags: 0, action });
    expect(toHex(request.payload)).toBe(`00000000 04000000 ${handle} f3ffffff ${info}`);
  });

  it('is listed by its hook', () => {
    const request = encodeListFilters({ ifindex: 4, direction: 'ingress' });
    expect(request).toMatchObject({
      name: 'RTM_GETTFILTER',
      type: 46,
      action: 'list filters of ingress of interface 4',
    });
    expect(toHex(request.payload)).toBe('00000000 04000000 00000000 f2ffffff 00000000');
  });

  it.each([
    [
      () =>
        encodeAddFilter({ ifindex: -1, direction: 'both' as 'ingress', programFd: -1, priority: 65_536, handle: 0 }),
      [
        'ifindex must be an integer from 1 to 2147483647; received -1',
        "direction must be 'ingress' or 'egress'; received \"both\"",
        'priority must be an integer from 1 to 65535; received 65536',
        'handle must be an integer from 1 to 4294967295; received 0',
        'programFd must be an integer from 0 to 2147483647; received -1',
      ],
    ],
    [
      () => encodeDeleteFilter({ ifindex: 1, direction: 'ingress', handle: 1 }),
      ['a handle takes a priority beside it'],
    ],
  ])('is refused with all of its mistakes: %#', (encode, problems) => {
    expect(encode).toThrow(UsageError);
    expect(encode).toThrow(expect.objectContaining({ problems }));
  });

  it('is read with its place, its program and its name', () => {
    const payload = new AttributeWriter(fromHex('00000000 04000000 02000000 f3ffffff 00033200'))
      .string(1, 'bpf')
      .u32(11, 7)
      .nested(2, (bpf) => bpf.string(7, 'me').u32(8, 1).u32(11, 99))
      .finish();
    expect(decodeFilter(tell(44, payload))).toEqual({
      ifindex: 4,
      direction: 'egress',
      priority: 50,
      protocol: 3,
      handle: 2,
      chain: 7,
      kind: 'bpf',
      programId: 99,
      name: 'me',
      directAction: true,
    });
  });

  it('is told from filters of other kinds and from the line of its priority in a dump', () => {
    const head = fromHex('00000000 04000000 00000000 f2ffffff 08000100');
    const priority = new AttributeWriter(head).string(1, 'bpf').finish();
    const u32 = new AttributeWriter(head)
      .string(1, 'u32')
      .nested(2, (options) => options.u32(11, 99))
      .finish();
    const bpf = new AttributeWriter(head)
      .string(1, 'bpf')
      .nested(2, (options) => options.u32(11, 98))
      .finish();
    const dump = [priority, u32, bpf].map((payload) => tell(44, payload));
    expect(decodeBpfFilters([...dump, tell(45, bpf)]).map(({ programId }) => programId)).toEqual([98]);
    expect(decodeFilter(tell(44, u32))).toMatchObject({ kind: 'u32', programId: undefined, protocol: 0x0800 });
  });

  it('elsewhere than on clsact has no direction', () => {
    const payload = fromHex('00000000 04000000 00000000 00000100 00030100');
    expect(decodeFilter(tell(44, payload))).toMatchObject({ direction: undefined, priority: 1, kind: '' });
  });
});
