import { describe, expect, it } from 'vitest';
import { AttributeWriter } from '../../../src/netns/netlink/attribute-writer.js';
import { decodeLink, decodeLinks } from '../../../src/netns/netlink/link.js';
import {
  encodeDeleteLink,
  encodeGetLink,
  encodeListLinks,
  encodeSetLink,
} from '../../../src/netns/netlink/link-requests.js';
import { createRequest } from '../../../src/netns/netlink/message.js';
import {
  decodeQdiscs,
  encodeCreateClsact,
  encodeDeleteClsact,
  encodeListQdiscs,
  hasClsact,
} from '../../../src/netns/netlink/qdiscs.js';
import { encodeTcHeader } from '../../../src/netns/netlink/traffic-control.js';
import { encodeCreateVeth } from '../../../src/netns/netlink/veth.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { getLink, pair, refusalOf, Sandbox } from './sandbox.js';

needsNamespaces();

describe('links of the running kernel', () => {
  it('are lo alone in a new namespace', () => {
    using sandbox = new Sandbox();
    const links = decodeLinks(sandbox.netlink.dump(encodeListLinks()));
    expect(links).toMatchObject([
      { index: 1, name: 'lo', isUp: false, mtuBytes: 65_536, macAddress: '00:00:00:00:00:00', kind: undefined },
    ]);
  });

  it('are created as veth pairs, with names, indexes, addresses and an MTU', () => {
    using sandbox = new Sandbox();
    const request = encodeCreateVeth({
      name: 'left',
      index: 20,
      mtuBytes: 1400,
      macAddress: '02:00:00:00:00:0a',
      peer: { name: 'right', index: 30, macAddress: '02:00:00:00:00:0b' },
    });
    expect(decodeLink(sandbox.netlink.requestOne(request))).toMatchObject({ index: 20, name: 'left', isUp: false });
    expect(getLink(sandbox, { index: 20 })).toMatchObject({
      name: 'left',
      kind: 'veth',
      mtuBytes: 1400,
      macAddress: '02:00:00:00:00:0a',
      linkedIndex: 30,
      linkedNetnsId: undefined,
      operationalState: 'down',
    });
    expect(getLink(sandbox, { name: 'right' })).toMatchObject({
      index: 30,
      mtuBytes: 1500,
      macAddress: '02:00:00:00:00:0b',
    });
  });

  it('get a carrier when both ends are set up, created and set up in one send', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.requestAll([
      pair,
      encodeSetLink({ index: 10, isUp: true }),
      encodeSetLink({ index: 11, isUp: true }),
    ]);
    expect(getLink(sandbox, { index: 10 })).toMatchObject({ isUp: true, hasCarrier: true });
    sandbox.netlink.request(encodeSetLink({ index: 11, isUp: false }));
    expect(getLink(sandbox, { index: 10 })).toMatchObject({ isUp: true, hasCarrier: false });
    expect(getLink(sandbox, { index: 11 })).toMatchObject({ isUp: false });
  });

  it('are created across namespaces, and moved, with a new name and index', () => {
    using here = new Sandbox();
    using there = new Sandbox();
    here.netlink.request(
      encodeCreateVeth({ name: 'a', index: 40, peer: { name: 'b', index: 41, netnsFd: there.netns.number } }),
    );
    expect(getLink(there, { name: 'b' })).toMatchObject({ index: 41, linkedIndex: 40 });
    expect(getLink(here, { name: 'a' })).toMatchObject({ linkedIndex: 41, linkedNetnsId: expect.any(Number) });

    here.netlink.request(encodeSetLink({ index: 40, netnsFd: there.netns.number, name: 'c', newIndex: 50 }));
    expect(getLink(there, { name: 'c' })).toMatchObject({ index: 50, linkedIndex: 41, linkedNetnsId: undefined });
    expect(decodeLinks(here.netlink.dump(encodeListLinks())).map(({ name }) => name)).toEqual(['lo']);
  });

  it('are changed, and deleted together', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.request(pair);
    sandbox.netlink.request(
      encodeSetLink({ index: 10, name: 'new', mtuBytes: 9000, macAddress: '02:00:00:00:00:0c', masterIndex: 0 }),
    );
    expect(getLink(sandbox, { name: 'new' })).toMatchObject({ mtuBytes: 9000, macAddress: '02:00:00:00:00:0c' });
    sandbox.netlink.request(encodeDeleteLink({ name: 'new' }));
    expect(decodeLinks(sandbox.netlink.dump(encodeListLinks()))).toHaveLength(1);
  });

  it.each([
    ['a name that is taken', pair, 'create veth pair "v0" and "v1": EEXIST: file exists, netlink(RTM_NEWLINK)'],
    [
      'a link that is not there',
      encodeGetLink({ name: 'no' }),
      'get link "no": ENODEV: no such device, netlink(RTM_GETLINK)',
    ],
    [
      'a link that is not there',
      encodeDeleteLink({ index: 99 }),
      'delete link 99: ENODEV: no such device, netlink(RTM_DELLINK)',
    ],
    [
      'deleting lo',
      encodeDeleteLink({ index: 1 }),
      'delete link 1: EOPNOTSUPP: operation not supported, netlink(RTM_DELLINK)',
    ],
    [
      'a small MTU',
      encodeSetLink({ index: 10, mtuBytes: 1 }),
      'change link 10: EINVAL: invalid argument, netlink(RTM_SETLINK). mtu less than device minimum',
    ],
  ])('are refused for %s, in the words of the kernel: %#', (_why, request, message) => {
    using sandbox = new Sandbox();
    sandbox.netlink.request(pair);
    expect(refusalOf(sandbox, request)).toBe(message);
  });

  it('are created by the hundred in few sends, and listed over several datagrams', () => {
    using sandbox = new Sandbox();
    const requests = Array.from({ length: 150 }, (_, index) =>
      encodeCreateVeth({ name: `a${index}`, peer: { name: `b${index}` } }),
    );
    sandbox.netlink.requestAll(requests);
    expect(decodeLinks(sandbox.netlink.dump(encodeListLinks()))).toHaveLength(301);
    // Every one fails now, and no failure is lost.
    const failures = sandbox.netlink.attemptAll(requests);
    expect([...failures.keys()]).toEqual(requests.map((_, index) => index));
    expect(new Set([...failures.values()].map(({ code }) => code))).toEqual(new Set(['EEXIST']));
  });

  it('tell what they do not understand in a request', () => {
    using sandbox = new Sandbox();
    const hostile = createRequest('RTM_GETLINK', new AttributeWriter(new Uint8Array(16)).u8(29, 1).finish(), 'get');
    expect(refusalOf(sandbox, hostile)).toBe(
      'get: ERANGE: numerical result out of range, netlink(RTM_GETLINK). Attribute failed policy validation',
    );
  });
});

