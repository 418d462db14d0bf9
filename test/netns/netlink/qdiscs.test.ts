import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { AttributeWriter } from '../../../src/netns/netlink/attribute-writer.js';
import { encodeCreateNetem } from '../../../src/netns/netlink/netem.js';
import type { NetemSettings } from '../../../src/netns/netlink/netem-state.js';
import { encodeDeleteQdisc } from '../../../src/netns/netlink/qdisc-place.js';
import { decodeQdisc } from '../../../src/netns/netlink/qdiscs.js';
import { encodeAddRedirect } from '../../../src/netns/netlink/redirect.js';
import { encodeCreateTbf } from '../../../src/netns/netlink/tbf.js';
import { fromHex, toHex } from './hex.js';
import { answer } from './messages.js';

// The bytes are those of tc(8) of iproute2 6.1 (strace), but for the mark on nested attributes, the NUL of a kind, and
// the times in nanoseconds, which it leaves out where ticks will do.
describe('a netem', () => {
  it('is created with all that is known of it', () => {
    const request = encodeCreateNetem({
      ifindex: 10,
      handle: 0x00010000,
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
      seed: 0x0102030405060708n,
    });
    expect(request).toMatchObject({ name: 'RTM_NEWQDISC', flags: 0x600, action: 'create netem on interface 10' });
    expect(toHex(request.payload)).toBe(
      [
        '00000000 0a000000 00000100 ffffffff 00000000', // tcmsg
        '0a000100 6e657465 6d000000', // TCA_KIND
        '7c000280', // TCA_OPTIONS
        'b4c40400 f4010000 295c8f02 05000000 52b81e05 2d310100', // latency, limit, loss, gap, duplicate, jitter
        '10000100 00000040 9a999919 7b14ae07', // TCA_NETEM_CORR
        '0c000300 f6285c0f 1f85eb11', // TCA_NETEM_REORDER
        '0c000400 a4703d0a cdcccc0c', // TCA_NETEM_CORRUPT
        '0c000a00 002d3101 00000000', // TCA_NETEM_LATENCY64
        '0c000b00 404b4c00 00000000', // TCA_NETEM_JITTER64
        '14000600 48e80100 00000000 00000000 00000000', // TCA_NETEM_RATE
        '0c000e00 08070605 04030201', // TCA_NETEM_PRNG_SEED
      ].join(' '),
    );
  });

  it('loses in bursts by the model of Gilbert and Elliott', () => {
    const model = { goodToBadPercent: 1, badToGoodPercent: 10, lossInBadPercent: 70, lossInGoodPercent: 0.1 };
    const { payload } = encodeCreateNetem({ ifindex: 10, lossModel: model });
    expect(toHex(payload)).toContain('18000580 14000200 295c8f02 9a999919 cdcccc4c 37894100');
  });

  const percent = fc.integer({ min: 0, max: 1_000_000 }).map((value) => value / 10_000);
  const time = fc.integer({ min: 1, max: 60_000_000 }).map((microseconds) => microseconds / 1000);
  const required: fc.Arbitrary<Required<Omit<NetemSettings, 'lossPercent'>>> = fc.record({
    delayMs: time,
    jitterMs: time,
    delayCorrelationPercent: percent,
    lossCorrelationPercent: percent,
    lossModel: fc.record({
      goodToBadPercent: percent,
      badToGoodPercent: percent,
      lossInBadPercent: percent,
      lossInGoodPercent: percent,
    }),
    duplicatePercent: percent,
    duplicateCorrelationPercent: percent,
    corruptPercent: percent,
    corruptCorrelationPercent: percent,
    reorderPercent: percent,
    reorderCorrelationPercent: percent,
    reorderGap: fc.integer({ min: 1, max: 1000 }),
    rateBitsPerSecond: fc.integer({ min: 1, max: 1e12 }).map((bytes) => 8 * bytes),
    packetOverheadBytes: fc.integer({ min: -100, max: 100 }),
    limitPackets: fc.integer({ min: 1, max: 0xffffffff }),
    seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(required, (given) => {
        const { netem } = decodeQdisc(answer(encodeCreateNetem({ ifindex: 1, ...given })));
        expect(netem).toEqual({ ...given, lossPercent: 0 });
      }),
    );
    fc.assert(
      fc.property(percent, (lossPercent) => {
        const { netem } = decodeQdisc(answer(encodeCreateNetem({ ifindex: 1, lossPercent })));
        expect(netem).toMatchObject({ lossPercent, lossModel: undefined, rateBitsPerSecond: undefined, reorderGap: 0 });
      }),
    );
  });

  it('of an earlier kernel tells its times in ticks alone', () => {
    const payload = new AttributeWriter(fromHex('00000000 0a000000 00000100 ffffffff 00000000'))
      .string(1, 'netem')
      .bytes(2, fromHex('b4c40400 f4010000 00000000 00000000 00000000 2d310100'))
      .finish();
    expect(decodeQdisc({ ...answer(encodeDeleteQdisc({ ifindex: 1 })), payload }).netem).toMatchObject({
      delayMs: 20,
      jitterMs: 5,
    });
  });

  it('is refused with all of its mistakes', () => {
    const attempt = () =>
      encodeCreateNetem({
        ifindex: 0,
        handle: 1,
        delayMs: -1,
        jitterMs: Number.NaN,
        lossPercent: 101,
        lossModel: { goodToBadPercent: -1, badToGoodPercent: 1 },
        reorderGap: 0,
        rateBitsPerSecond: 0,
        limitPackets: 0,
        seed: -1n,
      });
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(
      expect.objectContaining({
        problems: [
          'ifindex must be an integer from 1 to 2147483647; received 0',
          "a qdisc's handle has no minor part: 0x00010000 is 1:",
          'delayMs must be from 0 to 21600000; received -1',
          'jitterMs must be from 0 to 21600000; received NaN',
          'lossPercent must be from 0 to 100; received 101',
          'lossModel.goodToBadPercent must be from 0 to 100; received -1',
          'lossModel stands instead of lossPercent',
          'reorderGap must be an integer from 1 to 4294967295; received 0',
          'rateBitsPerSecond must be an integer from 8 to 10000000000000; received 0',
          'limitPackets must be an integer from 1 to 4294967295; received 0',
          'seed must be a bigint from 0 to 18446744073709551615; received -1n',
        ],
      }),
    );
    expect(() => encodeCreateNetem({ ifindex: 1, reorderPercent: 5 })).toThrow(
      'encodeCreateNetem: reorderPercent takes a delayMs beside it: packets overtake those that wait',
    );
  });
});

