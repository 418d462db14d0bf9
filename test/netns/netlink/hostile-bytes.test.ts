import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KernelError } from '../../../src/core/kernel-error.js';
import { decodeBpfFilters, decodeFilter, encodeAddFilter } from '../../../src/netns/netlink/filters.js';
import { decodeLink } from '../../../src/netns/netlink/link.js';
import type { NetlinkMessage } from '../../../src/netns/netlink/message.js';
import { decodeQdisc, encodeCreateClsact } from '../../../src/netns/netlink/qdiscs.js';
import { encodeCreateVeth } from '../../../src/netns/netlink/veth.js';
import { encodeSetXdp } from '../../../src/netns/netlink/xdp.js';

const decoders = { decodeLink, decodeFilter, decodeQdisc };
const wellFormed = [
  encodeCreateVeth({ name: 'a', macAddress: '02:00:00:00:00:0a', mtuBytes: 1400, peer: { name: 'b' } }),
  encodeSetXdp({ ifindex: 4, programFd: 5, mode: 'native' }),
  encodeAddFilter({ ifindex: 4, direction: 'ingress', programFd: 5, name: 'mine' }),
  encodeCreateClsact({ ifindex: 4 }),
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