describe('clsact of the running kernel', () => {
  it('is created, listed and deleted', () => {
    using sandbox = new Sandbox();
    const list = () => decodeQdiscs(sandbox.netlink.dump(encodeListQdiscs()), 10);
    sandbox.netlink.requestAll([pair, encodeCreateClsact({ ifindex: 10 })]);
    expect(list()).toContainEqual(
      expect.objectContaining({ ifindex: 10, kind: 'clsact', handle: 0xffff0000, parent: 0xfffffff1 }),
    );
    expect(refusalOf(sandbox, encodeCreateClsact({ ifindex: 10, exclusive: false }))).toBe('done');
    sandbox.netlink.request(encodeDeleteClsact({ ifindex: 10 }));
    expect(hasClsact(list(), 10)).toBe(false);
  });

  it.each([
    [
      'there is one already',
      encodeCreateClsact({ ifindex: 10 }),
      'create clsact on interface 10: EEXIST: file exists, netlink(RTM_NEWQDISC). Exclusivity flag on, cannot modify',
    ],
    [
      'there is none to delete',
      encodeDeleteClsact({ ifindex: 11 }),
      'delete clsact of interface 11: ENOENT: no such file or directory, netlink(RTM_DELQDISC). ' +
        'Cannot find specified qdisc on specified device',
    ],
    [
      'there is no such device',
      encodeCreateClsact({ ifindex: 99 }),
      'create clsact on interface 99: ENODEV: no such device, netlink(RTM_NEWQDISC)',
    ],
    [
      'there is no such device',
      encodeDeleteClsact({ ifindex: 99 }),
      'delete clsact of interface 99: ENODEV: no such device, netlink(RTM_DELQDISC)',
    ],
  ])('is refused when %s: %#', (_why, request, message) => {
    using sandbox = new Sandbox();
    sandbox.netlink.requestAll([pair, encodeCreateClsact({ ifindex: 10 })]);
    expect(refusalOf(sandbox, request)).toBe(message);
  });

  it('that is not there is EINVAL when it is asked for by its handle, for which reason it is not', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.requestAll([pair, encodeCreateClsact({ ifindex: 10 }), encodeDeleteClsact({ ifindex: 10 })]);
    const byHandle = encodeTcHeader({ ifindex: 10, parent: 0xfffffff1, handle: 0xffff0000 });
    const codes = [createRequest('RTM_DELQDISC', byHandle, 'x'), encodeDeleteClsact({ ifindex: 10 })].map(
      (request) => sandbox.netlink.attemptAll([request]).get(0)?.code,
    );
    expect(codes).toEqual(['EINVAL', 'ENOENT']);
  });
});
