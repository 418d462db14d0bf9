import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errnoOf } from '../../../src/core/kernel-error.js';
import { toAddressBytes } from '../../../src/native/socket-address.js';
import { parseNetstat, parseSnmp, parseSnmp6 } from '../../../src/netns/proc/counters.js';
import { parseDevices } from '../../../src/netns/proc/devices.js';
import { parseIgmp, parseIgmp6 } from '../../../src/netns/proc/memberships.js';
import { parseMulticastRoutes, parseMulticastVifs } from '../../../src/netns/proc/multicast-routes.js';
import { parseArp } from '../../../src/netns/proc/neighbours.js';
import { parseIpv6Routes, parseRoutes } from '../../../src/netns/proc/routes.js';
import { decodeIpv4, decodeIpv6, decodeIpv6Words } from '../../../src/process/proc/addresses.js';
import { parseSockets } from '../../../src/process/proc/socket-table.js';

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('addresses', () => {
  test('of IPv4 are read as the kernel prints them', () => {
    expect(decodeIpv4('0100007F')).toBe('127.0.0.1');
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(decodeIpv4(toHex(toAddressBytes(address).reverse()))).toBe(address);
      }),
    );
  });

  test('of IPv6 come out as they went in, in their shortest form', () => {
    expect(decodeIpv6('fe800000000000000000000000000001')).toBe('fe80::1');
    expect(decodeIpv6('00000000000000000000000000000000')).toBe('::');
    expect(decodeIpv6('20010db8000000010001000100010001')).toBe('2001:db8:0:1:1:1:1:1');
    expect(decodeIpv6('00000000000000000000ffff0a000001')).toBe('::ffff:10.0.0.1');
    expect(decodeIpv6Words('000080FE00000000000000000100000A')).toBe('fe80::a00:1');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(16), (bytes, zeros) => {
        const address = Uint8Array.from(bytes, (byte, at) => (at < zeros ? 0 : byte));
        const text = decodeIpv6(toHex(address)) ?? '';
        expect(isIP(text)).toBe(6);
        expect(toAddressBytes(text)).toEqual(address);
      }),
    );
  });
});

