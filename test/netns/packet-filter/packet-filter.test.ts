import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { compilePacketFilter } from '../../../src/netns/packet-filter/compile.js';
import { createFrameMatcher, matchesFrame } from '../../../src/netns/packet-filter/match.js';
import { findPacketFilterMistakes, type PacketFilter } from '../../../src/netns/packet-filter/packet-filter.js';
import { PacketSocket } from '../../../src/netns/packet-socket.js';
import { PrivateNetIfaceResolver } from '../../../src/netns/private-net-iface-resolver.js';
import { Frame } from '../../../src/netns/wire/frame.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { filters, frames, wholeFrames } from './arbitrary-frames.js';
import { runClassicBpf } from './classic-bpf-interpreter.js';

const PACKET_OUTGOING = 4;

describe('a packet filter', () => {
  test('decides the same as a program and in JavaScript, for any frame, cut short or not', () => {
    let matches = 0;
    fc.assert(
      fc.property(filters, fc.array(frames, { minLength: 1, maxLength: 12, size: 'max' }), (filter, some) => {
        const program = compilePacketFilter(filter);
        for (const bytes of some) {
          const expected = runClassicBpf(program, bytes) > 0;
          if (expected) matches += 1;
          if (matchesFrame(filter, new Frame(bytes)) !== expected) throw new Error(`the program says ${expected}`);
        }
      }),
      { numRuns: 2000 },
    );
    // Else the property would hold of a filter that takes nothing.
    expect(matches).toBeGreaterThan(500);
  });

  test.each<[PacketFilter, string]>([
    [{}, 'udp tcp icmp icmpv6 igmp arp later tagged options'],
    [{ protocol: 'udp' }, 'udp later tagged options'],
    [{ protocol: 'udp', port: 53 }, 'udp tagged options'],
    [{ sourcePort: 80 }, 'tcp'],
    [{ destinationPort: 80 }, ''],
    [{ source: '10.0.0.0/24' }, 'udp tcp icmp igmp arp later tagged'],
    [{ host: '10.0.0.2' }, 'udp tcp icmp arp later tagged'],
    [{ host: 'fd00::/16', protocol: 'udp' }, 'options'],
    [{ protocol: 'arp', destination: '10.0.0.2' }, 'arp'],
    [{ protocol: 'icmpv6' }, 'icmpv6'],
    [{ protocol: 'icmp' }, 'icmp'],
    [{ protocol: 'igmp', destination: '239.1.1.1' }, 'igmp'],
  ])('%j means %s', (filter, expected) => {
    const matches = createFrameMatcher(filter);
    const found = Object.entries(EXAMPLES).filter(([, bytes]) => matches({ bytes }));
    expect(found.map(([name]) => name).join(' ')).toBe(expected);
  });

  test('takes one direction, and the beginning of frames', () => {
    const incoming = compilePacketFilter({}, { direction: 'in', snapLength: 64 });
    const outgoing = compilePacketFilter({}, { direction: 'out' });
    expect(runClassicBpf(incoming, EXAMPLES.udp)).toBe(64);
    expect(runClassicBpf(incoming, EXAMPLES.udp, { packetType: PACKET_OUTGOING })).toBe(0);
    expect(runClassicBpf(outgoing, EXAMPLES.udp)).toBe(0);
    expect(runClassicBpf(outgoing, EXAMPLES.udp, { packetType: PACKET_OUTGOING })).toBe(0xffff_ffff);
  });

  test('tells every mistake, and what could match nothing', () => {
    const wrong = {
      protocol: 'dns',
      source: '10.0.0.1/24',
      destination: 'here',
      port: 70_000,
      sourcePort: '80',
      vlan: 1,
    };
    expect(findPacketFilterMistakes('filter', wrong)).toEqual([
      'filter: "vlan" is no option',
      'filter.protocol must be one of "udp", "tcp", "icmp", "icmpv6", "igmp", "arp"; received "dns"',
      'filter.source must have no bits beyond its length, as "10.0.0.0/24" has none; received "10.0.0.1/24"',
      'filter.destination must be a prefix such as "192.0.2.0/24"; received "here"',
      'filter.sourcePort must be a whole number from 0 to 65535; received "80"',
      'filter.port must be a whole number from 0 to 65535; received 70000',
    ]);
    expect(
      findPacketFilterMistakes('flow', { protocol: 'icmp', source: 'fd00::1', host: '10.0.0.1', port: 1 }),
    ).toEqual([
      'flow.port is of UDP or TCP; "icmp" has no ports',
      'flow.source "fd00::1" is of the other kind of IP than "icmp"',
      'flow.host "10.0.0.1" is of the other kind of IP than flow.source "fd00::1"',
    ]);
    expect(findPacketFilterMistakes('flow', 'udp')).toEqual([
      'flow must be an object such as { protocol: \'udp\', port: 53 }; received "udp"',
    ]);
    expect(() => compilePacketFilter({ port: -1 })).toThrow(
      'packet filter: filter.port must be a whole number from 0 to 65535; received -1',
    );
    expect(() => compilePacketFilter({}, { snapLength: 0 })).toThrow(
      'snapLength must be a whole number from 1; received 0',
    );
  });
});

