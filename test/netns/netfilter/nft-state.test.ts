import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KernelError } from '../../../src/core/kernel-error.js';
import { compare, count, drop, loadMeta, reject } from '../../../src/netns/netfilter/expressions.js';
import { typeOf } from '../../../src/netns/netfilter/nft-message.js';
import { encodeAddChain, encodeAddRule } from '../../../src/netns/netfilter/nft-requests.js';
import { decodeChain, decodeRule, decodeRules } from '../../../src/netns/netfilter/nft-state.js';
import { commitNft } from '../../../src/netns/netfilter/transaction.js';
import type { NetlinkRequest } from '../../../src/netns/netlink/message.js';

const place = { family: 'netdev', table: 't', chain: 'c' } as const;

function toMessage({ type, payload }: Pick<NetlinkRequest, 'type' | 'payload'>) {
  return { type, flags: 0, sequence: 1, portId: 0, payload };
}

describe('what nf_tables lists', () => {
  test('is what was asked for', () => {
    const rule = encodeAddRule({
      ...place,
      expressions: [loadMeta('l4proto'), compare('equal', Uint8Array.of(6)), drop()],
      comment: 'why: änd so on',
    });
    expect(decodeRules([toMessage(rule), toMessage({ ...rule, type: typeOf('NEWCHAIN') })])).toEqual([
      {
        ...place,
        handle: 0n,
        comment: 'why: änd so on',
        counter: undefined,
        verdict: 'drop',
        steps: ['meta', 'cmp', 'immediate'],
      },
    ]);
    const refusal = encodeAddRule({ ...place, family: 'inet', expressions: [count(), reject('tcp-reset')] });
    expect(decodeRule(toMessage(refusal))).toMatchObject({
      family: 'inet',
      comment: undefined,
      counter: { packets: 0, bytes: 0 },
      verdict: 'reject',
    });
    const chain = encodeAddChain({ ...place, hook: 'ingress', priority: -1, device: 'eth0' });
    expect(decodeChain(toMessage(chain))).toEqual({ ...place, hook: 'ingress', devices: ['eth0'], policy: undefined });
  });

  test('may be any bytes, which are read or refused', () => {
    const whole = encodeAddRule({ ...place, expressions: [count(), drop()], comment: 'x' }).payload;
    const damaged = fc
      .tuple(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255))
      .map(([end, at, value]) => whole.map((byte, index) => (index === at ? value : byte)).slice(0, end));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (payload) => {
        for (const decode of [decodeRule, decodeChain]) {
          try {
            decode(toMessage({ type: typeOf('NEWRULE'), payload }));
          } catch (error) {
            if (!(error instanceof KernelError && error.code === 'EBADMSG')) throw error;
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('is not asked for when nothing is to be done', () => {
    const transport = {
      send: () => {
        throw new Error('sent');
      },
      receive: () => new Uint8Array(),
    };
    expect(commitNft(transport, [])).toEqual([]);
  });
});