describe('a tbf', () => {
  it('is created by rate, burst and limit', () => {
    const { payload } = encodeCreateTbf({ ifindex: 10, rateBitsPerSecond: 1_000_000, burstBytes: 10_240 });
    expect(toHex(payload)).toBe(
      [
        '00000000 0a000000 00000000 ffffffff 00000000 08000100 74626600 34000280',
        '28000100 00010000 00000000 48e80100 00000000 00000000 00000000 6a400000 00000000 00000000',
        '08000600 00280000',
      ].join(' '),
    );
  });
});

describe('a redirection', () => {
  it.each([
    ['matchall', '0d000100 6d617463 68616c6c 00000000 3c000280 38000280'],
    ['u32', '08000100 75333200 60000280 38000780'],
  ] as const)('by %s is created as tc(8) does', (classifier, head) => {
    const { payload } = encodeAddRedirect({
      ifindex: 10,
      direction: 'ingress',
      targetIndex: 30,
      priority: 1,
      classifier,
    });
    expect(toHex(payload)).toContain(
      [
        `00000000 0a000000 00000000 f2ffffff 00030100 ${head}`,
        '34000180 0b000100 6d697272 65640000 24000280',
        '20000200 00000000 00000000 04000000 00000000 00000000 01000000 1e000000',
      ].join(' '),
    );
  });
});