describe('a packet filter in the kernel', () => {
  needsNamespaces();

  test('takes what it takes in JavaScript', async () => {
    const interfaces = keep(new PrivateNetIfaceResolver());
    using sender = new PacketSocket({ netns: interfaces.peers, ifindex: 2 });
    const some = fc.sample(wholeFrames, { numRuns: 60, seed: 1 }).map((frame, index) => mark(frame, index));
    const place = { netns: interfaces.netns(), ifindex: 2 };
    using everything = new PacketSocket(place);
    let matches = 0;
    for (const filter of fc.sample(filters, { numRuns: 60, seed: 2 })) {
      using receiver = new PacketSocket({ ...place, filter });
      for (const frame of some) sender.send(frame);
      sender.send(END);
      // What was sent before the last frame has been given to all sockets before it was given to any.
      await until(() => everything.receive().some((frame) => frame[frame.length - 3] === END[END.length - 3]));
      const taken = receiver.receive().flatMap((frame) => readMark(frame));
      const expected = some.flatMap((bytes, index) => (matchesFrame(filter, new Frame(bytes)) ? [index] : []));
      expect(taken, JSON.stringify(filter)).toEqual(expected);
      matches += taken.length;
    }
    expect(matches).toBeGreaterThan(100);
  });
});

/** Behind what a filter looks at, so that a frame is known without the VLAN tag that the kernel took out of it. */
function mark(frame: Uint8Array, index: number): Uint8Array {
  return Uint8Array.from([...frame, 0xaa, 0x55, index]);
}

function readMark(frame: Uint8Array): readonly number[] {
  const [first, second, index] = frame.subarray(-3);
  return first === 0xaa && second === 0x55 && index !== undefined ? [index] : [];
}

const END = Uint8Array.from([
  ...new Uint8Array(6).fill(0xff),
  2,
  0,
  0,
  0,
  0,
  2,
  0x88,
  0xb5,
  ...new Uint8Array(50),
  0xbb,
  0,
  0,
]);

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

const MACS = '020000000001 020000000002';
const ipv4 = (protocol: string, rest: string, { fragment = '0000', to = '0a000002', tag = '' } = {}): Uint8Array =>
  hex(`${MACS} ${tag} 0800 4500 0030 0001 ${fragment} 40 ${protocol} 0000 0a000001 ${to} ${rest}`);
const ipv6 = (next: string, rest: string): Uint8Array =>
  hex(
    `${MACS} 86dd 60000000 0014 ${next} 40 fd000000000000000000000000000001 ff020000000000000000000000000001 ${rest}`,
  );
const PORTS = '0400 0035 0010 0000 0000000000000000';

const EXAMPLES = {
  udp: ipv4('11', PORTS),
  tcp: ipv4('06', '0050 0400 00000000 00000000 5000 0000 0000 0000'),
  icmp: ipv4('01', '0800 0000 0000 0000'),
  icmpv6: ipv6('3a', '8000 0000 0000 0000'),
  igmp: ipv4('02', '1600 0000 ef010101', { to: 'ef010101' }),
  arp: hex(`${MACS} 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002`),
  later: ipv4('11', PORTS, { fragment: '0005' }),
  tagged: ipv4('11', PORTS, { tag: '8100 0007' }),
  options: ipv6('00', `1100 0104 0000 0000 ${PORTS}`),
} as const;
