import { describe, expect, it } from 'vitest';
import { encodeAddAddress } from '../../../src/netns/netlink/address-requests.js';
import { decodeFilter, encodeListFilters } from '../../../src/netns/netlink/filters.js';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import { encodeAddNeighbour } from '../../../src/netns/netlink/neighbours.js';
import { encodeCreateNetem } from '../../../src/netns/netlink/netem.js';
import { encodeDeleteQdisc } from '../../../src/netns/netlink/qdisc-place.js';
import { decodeQdiscs, encodeCreateClsact, encodeListQdiscs } from '../../../src/netns/netlink/qdiscs.js';
import { encodeAddRedirect } from '../../../src/netns/netlink/redirect.js';
import { encodeCreateIfb } from '../../../src/netns/netlink/stacked-links.js';
import { encodeCreateTbf } from '../../../src/netns/netlink/tbf.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { getLink, openUdp, pair, refusalOf, Sandbox, sendUdp } from './sandbox.js';

needsNamespaces();

const prepare = ({ netlink }: Sandbox) =>
  netlink.requestAll([
    pair,
    // Too small for IPv6, whose own packets would be counted too.
    ...[10, 11].map((index) => encodeSetLink({ index, isUp: true, mtuBytes: 1279 })),
    encodeAddAddress({ ifindex: 10, address: '192.0.2.1', prefixLength: 24 }),
    encodeAddNeighbour({ ifindex: 10, address: '192.0.2.2', macAddress: '02:00:00:00:00:02' }),
  ]);
const list = ({ netlink }: Sandbox, ifindex: number) => decodeQdiscs(netlink.dump(encodeListQdiscs()), ifindex);
/** 1000 bytes, 1042 with headers. */
function send(sandbox: Sandbox, count: number): void {
  using socket = openUdp(sandbox);
  for (let sent = 0; sent < count; sent += 1) sendUdp(socket, '192.0.2.2', 9, new Uint8Array(1000));
}

describe('a token bucket filter of the running kernel', () => {
  const tbf = { ifindex: 10, handle: 0x00010000, rateBitsPerSecond: 8000, burstBytes: 2000, limitBytes: 4000 };

  it('has what it was given, holds packets back and drops those for which there is no room', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    sandbox.netlink.request(encodeCreateTbf(tbf));
    send(sandbox, 6);
    expect(list(sandbox, 10)).toEqual([
      {
        ifindex: 10,
        kind: 'tbf',
        handle: 0x00010000,
        parent: 0xffffffff,
        statistics: {
          bytes: 1042,
          packets: 1,
          drops: 2,
          overlimits: expect.any(Number),
          requeues: 0,
          queueLength: 3,
          backlogBytes: 3126,
        },
        netem: undefined,
        tbf: { rateBitsPerSecond: 8000, burstBytes: 2000, limitBytes: 4000 },
        fqCodel: undefined,
      },
    ]);
  });

  it.each([100_000, 1e6, 1e9, 40e9, 100e9])('of %d bits a second is read as it was written', (rateBitsPerSecond) => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    sandbox.netlink.request(encodeCreateTbf({ ifindex: 10, rateBitsPerSecond, burstBytes: 100_000 }));
    const state = list(sandbox, 10)[0]?.tbf;
    expect(state?.rateBitsPerSecond).toBe(rateBitsPerSecond);
    // 64 nanoseconds of it.
    const error = Math.abs((state?.burstBytes ?? 0) - 100_000);
    expect(error).toBeLessThanOrEqual(Math.ceil((rateBitsPerSecond / 8) * 64e-9));
  });

  it('is changed in place by its handle, and deleted', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    sandbox.netlink.request(encodeCreateTbf(tbf));
    expect(refusalOf(sandbox, encodeCreateTbf(tbf))).toBe(
      'create tbf on interface 10: EEXIST: file exists, netlink(RTM_NEWQDISC). Exclusivity flag on, cannot modify',
    );
    send(sandbox, 2);
    sandbox.netlink.request(encodeCreateTbf({ ...tbf, rateBitsPerSecond: 16_000, exclusive: false }));
    expect(list(sandbox, 10)).toMatchObject([{ statistics: { packets: 1 }, tbf: { rateBitsPerSecond: 16_000 } }]);
    sandbox.netlink.request(encodeDeleteQdisc({ ifindex: 10 }));
    expect(list(sandbox, 10)).toMatchObject([{ kind: 'noqueue' }]);
    expect(refusalOf(sandbox, encodeDeleteQdisc({ ifindex: 10 }))).toBe(
      'delete the qdisc at root of interface 10: ENOENT: no such file or directory, netlink(RTM_DELQDISC). ' +
        'Cannot delete qdisc with handle of zero',
    );
  });
});

