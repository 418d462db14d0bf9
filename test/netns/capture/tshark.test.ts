import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { createLab, type Lab } from '../../../src/netns/lab/create-lab.js';
import { PacketSocket } from '../../../src/netns/packet-socket.js';
import { createFolder } from '../../support/create-folder.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { TYPESCRIPT } from '../../support/typescript.js';
import { needsTshark, readCapinfos, readFields, runTshark } from './tshark.js';

needsNamespaces();
needsTshark();

/** Each runs programs that take a second to start when the machine is busy. */
const TIMEOUT_MS = 20_000;

const HEADERS = '020000000002020000000001';
const toBytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
/** A ping with a VLAN tag, and one with two. */
const TAGGED = toBytes(
  `${HEADERS} 8100 2007 0800 4500001c 00010000 4001 66de 0a000001 0a000002 0800 f7fd 0001 0001 ${'00'.repeat(18)}`,
);
const TWICE_TAGGED = toBytes(
  `${HEADERS} 88a8 0005 8100 0007 0800 4500001c 00010000 4001 66de 0a000001 0a000002 0800 f7fd 0001 0001 ${'00'.repeat(18)}`,
);

async function openLab() {
  return keep(
    await createLab({
      hosts: { left: {}, right: {} },
      links: { wire: ['left', 'right'] },
      families: ['ipv4', 'ipv6'],
    }),
  );
}

type Pair = Lab<{ host: 'left' | 'right'; router: never; bridge: never; link: 'wire' }>;

/** Traffic of every kind, all of which has arrived when this resolves. */
async function speak({ hosts: { left, right } }: Pair): Promise<void> {
  const [first, second] = [left.interface('wire'), right.interface('wire')];
  for (const { address } of right.interface('wire').addresses) {
    const receiver = right.udp({ host: address, port: 5000 });
    left.udp({ host: address.includes(':') ? '::' : '0.0.0.0' }).send('hello', 5000, address);
    await receiver.receive();
  }
  right.udp({ port: 5001 }).join('239.1.1.1', { interface: second.name });
  await right.joined('239.1.1.1');
  right.serve((_request, response) => response.end('x'.repeat(200_000)), { port: 80, host: right.address });
  expect((await (await left.fetch('http://right/')).text()).length).toBe(200_000);
  using raw = new PacketSocket({ netns: left.netns, ifindex: first.ifindex });
  raw.send(TAGGED);
  raw.send(TWICE_TAGGED);
}

const FIELDS = [
  'frame.time_epoch',
  'frame.interface_name',
  'frame.packet_flags_direction',
  'ip.src',
  'ipv6.src',
  'udp.dstport',
  'http.response.code',
  'http.content_length',
  'arp.opcode',
  'igmp.maddr',
  'icmpv6.type',
  'vlan.id',
  'vlan.priority',
  'ieee8021ad.id',
  'icmp.type',
] as const;

