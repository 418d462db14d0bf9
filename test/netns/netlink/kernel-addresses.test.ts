import { describe, expect, it } from 'vitest';
import { type AddressState, decodeAddresses } from '../../../src/netns/netlink/address.js';
import {
  type AddAddressOptions,
  encodeAddAddress,
  encodeListAddresses,
  encodeRemoveAddress,
  type ListAddressesOptions,
} from '../../../src/netns/netlink/address-requests.js';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { pair, refusalOf, Sandbox } from './sandbox.js';

needsNamespaces();

const prepare = ({ netlink }: Sandbox) =>
  netlink.requestAll([pair, encodeSetLink({ index: 10, isUp: true }), encodeSetLink({ index: 11, isUp: true })]);
const list = ({ netlink }: Sandbox, options: ListAddressesOptions): readonly AddressState[] =>
  decodeAddresses(netlink.dump(encodeListAddresses(options)));
const v4 = { ifindex: 10, address: '192.0.2.1', prefixLength: 24 };
const v6 = { ifindex: 10, address: '2001:db8::1', prefixLength: 64 };

describe('addresses of the running kernel', () => {
  it('of IPv4 have what they were given', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    const given: AddAddressOptions = { ...v4, broadcast: '192.0.2.255', label: 'v0:faas', scope: 'link' };
    sandbox.netlink.request(encodeAddAddress(given));
    expect(list(sandbox, { family: 'ipv4', ifindex: 10 })).toEqual([
      {
        ...given,
        family: 'ipv4',
        peer: undefined,
        flags: 0x80,
        isTentative: false,
        isDadFailed: false,
        isPermanent: true,
        isDeprecated: false,
        isSecondary: false,
        validLifetimeSeconds: undefined,
        preferredLifetimeSeconds: undefined,
      },
    ]);
  });

  it('of IPv4 are labelled with the name of their link, and the second of a network is secondary', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    sandbox.netlink.requestAll([encodeAddAddress(v4), encodeAddAddress({ ...v4, address: '192.0.2.2' })]);
    expect(list(sandbox, { family: 'ipv4' })).toMatchObject([
      { address: '192.0.2.1', label: 'v0', isSecondary: false, scope: 'global', broadcast: undefined },
      { address: '192.0.2.2', label: 'v0', isSecondary: true },
    ]);
    sandbox.netlink.request(encodeRemoveAddress(v4));
    expect(list(sandbox, { family: 'ipv4' })).toEqual([]);
  });

  it('on lo take a label beside those that are there', () => {
    using sandbox = new Sandbox();
    const faas = { ifindex: 1, address: '10.62.0.1', prefixLength: 32, label: 'lo:faas', scope: 'host' } as const;
    sandbox.netlink.requestAll([encodeSetLink({ index: 1, isUp: true }), encodeAddAddress(faas)]);
    expect(list(sandbox, { family: 'ipv4', ifindex: 1 })).toMatchObject([{ address: '127.0.0.1', label: 'lo' }, faas]);
  });

  it('point to a peer, and are removed without naming it', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    const given = { ...v4, prefixLength: 32, peer: '198.51.100.1' };
    sandbox.netlink.request(encodeAddAddress(given));
    expect(list(sandbox, { family: 'ipv4' })).toMatchObject([given]);
    sandbox.netlink.request(encodeRemoveAddress({ ...v4, prefixLength: 32 }));
    expect(list(sandbox, { family: 'ipv4' })).toEqual([]);
  });

  it('of IPv6 are usable at once without duplicate detection, and else tentative', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    sandbox.netlink.requestAll([
      encodeAddAddress({ ...v6, noDad: true }),
      encodeAddAddress({ ...v6, address: '2001:db8::2' }),
    ]);
    const addresses = list(sandbox, { family: 'ipv6', ifindex: 10 });
    expect(addresses).toContainEqual(
      expect.objectContaining({ ...v6, scope: 'global', isTentative: false, isPermanent: true, peer: undefined }),
    );
    expect(addresses).toContainEqual(expect.objectContaining({ address: '2001:db8::2', isTentative: true }));
    sandbox.netlink.request(encodeRemoveAddress(v6));
    expect(list(sandbox, { family: 'ipv6' }).map(({ address }) => address)).not.toContain('2001:db8::1');
  });

  it('are listed of all links and both families', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    sandbox.netlink.requestAll([
      encodeAddAddress(v4),
      encodeAddAddress({ ...v4, ifindex: 11, address: '192.0.2.2' }),
      encodeAddAddress(v6),
    ]);
    const places = list(sandbox, {}).map(({ ifindex, address }) => `${ifindex} ${address}`);
    expect(places).toEqual(expect.arrayContaining(['10 192.0.2.1', '11 192.0.2.2', '10 2001:db8::1']));
    expect(list(sandbox, { ifindex: 11, family: 'ipv4' })).toHaveLength(1);
  });

  it.each([
    [
      'are there already',
      encodeAddAddress(v4),
      'add address 192.0.2.1/24 to interface 10: EEXIST: file exists, netlink(RTM_NEWADDR). ipv4: Address already assigned',
    ],
    ['are not exclusive', encodeAddAddress({ ...v4, exclusive: false }), 'done'],
    [
      'have no such link',
      encodeAddAddress({ ...v4, ifindex: 99 }),
      'add address 192.0.2.1/24 to interface 99: ENODEV: no such device, netlink(RTM_NEWADDR). ipv4: Device not found',
    ],
    [
      'are not there',
      encodeRemoveAddress({ ...v4, address: '192.0.2.9' }),
      'remove address 192.0.2.9/24 from interface 10: EADDRNOTAVAIL: cannot assign requested address, netlink(RTM_DELADDR). ipv4: Address not found',
    ],
    [
      'are not there',
      encodeRemoveAddress(v6),
      'remove address 2001:db8::1/64 from interface 10: EADDRNOTAVAIL: cannot assign requested address, netlink(RTM_DELADDR). ipv6: address not found',
    ],
  ])('are refused, or not, when they %s: %#', (_why, request, message) => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    sandbox.netlink.request(encodeAddAddress(v4));
    expect(refusalOf(sandbox, request)).toBe(message);
  });
});