describe('netem of the running kernel', () => {
  it('has what it was given, where the kernel has it', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    const netem = {
      delayMs: 20,
      jitterMs: 5,
      delayCorrelationPercent: 25,
      lossPercent: 1,
      lossCorrelationPercent: 10,
      duplicatePercent: 2,
      duplicateCorrelationPercent: 3,
      corruptPercent: 4,
      corruptCorrelationPercent: 5,
      reorderPercent: 6,
      reorderCorrelationPercent: 7,
      reorderGap: 5,
      rateBitsPerSecond: 1_000_000,
      limitPackets: 500,
    };
    const refusal = refusalOf(sandbox, encodeCreateNetem({ ifindex: 10, ...netem }));
    if (refusal === 'done') expect(list(sandbox, 10)).toMatchObject([{ kind: 'netem', netem }]);
    else {
      expect(refusal).toBe(
        'create netem on interface 10: ENOENT: no such file or directory, netlink(RTM_NEWQDISC). ' +
          'Specified qdisc kind is unknown',
      );
    }
  });
});

describe('a redirection of the running kernel', () => {
  const prepareIfb = (sandbox: Sandbox) => {
    prepare(sandbox);
    sandbox.netlink.requestAll([
      encodeCreateClsact({ ifindex: 10 }),
      encodeCreateIfb({ name: 'ifb0', index: 30, isUp: true, mtuBytes: 1279 }),
    ]);
  };
  const redirect = { ifindex: 10, direction: 'egress', targetIndex: 30, classifier: 'u32' } as const;

  it.each(['redirect', 'mirror'] as const)('%ss packets to an ifb', (mode) => {
    using sandbox = new Sandbox();
    prepareIfb(sandbox);
    const answer = sandbox.netlink.requestOne(encodeAddRedirect({ ...redirect, mode, priority: 7 }));
    expect(decodeFilter(answer)).toMatchObject({ kind: 'u32', priority: 7, direction: 'egress', protocol: 3 });
    send(sandbox, 3);
    expect(getLink(sandbox, { index: 30 }).statistics).toMatchObject({ rxPackets: 3 });
    const kinds = sandbox.netlink.dump(encodeListFilters(redirect)).map((message) => decodeFilter(message).kind);
    expect(new Set(kinds)).toEqual(new Set(['u32']));
  });

  it('needs a classifier that the kernel has, and a link to go to', () => {
    using sandbox = new Sandbox();
    prepareIfb(sandbox);
    const matchall = refusalOf(sandbox, encodeAddRedirect({ ...redirect, classifier: 'matchall' }));
    expect([
      'done',
      'redirect egress of interface 10 to interface 30: ENOENT: no such file or directory, netlink(RTM_NEWTFILTER). ' +
        'TC classifier not found',
    ]).toContain(matchall);
    expect(refusalOf(sandbox, encodeAddRedirect({ ...redirect, targetIndex: 99 }))).toBe(
      'redirect egress of interface 10 to interface 99: ENODEV: no such device, netlink(RTM_NEWTFILTER)',
    );
  });
});