test('a capture is read by tshark: every protocol, times, ports, names, without a malformed frame', {
  timeout: TIMEOUT_MS,
}, async () => {
  const lab = await openLab();
  const before = Date.now();
  const file = join(createFolder(), 'all.pcapng');
  const capture = await lab.capture({ file, comment: 'seed 42' });
  await speak(lab);
  // The kernel sends a report some time after the join.
  await capture.waitFor(({ ip }) => ip?.protocol === 2);
  await capture.waitFor(({ vlanIds }) => vlanIds.length === 2);
  await capture.stop();
  const after = Date.now();

  const rows = readFields(file, FIELDS).map(
    (values) => new Map(FIELDS.map((name, index) => [name, values[index] ?? ''])),
  );
  const find = (...names: readonly (typeof FIELDS)[number][]): readonly string[] =>
    rows.map((row) => names.map((name) => row.get(name)).join(' ')).filter((text) => text.trim() !== '');
  expect(rows.length).toBe(capture.counts().received);
  const times = find('frame.time_epoch').map((time) => Number(time) * 1000);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(before);
  expect(Math.max(...times)).toBeLessThanOrEqual(after + 1);
  expect(new Set(find('frame.interface_name'))).toEqual(new Set(['wire:left:eth0', 'wire:right:eth0']));
  expect(new Set(find('frame.packet_flags_direction').map(Number))).toEqual(new Set([1]));

  const [ipv4, ipv6] = lab.hosts.left.interface('wire').addresses.map(({ address }) => address);
  const udp = find('ip.src', 'ipv6.src', 'udp.dstport').filter((text) => text.endsWith(' 5000'));
  expect(udp).toEqual([`${ipv4}  5000`, ` ${ipv6} 5000`]);
  expect(find('http.response.code', 'http.content_length')).toEqual(['200 200000']);
  expect(find('arp.opcode')).toEqual(expect.arrayContaining(['1', '2']));
  expect(find('igmp.maddr')).toContain('239.1.1.1');
  expect(find('icmpv6.type')).toContain('135');
  expect(find('vlan.id', 'vlan.priority', 'ieee8021ad.id', 'icmp.type')).toEqual(['7 1  8', '7 0 5 8']);

  // Checked as Wireshark can be told to: the kernel had left the checksums to a network card.
  const strict = ['tcp', 'udp', 'ip'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
  const wrong = '_ws.malformed || tcp.checksum.status == 0 || udp.checksum.status == 0 || ip.checksum.status == 0';
  const answer = runTshark(file, ...strict, '-Y', wrong);
  expect(answer).toEqual({ status: 0, lines: [], complaints: '' });
});

test('capinfos says what the capture says', { timeout: TIMEOUT_MS }, async () => {
  const lab = await openLab();
  const file = join(createFolder(), 'few.pcapng');
  const capture = await lab.links.wire.capture({
    filter: { protocol: 'udp', port: 5000 },
    snapLength: 64,
    sides: 'both',
  });
  await speak(lab);
  await capture.stop();
  await capture.save(file);
  const frames = await capture.frames();
  expect(frames.map(({ port, direction }) => `${port.node} ${direction}`)).toEqual([
    'left out',
    'right in',
    'left out',
    'right in',
  ]);
  const infos = readCapinfos(file);
  expect(infos.get('Number of packets')).toBe('2');
  expect(infos.get('File timestamp precision')).toBe('nanoseconds (9)');
  expect(infos.get('Capture application')).toBe('glovebox');
  expect(infos.get('Number of interfaces in file')).toBe('2');
  expect(infos.get('Filter string')).toBe('udp and port 5000');
  expect(infos.get('Capture length')).toBe('64');
  const flags = readFields(file, ['frame.interface_name', 'frame.packet_flags_direction']);
  expect(flags.map(([name, direction]) => [name, Number(direction)])).toEqual([
    ['wire:left:eth0', 2],
    ['wire:right:eth0', 1],
    ['wire:left:eth0', 2],
    ['wire:right:eth0', 1],
  ]);
});

test('a capture of a process that was killed can be read', { timeout: TIMEOUT_MS }, async () => {
  const file = join(createFolder(), 'killed.pcapng');
  const node = [process.execPath, ...TYPESCRIPT, 'test/netns/capture/child/capturing.ts', file];
  const child = spawn(node[0] ?? '', node.slice(1), { stdio: 'inherit' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    await until(() => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 500_000, { timeoutMs: 10_000 });
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
  const { status, lines, complaints } = runTshark(file, '-T', 'fields', '-e', 'udp.length', '-Y', 'udp');
  // A last block that is cut is said to be, and what is before it is read.
  if (complaints !== '') expect(complaints).toContain('cut short');
  expect(status === 0 || complaints !== '').toBe(true);
  expect(lines.length).toBeGreaterThan(1000);
  expect(new Set(lines)).toEqual(new Set(['72']));
});
