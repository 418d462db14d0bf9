import { NetlinkSocket } from '../../../src/native/netlink-socket.js';
import { count } from '../../../src/netns/netfilter/expressions.js';
import { NETLINK_NETFILTER } from '../../../src/netns/netfilter/nft-message.js';
import {
  encodeAddChain,
  encodeAddRule,
  encodeAddTable,
  encodeDeleteTable,
} from '../../../src/netns/netfilter/nft-requests.js';
import { readFirewallCounters } from '../../../src/netns/netfilter/read-firewall-counters.js';
import { commitNft } from '../../../src/netns/netfilter/transaction.js';
import type { Netns } from '../../../src/netns/netns.js';

const TABLE = { family: 'inet', table: 'theirs' } as const;
const CHAIN = { ...TABLE, chain: 'in' } as const;

/** A rule as somebody else would have put it there, who counts all that comes to a host. */
export class ForeignRule implements Disposable {
  readonly #netns: Netns;

  constructor(netns: Netns) {
    this.#netns = netns;
    this.#commit([
      encodeAddTable(TABLE),
      encodeAddChain({ ...CHAIN, hook: 'input', priority: 0 }),
      encodeAddRule({ ...CHAIN, expressions: [count()], comment: 'counts all' }),
    ]);
  }

  packets(): number {
    return readFirewallCounters(this.#netns).find(({ table }) => table === TABLE.table)?.packets ?? 0;
  }

  [Symbol.dispose](): void {
    this.#commit([encodeDeleteTable(TABLE)]);
  }

  #commit(requests: Parameters<typeof commitNft>[1]): void {
    using socket = this.#netns.run(() => new NetlinkSocket(NETLINK_NETFILTER));
    commitNft(socket, requests);
  }
}
