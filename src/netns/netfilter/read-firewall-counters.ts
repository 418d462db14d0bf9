import type { Netns } from '../netns.js';
import type { NftFamily } from './nft-message.js';
import { encodeListChains, encodeListRules, type NftHook } from './nft-requests.js';
import { decodeChains, decodeRules, type NftVerdict } from './nft-state.js';
import { listNft } from './nft-table.js';

/** A rule that counts, glovebox's own or anybody's. */
export interface FirewallCounter {
  readonly family: NftFamily | undefined;
  readonly table: string;
  readonly chain: string;
  /** What names it in its table, for as long as it is there. */
  readonly handle: bigint;
  readonly comment: string | undefined;
  /** Where packets come to its chain; `undefined` for a chain that others jump to. */
  readonly hook: NftHook | undefined;
  /** The devices that its chain is at, of the family `netdev`. */
  readonly devices: readonly string[];
  /** `undefined` for one that only counts, or does what is not known here. */
  readonly verdict: NftVerdict | undefined;
  readonly packets: number;
  readonly bytes: number;
  /** Whether `host.firewall` or `link.drop` put it there. */
  readonly isOwn: boolean;
}

/**
 * Every rule of a namespace that counts what it meets, in the order of its chain: those of glovebox, and those of
 * programs (nft, and iptables in the form that uses nf_tables).
 *
 * @throws KernelError EPERM without CAP_NET_ADMIN
 * @throws UnsupportedError without nf_tables
 */
export function readFirewallCounters(netns: Netns): readonly FirewallCounter[] {
  const rules = decodeRules(listNft(netns, encodeListRules()));
  if (rules.length === 0) return [];
  const chains = decodeChains(listNft(netns, encodeListChains()));
  return rules.flatMap(({ family, table, chain, handle, comment, verdict, counter }): readonly FirewallCounter[] => {
    if (counter === undefined) return [];
    const found = chains.find((each) => each.family === family && each.table === table && each.chain === chain);
    const isOwn = table === 'glovebox' || (family === 'netdev' && table.startsWith('glovebox-'));
    const { hook, devices = [] } = found ?? { hook: undefined };
    return [{ family, table, chain, handle, comment, hook, devices, verdict, ...counter, isOwn }];
  });
}
