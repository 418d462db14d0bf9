import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  addressAt,
  addressToNumber,
  broadcastOf,
  contains,
  formatNetwork,
  hostRange,
  type IpNetwork,
  networkAround,
  numberToAddress,
  overlaps,
  sizeOf,
} from '../../../../src/netns/lab/read/ip-network.js';
import { bitsOf, type IpFamily, parseIpAddress } from '../../../../src/netns/netlink/ip-address.js';

const families = fc.constantFrom<IpFamily>('ipv4', 'ipv6');

/** Addresses that often agree in their first bits, so that networks contain each other often enough. */
const numberOf = (family: IpFamily) =>
  fc
    .tuple(
      fc.constantFrom(0n, 0x0a00_0000n, 0xffff_ff00n, (1n << BigInt(bitsOf(family))) - 256n),
      fc.bigInt(0n, 0xfffn),
    )
    .map(([base, offset]) => (base + offset) % (1n << BigInt(bitsOf(family))));

const networkOf = (family: IpFamily) =>
  fc
    .tuple(numberOf(family), fc.integer({ min: bitsOf(family) - 10, max: bitsOf(family) }))
    .map(([value, prefixLength]) => networkAround(numberToAddress(family, value), prefixLength));

/** The bits of an address as text: slow, and nothing can be wrong with it. */
function bits(family: IpFamily, value: bigint): string {
  return [...parseIpAddress(numberToAddress(family, value))].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

/** All addresses of a small network. */
function enumerate(network: IpNetwork): readonly bigint[] {
  return Array.from({ length: Number(sizeOf(network)) }, (_, index) => network.base + BigInt(index));
}

it('an address becomes a number and back', () => {
  fc.assert(
    fc.property(
      families.chain((family) => fc.tuple(fc.constant(family), numberOf(family))),
      ([family, value]) => {
        expect(addressToNumber(numberToAddress(family, value))).toBe(value);
      },
    ),
  );
  expect(numberToAddress('ipv4', 0xffff_ffffn)).toBe('255.255.255.255');
  expect(numberToAddress('ipv6', (0xfd00n << 112n) | 1n)).toBe('fd00::1');
  expect(addressToNumber('fd00::1')).toBe((0xfd00n << 112n) | 1n);
});

it('a network contains the addresses that begin with its bits, and no others', () => {
  fc.assert(
    fc.property(
      families.chain((family) => fc.tuple(networkOf(family), numberOf(family))),
      ([network, value]) => {
        const { family, prefixLength, base } = network;
        const agrees = bits(family, value).slice(0, prefixLength) === bits(family, base).slice(0, prefixLength);
        expect(contains(network, family, value)).toBe(agrees);
      },
    ),
  );
  expect(contains(networkAround('0.0.0.0', 0), 'ipv6', 1n)).toBe(false);
});

it('two networks overlap when an address is in both', () => {
  fc.assert(
    fc.property(
      families.chain((family) => fc.tuple(networkOf(family), networkOf(family))),
      ([a, b]) => {
        const inB = new Set(enumerate(b));
        const isShared = enumerate(a).some((value) => inB.has(value));
        expect(overlaps(a, b)).toBe(isShared);
        expect(overlaps(b, a)).toBe(isShared);
      },
    ),
    { numRuns: 50 },
  );
});

it('addresses are numbered within their network', () => {
  fc.assert(
    fc.property(families.chain(networkOf), fc.nat({ max: 2000 }), (network, index) => {
      const all = enumerate(network);
      const value = all[index];
      if (value === undefined) expect(() => addressAt(network, BigInt(index))).toThrow(RangeError);
      else expect(addressAt(network, BigInt(index))).toBe(numberToAddress(network.family, value));
    }),
  );
  expect(() => addressAt(networkAround('10.0.0.0', 30), 4n)).toThrow(
    '10.0.0.0/30 has 4 addresses, and none with number 4',
  );
});

it('names what a network is called and who may be in it', () => {
  const describe = (address: string, prefixLength: number) => {
    const network = networkAround(address, prefixLength);
    const [first, last] = hostRange(network).map((value) => numberToAddress(network.family, value));
    return [formatNetwork(network), first, last, broadcastOf(network)];
  };
  expect(describe('10.1.2.3', 24)).toEqual(['10.1.2.0/24', '10.1.2.1', '10.1.2.254', '10.1.2.255']);
  expect(describe('10.1.2.3', 31)).toEqual(['10.1.2.2/31', '10.1.2.2', '10.1.2.3', undefined]);
  expect(describe('10.1.2.3', 32)).toEqual(['10.1.2.3/32', '10.1.2.3', '10.1.2.3', undefined]);
  expect(describe('fd00::5', 126)).toEqual(['fd00::4/126', 'fd00::5', 'fd00::7', undefined]);
  expect(describe('fd00::5', 127)).toEqual(['fd00::4/127', 'fd00::4', 'fd00::5', undefined]);
});
