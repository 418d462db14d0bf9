import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelError } from '../../../src/core/kernel-error.js';
import {
  createRequest,
  decodeMessages,
  encodeMessages,
  type NetlinkMessage,
} from '../../../src/netns/netlink/message.js';
import { fromHex, toHex } from './hex.js';

describe('messages', () => {
  it('have a header with length, type, flags and sequence, and are aligned', () => {
    const one = createRequest('RTM_GETLINK', fromHex('aabbccdd ee'), 'one');
    const two = createRequest('RTM_DELLINK', fromHex(''), 'two');
    const bytes = encodeMessages([
      { request: one, sequence: 7, flags: 0x301 },
      { request: two, sequence: 8, flags: 5 },
    ]);
    expect(toHex(bytes)).toBe(
      '15000000 12000103 07000000 00000000 aabbccdd ee000000 10000000 11000500 08000000 00000000',
    );
  });

  it('are decoded as they were encoded', () => {
    const numbered = fc.array(
      fc.record({
        request: fc.uint8Array({ maxLength: 50 }).map((payload) => createRequest('RTM_SETLINK', payload, 'x')),
        sequence: fc.integer({ min: 0, max: 0xffffffff }),
        flags: fc.integer({ min: 0, max: 0xffff }),
      }),
    );
    fc.assert(
      fc.property(numbered, (requests) => {
        expect([...decodeMessages(encodeMessages(requests))]).toEqual(
          requests.map(({ request, sequence, flags }) => ({
            type: 19,
            flags,
            sequence,
            portId: 0,
            payload: request.payload,
          })),
        );
      }),
    );
  });

  it('are handed out up to one that is cut off, which is an error', () => {
    const bytes = fromHex('10000000 01000000 01000000 00000000 20000000 02000000 01000000 00000000 00000000');
    const seen: NetlinkMessage[] = [];
    expect(() => {
      for (const message of decodeMessages(bytes)) seen.push(message);
    }).toThrow(
      expect.objectContaining({
        code: 'EBADMSG',
        message:
          'read a datagram of 36 bytes: EBADMSG: bad message, netlink. ' +
          'The message at byte 16 says that it has 32 bytes, of 20 that are left',
      }),
    );
    expect(seen.map(({ type }) => type)).toEqual([1]);
  });

  it('in any bytes end, or are an error', () => {
    const header = fc.integer({ min: 0, max: 40 }).map((length) => Uint8Array.of(length, 0, 0, 0));
    const datagrams = fc
      .array(fc.oneof(header, fc.uint8Array({ maxLength: 16 })), { maxLength: 30 })
      .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
    fc.assert(
      fc.property(datagrams, (bytes) => {
        let count = 0;
        try {
          for (const { payload } of decodeMessages(bytes)) {
            count += 1;
            expect(payload.byteOffset + payload.length).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(KernelError);
        }
        expect(count).toBeLessThanOrEqual(bytes.length / 16);
      }),
    );
  });
});
