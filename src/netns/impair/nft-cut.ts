import { randomSeed } from '../../core/random.js';
import type { DropSources } from '../../native/drop-program.js';
import { compare, count, drop, type Expression, loadMeta, loadPayload } from '../netfilter/expressions.js';
import { type OwnRules, OwnTable } from '../netfilter/nft-table.js';
import type { Cut, CutDevice } from './partition.js';

/** Where senders stand in a frame: include/uapi/linux/if_ether.h, ip.h, ipv6.h. */
const SOURCE_MAC_AT = 6;
const IP = {
  4: { etherType: Uint8Array.of(0x08, 0x00), sourceAt: 12 },
  16: { etherType: Uint8Array.of(0x86, 0xdd), sourceAt: 8 },
} as const;

/** A cut by rules of nf_tables, one for each address: for users without CAP_BPF, as in an unprivileged user namespace. */
export class NftCut implements Cut {
  readonly #rules: OwnRules[] = [];
  /** Partitions may lie over each other, and each takes its own tables away. */
  readonly #name = randomSeed().toString(36);

  get dropped(): number {
    return this.#rules.reduce((sum, rules) => sum + rules.counts().packets, 0);
  }

  /** @throws KernelError EPERM without CAP_NET_ADMIN @throws UnsupportedError without nf_tables */
  place(devices: readonly CutDevice[], { macAddresses, ipAddresses }: DropSources): void {
    const matches = [
      ...macAddresses.map((mac) => [loadPayload('link', SOURCE_MAC_AT, mac.length), compare('equal', mac)]),
      ...ipAddresses.map(matchSource),
    ];
    const rules = matches.map((match) => [...match, count(), drop()]);
    for (const { netns, device, isLasting = false } of devices) {
      const name = `glovebox-partition-${this.#name}-${device}`;
      const table = new OwnTable(netns, { family: 'netdev', table: name, isLasting });
      const chain = { chain: 'ingress', hook: 'ingress', priority: -1, device } as const;
      this.#rules.push(table.add(chain, rules, 'glovebox: partition'));
    }
  }

  heal(): void {
    for (const rules of this.#rules) rules.remove();
  }

  [Symbol.dispose](): void {
    this.heal();
  }
}

function matchSource(address: Uint8Array): readonly Expression[] {
  const { etherType, sourceAt } = IP[address.length === 4 ? 4 : 16];
  return [
    loadMeta('protocol'),
    compare('equal', etherType),
    loadPayload('network', sourceAt, address.length),
    compare('equal', address),
  ];
}
