import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { AttributeWriter } from '../../../src/netns/netlink/attribute-writer.js';
import { Attributes } from '../../../src/netns/netlink/attributes.js';
import { decodeXdp, encodeSetXdp } from '../../../src/netns/netlink/xdp.js';
import { toHex } from './hex.js';

const header = '00000000 04000000 00000000 00000000';

describe('XDP by netlink', () => {
  it.each([
    [{ programFd: 5 }, '0c002b80 08000100 05000000'],
    [{ programFd: -1 }, '0c002b80 08000100 ffffffff'],
    [{ programFd: 5, mode: 'native' }, '14002b80 08000100 05000000 08000300 04000000'],
    [{ programFd: 5, mode: 'generic', ifNoExist: true }, '14002b80 08000100 05000000 08000300 03000000'],
    [{ programFd: 5, mode: 'offload', ifNoExist: false }, '14002b80 08000100 05000000 08000300 08000000'],
    [{ programFd: 5, expectedFd: -1 }, '1c002b80 08000100 05000000 08000300 10000000 08000800 ffffffff'],
    [
      { programFd: -1, expectedFd: 5, mode: 'native' },
      '1c002b80 08000100 ffffffff 08000300 14000000 08000800 05000000',
    ],
  ] as const)('is set by %o', (options, attributes) => {
    const request = encodeSetXdp({ ifindex: 4, ...options });
    expect(request).toMatchObject({ name: 'RTM_SETLINK', type: 19, flags: 0 });
    expect(request.action).toBe(options.programFd < 0 ? 'take XDP off interface 4' : 'attach XDP to interface 4');
    expect(toHex(request.payload)).toBe(`${header} ${attributes}`);
  });

  it('is refused with all of its mistakes', () => {
    const encode = () => encodeSetXdp({ ifindex: 0, programFd: -2, expectedFd: 0.5, mode: 'fast' as 'native' });
    expect(encode).toThrow(UsageError);
    expect(encode).toThrow(
      expect.objectContaining({
        problems: [
          'ifindex must be an integer from 1 to 2147483647; received 0',
          'programFd must be an integer from -1 to 2147483647; received -2',
          'expectedFd must be an integer from -1 to 2147483647; received 0.5',
          "mode must be 'native', 'generic' or 'offload'; received \"fast\"",
        ],
      }),
    );
  });

  it('is read in each mode, several together too', () => {
    const read = (write: (xdp: AttributeWriter) => AttributeWriter) =>
      decodeXdp(new Attributes(write(new AttributeWriter()).finish()));
    expect(read((xdp) => xdp.u8(2, 2).u32(4, 7).u32(6, 7))).toEqual({
      attached: 'generic',
      programId: 7,
      nativeProgramId: undefined,
      genericProgramId: 7,
      offloadProgramId: undefined,
    });
    expect(read((xdp) => xdp.u8(2, 4).u32(5, 8).u32(7, 9))).toMatchObject({
      attached: 'multiple',
      programId: undefined,
      nativeProgramId: 8,
      offloadProgramId: 9,
    });
    expect([0, 1, 3, 200].map((mode) => read((xdp) => xdp.u8(2, mode)).attached)).toEqual([
      'none',
      'native',
      'offload',
      'none',
    ]);
    expect(decodeXdp(undefined).attached).toBe('none');
  });
});
