import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelError } from '../../../src/core/kernel-error.js';
import { decodeAcknowledgement, toKernelError } from '../../../src/netns/netlink/acknowledgement.js';
import { createRequest } from '../../../src/netns/netlink/message.js';
import { fromHex } from './hex.js';

const ERROR = 2;
const DONE = 3;
const CAPPED = 0x100;
const TLVS = 0x200;

const ack = (text: string, flags = 0, type = ERROR) =>
  decodeAcknowledgement({ type, flags, sequence: 1, portId: 0, payload: fromHex(text) });

/** The header of the request, as it comes back. */
const header = (length: string) => `${length} 24000506 01000000 00000000`;
const request = createRequest('RTM_NEWQDISC', new Uint8Array(), 'create clsact on interface 4');
const none = { text: undefined, offsetBytes: undefined, missingType: undefined };

describe('an acknowledgement', () => {
  it('of 0 is a success', () => {
    expect(ack(`00000000 ${header('30000000')}`, CAPPED)).toEqual({ errno: 0, ...none });
    expect(toKernelError(ack(`00000000 ${header('30000000')}`, CAPPED), request)).toBeUndefined();
  });

  it('holds a negative error number', () => {
    expect(ack(`efffffff ${header('30000000')}`, CAPPED)).toEqual({ errno: 17, ...none });
  });

  it('holds the words and the offset behind the header of the request', () => {
    const text = `eaffffff ${header('30000000')} 07000100 6e6f0000 08000200 14000000`;
    expect(ack(text, CAPPED | TLVS)).toEqual({ errno: 22, ...none, text: 'no', offsetBytes: 20 });
  });

  it('holds them behind the whole request where that is repeated', () => {
    const text = `eaffffff ${header('16000000')} aabbccdd eeff0000 07000100 6e6f0000`;
    expect(ack(text, TLVS)).toEqual({ errno: 22, ...none, text: 'no' });
  });

  it('at the end of a dump holds them behind the error number', () => {
    expect(ack('eaffffff 07000100 6e6f0000', TLVS, DONE)).toEqual({ errno: 22, ...none, text: 'no' });
    expect(ack('', 0, DONE)).toEqual({ errno: 0, ...none });
  });

  it('without an error number is an error itself', () => {
    expect(() => ack('eaff')).toThrow('read an acknowledgement: EBADMSG: bad message, netlink. It has 2 bytes');
  });

  it('of any bytes is read or refused', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom(0, CAPPED, TLVS, CAPPED | TLVS),
        (payload, flags) => {
          try {
            const { errno } = decodeAcknowledgement({ type: ERROR, flags, sequence: 1, portId: 0, payload });
            expect(errno).toBeGreaterThanOrEqual(0);
          } catch (error) {
            expect(error).toBeInstanceOf(KernelError);
          }
        },
      ),
    );
  });
});

describe('the error of an acknowledgement', () => {
  it.each([
    [{ errno: 17, ...none }, ''],
    [{ errno: 17, ...none, text: 'Exclusivity flag on, cannot modify.' }, '. Exclusivity flag on, cannot modify'],
    [{ errno: 17, ...none, text: 'Exclusivity flag on', offsetBytes: 20 }, '. Exclusivity flag on'],
    [{ errno: 17, ...none, offsetBytes: 20 }, '. The attribute at byte 20 of the message is not accepted'],
    [{ errno: 17, ...none, missingType: 3 }, '. Attribute 3 is missing'],
  ])('has the shape of a kernel error, and the words of the kernel: %#', (answer, hint) => {
    expect(toKernelError(answer, request)).toMatchObject({
      code: 'EEXIST',
      errno: -17,
      syscall: 'netlink(RTM_NEWQDISC)',
      message: `create clsact on interface 4: EEXIST: file exists, netlink(RTM_NEWQDISC)${hint}`,
    });
  });

  it('of a number that Linux keeps to itself is EPROTO, with the number', () => {
    expect(toKernelError({ errno: 512, ...none }, request)?.message).toBe(
      'create clsact on interface 4: EPROTO: protocol error, netlink(RTM_NEWQDISC). ' +
        'The kernel answered with 512, which is no error number for programs',
    );
  });
});