const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 3003: 00000000:1388 00000000:0000 07 00000000:00000900 00:00000000 00000000  1000        0 3526027 2 0000000000000000 46
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0000000000000000 100 0 0 10 0
`;

describe('tables of /proc/net', () => {
  test('sockets', () => {
    expect(parseSockets('udp', UDP)).toEqual([
      {
        protocol: 'udp',
        localAddress: '0.0.0.0',
        localPort: 5000,
        remoteAddress: '0.0.0.0',
        remotePort: 0,
        state: 'close',
        sendQueueBytes: 0,
        receiveQueueBytes: 0x900,
        uid: 1000,
        inode: 3526027,
        drops: 46,
      },
    ]);
    expect(parseSockets('tcp6', TCP6)).toMatchObject([
      { localAddress: '::1', localPort: 8080, state: 'listen', inode: 99 },
    ]);
    expect(parseSockets('tcp6', TCP6)[0]).not.toHaveProperty('drops');
  });

  test('memberships, also of a name that leaves no blank before its colon', () => {
    const igmp =
      'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n' +
      '1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n' +
      '12\ta-long-name-123:     2      V2\n\t\t\t\t010101EF     3 0:00000000\t\t1\n\t\t\t\t010000E0     1 0:00000000\t\t0\n';
    expect(parseIgmp(igmp)).toEqual([
      { interface: 'lo', index: 1, group: '224.0.0.1', users: 1 },
      { interface: 'a-long-name-123', index: 12, group: '239.1.1.1', users: 3 },
      { interface: 'a-long-name-123', index: 12, group: '224.0.0.1', users: 1 },
    ]);
    expect(parseIgmp6('1    lo              ff020000000000000000000000000001     2 0000000C 0\n')).toEqual([
      { interface: 'lo', index: 1, group: 'ff02::1', users: 2 },
    ]);
  });

  test('counters, with 0 for those that the kernel has not', () => {
    const snmp = parseSnmp('Ip: Forwarding InReceives\nIp: 2 7\nUdp: InDatagrams Odd\nUdp: 3 -1\nNew: A\nNew: 4\n');
    expect(snmp.Ip).toMatchObject({ Forwarding: 2, InReceives: 7, OutNoRoutes: 0 });
    expect(snmp.Udp).toMatchObject({ InDatagrams: 3, Odd: -1, RcvbufErrors: 0 });
    expect(snmp['New']).toEqual({ A: 4 });
    expect(snmp.Tcp.RetransSegs).toBe(0);
    expect(parseNetstat('IpExt: InMcastPkts\nIpExt: 9\n').IpExt.InMcastPkts).toBe(9);
    expect(parseSnmp6('Ip6InReceives                   \t5\nIcmp6OutType143\t2\n')).toEqual({
      Ip6InReceives: 5,
      Icmp6OutType143: 2,
    });
    const hostile = parseSnmp('__proto__: polluted\n__proto__: 1\n');
    expect(Object.hasOwn({}, 'polluted')).toBe(false);
    expect(Reflect.get({}, 'polluted')).toBe(undefined);
    expect(Object.getPrototypeOf(hostile)).toBe(Object.prototype);
  });

  test('devices', () => {
    const text =
      'Inter-|   Receive  |  Transmit\n face |bytes ...\n' +
      '    lo:       1       2    3    4    5     6          7         8        9       10    11    12    13     14       15          16\n' +
      'eth0:1:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n';
    expect(parseDevices(text)).toEqual(
      ['lo', 'eth0:1'].map((name) => ({
        interface: name,
        received: { bytes: 1, packets: 2, errors: 3, dropped: 4, multicast: 8 },
        sent: { bytes: 9, packets: 10, errors: 11, dropped: 12 },
      })),
    );
  });

  test('routes', () => {
    const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
    const text = `${head}eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n`;
    expect(parseRoutes(text)).toEqual([
      { destination: '0.0.0.0/0', gateway: '10.0.0.1', interface: 'eth0', metric: 100, flags: 3 },
      { destination: '10.0.0.0/24', interface: 'eth0', metric: 0, flags: 1 },
    ]);
    const six = `fd000000000000000000000000000000 40 ${'0'.repeat(32)} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n`;
    expect(parseIpv6Routes(six)).toEqual([
      { destination: 'fd00::/64', gateway: 'fe80::1', interface: 'eth0', metric: 1024, flags: 3 },
    ]);
  });

  test('neighbours and multicast routes', () => {
    const arp =
      'IP address       HW type     Flags       HW address            Mask     Device\n' +
      '10.0.0.2         0x1         0x6         02:00:00:00:00:02     *        eth0\n' +
      '10.0.0.3         0x1         0x0         00:00:00:00:00:00     *        eth0\n';
    expect(parseArp(arp)).toEqual([
      { address: '10.0.0.2', macAddress: '02:00:00:00:00:02', interface: 'eth0', isComplete: true, isPermanent: true },
      {
        address: '10.0.0.3',
        macAddress: '00:00:00:00:00:00',
        interface: 'eth0',
        isComplete: false,
        isPermanent: false,
      },
    ]);
    const vif =
      'Interface      BytesIn  PktsIn  BytesOut PktsOut Flags Local    Remote\n' +
      ' 0 eth0            100       2         0       0 00000 0100000A 00000000\n';
    expect(parseMulticastVifs(vif)).toEqual([
      { index: 0, interface: 'eth0', bytesIn: 100, packetsIn: 2, bytesOut: 0, packetsOut: 0 },
    ]);
    const cache =
      'Group    Origin   Iif     Pkts    Bytes    Wrong Oifs\n' +
      '010101EF 0200000A 0          5      500        1  1:1    2:3  \n' +
      '020101EF 0200000A -1         0        0        0\n';
    expect(parseMulticastRoutes(cache)).toEqual([
      {
        group: '239.1.1.1',
        origin: '10.0.0.2',
        inputVif: 0,
        packets: 5,
        bytes: 500,
        wrongInterface: 1,
        outputs: [
          { vif: 1, ttl: 1 },
          { vif: 2, ttl: 3 },
        ],
      },
      { group: '239.1.1.2', origin: '10.0.0.2', packets: 0, bytes: 0, wrongInterface: 0, outputs: [] },
    ]);
  });

  test('quote a line that no kernel writes', () => {
    expect(() => parseSockets('udp', 'head\nnonsense here\n')).toThrow(
      'read /proc/net/udp: EBADMSG: bad message, read. This line is not understood: "nonsense here"',
    );
    expect(() => parseIgmp('head\n\t\t\t010000E0 1 0:0 0\n')).toThrow('EBADMSG');
    expect(() => parseSnmp('Ip: A B\nIp: 1\n')).toThrow('"Ip: 1"');
    expect(() => parseSnmp('Ip: A B\n')).toThrow('"Ip: A B"');
  });
});

const parsers: readonly (readonly [string, (text: string) => unknown])[] = [
  ['udp', (text) => parseSockets('udp', text)],
  ['tcp6', (text) => parseSockets('tcp6', text)],
  ['igmp', parseIgmp],
  ['igmp6', parseIgmp6],
  ['snmp', parseSnmp],
  ['netstat', parseNetstat],
  ['snmp6', parseSnmp6],
  ['dev', parseDevices],
  ['route', parseRoutes],
  ['ipv6_route', parseIpv6Routes],
  ['arp', parseArp],
  ['ip_mr_vif', parseMulticastVifs],
  ['ip_mr_cache', parseMulticastRoutes],
];

/** What such files are made of, in any order. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(' ', '\t', '\n', ':', '0100007F:0050', '0A', '-1', '1', 'lo', 'Ip:', '00000000:00000000'),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.stringMatching(/^[0-9a-fA-F]{32}$/),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

describe.each(parsers)('%s of hostile text', (_file, parse) => {
  test('is understood or refused, with nothing else thrown', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        try {
          parse(`head\nhead\n${text}`);
          parse(text);
        } catch (error) {
          expect(errnoOf(error)).toBe('EBADMSG');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('takes time in proportion to its length', () => {
    const long = `head\nhead\n${' '.repeat(200_000)}x${'\t:'.repeat(100_000)}`;
    expect(() => parse(long)).toThrow('EBADMSG');
  });
});
