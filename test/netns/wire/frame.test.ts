import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Frame } from '../../../src/netns/wire/frame.js';

const toBytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

const ETHERNET = '020000000002 020000000001';

describe('a frame', () => {
  test('of TCP shows its headers, and no others', () => {
    const frame = new Frame(
      toBytes(`${ETHERNET} 0800 4500002a 00014000 40060000 0a000001 0a000002
        04d2 0050 00000007 00000009 5012 ffff 0000 0000 6869 000000000000`),
    );
    expect(frame.ethernet).toEqual({
      source: '02:00:00:00:00:01',
      destination: '02:00:00:00:00:02',
      etherType: 0x0800,
    });
    expect(frame.ipv4).toMatchObject({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 6, ttl: 64 });
    expect(frame.tcp).toMatchObject({
      sourcePort: 1234,
      destinationPort: 80,
      sequence: 7,
      acknowledgement: 9,
      syn: true,
      ack: true,
      fin: false,
    });
    expect(Buffer.from(frame.payload ?? []).toString()).toBe('hi');
    expect([frame.udp, frame.icmp, frame.arp, frame.ipv6]).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('of ARP says who asks for whom', () => {
    const frame = new Frame(
      toBytes(`ffffffffffff 020000000001 0806 0001 0800 0604 0001 020000000001 0a000001 000000000000 0a000002`),
    );
    expect(frame.arp).toEqual({
      operation: 1,
      senderMac: '02:00:00:00:00:01',
      senderAddress: '10.0.0.1',
      targetMac: '00:00:00:00:00:00',
      targetAddress: '10.0.0.2',
    });
    expect(frame.ip).toBeUndefined();
  });

  test('of IPv6 is read behind its extension headers; a later fragment has none', () => {
    const header = `${ETHERNET} 86dd 60000000 0018 00 40 fd000000000000000000000000000001 fd000000000000000000000000000002`;
    const udp = '0007 0009 0008 0000';
    const whole = new Frame(toBytes(`${header} 2c00000000000000 1100000000000001 ${udp}`));
    expect(whole.ipv6).toMatchObject({ source: 'fd00::1', destination: 'fd00::2', protocol: 17 });
    expect(whole.udp).toMatchObject({ sourcePort: 7, destinationPort: 9 });
    const later = new Frame(toBytes(`${header} 2c00000000000000 1100000800000001 ${udp}`));
    expect(later.ipv6?.isLaterFragment).toBe(true);
    expect(later.udp).toBeUndefined();
  });

  test('is read behind its VLAN tags', () => {
    const ip = '4500001e 00014000 40110000 0a000001 0a000002 04d2 0035 000a 0000 6869';
    const tagged = new Frame(toBytes(`${ETHERNET} 88a8 0005 8100 e007 0800 ${ip}`));
    expect(tagged.vlanIds).toEqual([5, 7]);
    expect(tagged.ethernet?.etherType).toBe(0x88a8);
    expect(tagged.udp).toMatchObject({ sourcePort: 1234, destinationPort: 53 });
    expect(Buffer.from(tagged.payload ?? []).toString()).toBe('hi');
    const arp = new Frame(
      toBytes(`${ETHERNET} 8100 0007 0806 0001 0800 0604 0001 020000000001 0a000001 000000000000 0a000002`),
    );
    expect(arp.arp).toMatchObject({ senderAddress: '10.0.0.1', targetAddress: '10.0.0.2' });
    expect(new Frame(toBytes(`${ETHERNET} 0800 ${ip}`)).vlanIds).toEqual([]);
    expect(new Frame(toBytes(`${ETHERNET} 8100 00`)).ip).toBeUndefined();
  });

  test('of any bytes is read without an error, and never beyond its end', () => {
    const types = fc.constantFrom(
      [0x08, 0x00, 0x45],
      [0x08, 0x06, 0x00],
      [0x86, 0xdd, 0x60],
      [0x08, 0x00, 0x4f],
      [0x81, 0x00, 0x00],
    );
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 120 }), fc.nat(130), (type, rest, length) => {
        const frame = new Frame(Uint8Array.from([...Array<number>(12).fill(2), ...type, ...rest]).subarray(0, length));
        const { ethernet, arp, ip, icmp, udp, tcp, payload } = frame;
        expect(ethernet === undefined).toBe(frame.bytes.length < 14);
        expect([arp, ip].filter((each) => each !== undefined).length).toBeLessThan(2);
        expect([icmp, udp, tcp].filter((each) => each !== undefined).length).toBeLessThan(2);
        for (const each of [icmp, udp, tcp])
          if (each) expect(each.payloadOffset).toBeLessThanOrEqual(frame.bytes.length);
        if (payload !== undefined) expect(payload.length).toBeLessThan(frame.bytes.length);
      }),
      { numRuns: 1000 },
    );
  });
});
