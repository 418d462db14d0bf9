import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { formatMacAddress, isMacAddress, parseMacAddress } from '../../../src/netns/netlink/mac-address.js';

it('a MAC address is read as it was written', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
      expect(parseMacAddress(formatMacAddress(bytes))).toEqual(bytes);
      expect(parseMacAddress(formatMacAddress(bytes).toUpperCase())).toEqual(bytes);
    }),
  );
});

it.each(['', '02:00:00:00:00', '02:00:00:00:00:00:00', '02-00-00-00-00-00', '02:00:00:00:00:0g', 7])(
  '%o is no MAC address',
  (text) => {
    expect(isMacAddress(text)).toBe(false);
    expect(() => parseMacAddress(text as string)).toThrow(
      new UsageError('MAC address', `expected one such as "02:00:00:00:00:01"; received ${JSON.stringify(text)}`),
    );
  },
);
