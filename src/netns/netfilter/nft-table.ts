import { UnsupportedError } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import { randomSeed } from '../../core/random.js';
import { NetlinkSocket } from '../../native/netlink-socket.js';
import { NetlinkConversation } from '../netlink/conversation.js';
import type { NetlinkMessage, NetlinkRequest } from '../netlink/message.js';
import type { Netns } from '../netns.js';
import type { Expression } from './expressions.js';
import { NETLINK_NETFILTER } from './nft-message.js';
import {
  type AddChainOptions,
  encodeAddChain,
  encodeAddRule,
  encodeAddTable,
  encodeDeleteRule,
  encodeDeleteTable,
  encodeListRules,
  type NftTable,
} from './nft-requests.js';
import { decodeRules, type NftRuleState } from './nft-state.js';
import { commitNft } from './transaction.js';

/** Packets and bytes that a rule has met. */
export interface RuleCounts {
  readonly packets: number;
  readonly bytes: number;
}

const NOTHING: RuleCounts = { packets: 0, bytes: 0 };

/** Where a table is to be, and for how long. */
export interface OwnTableOptions extends NftTable {
  /**
   * Whether the namespace outlives this process: the table is to go with the process then.
   *
   * @defaultValue false
   */
  readonly isLasting?: boolean;
}

/** A table of glovebox's own in a namespace. It is there while it has rules, and the kernel takes it with the namespace. */
export class OwnTable {
  readonly netns: Netns;
  readonly #table: NftTable;
  readonly #isLasting: boolean;
  readonly #rules = new Set<OwnRules>();
  /** What the table belongs to in the kernel, which takes it when this is closed, by whatever. */
  #owner: NetlinkSocket | undefined;
  #sequence = 0;

  constructor(netns: Netns, { isLasting = false, family, table }: OwnTableOptions) {
    this.netns = netns;
    this.#isLasting = isLasting;
    this.#table = { family, table: isLasting ? `${table}-${randomSeed().toString(36)}` : table };
  }

  /** Adds rules to a chain, each as a list of steps; all of them or none. @throws KernelError @throws UnsupportedError */
  add(
    chain: Omit<AddChainOptions, keyof NftTable>,
    rules: readonly (readonly Expression[])[],
    comment: string,
  ): OwnRules {
    if (this.#isLasting && this.#rules.size === 0) this.#own();
    const place = { ...this.#table, chain: chain.chain };
    const requests = [
      ...(this.#rules.size === 0 && this.#owner === undefined ? [encodeAddTable(this.#table)] : []),
      encodeAddChain({ ...chain, ...place }),
      ...rules.map((expressions) => encodeAddRule({ ...place, expressions, comment })),
    ];
    const handles = this.#place(requests).map(({ handle }) => handle);
    const own = new OwnRules(this, chain.chain, handles);
    this.#rules.add(own);
    return own;
  }

  /** @internal Use `OwnRules.remove`. */
  remove(rules: OwnRules): void {
    if (!this.#rules.delete(rules)) return;
    if (this.netns.closed) {
      this.#disown();
      return;
    }
    const place = { ...this.#table, chain: rules.chain };
    const requests =
      this.#rules.size === 0
        ? [encodeDeleteTable(this.#table)]
        : rules.handles.map((handle) => encodeDeleteRule(place, handle));
    try {
      this.#commit(requests);
    } catch (error) {
      // Somebody has flushed the rules already.
      if (errnoOf(error) !== 'ENOENT') throw error;
    } finally {
      if (this.#rules.size === 0) this.#disown();
    }
  }

  #place(requests: readonly NetlinkRequest[]): readonly NftRuleState[] {
    try {
      return decodeRules(this.#commit(requests));
    } catch (error) {
      if (this.#rules.size === 0) this.#disown();
      throw error;
    }
  }

  #own(): void {
    this.#disown();
    try {
      this.#owner = this.netns.run(() => new NetlinkSocket(NETLINK_NETFILTER));
      this.#sequence = 0;
      this.#commit([encodeAddTable({ ...this.#table, isOwned: true })]);
    } catch (error) {
      this.#disown();
      // A kernel before 5.12, where the table stays if this process is killed, or one without nf_tables.
      if (errnoOf(error) !== 'EOPNOTSUPP' && errnoOf(error) !== 'EINVAL') throw error;
    }
  }

  #disown(): void {
    this.#owner?.[Symbol.dispose]();
    this.#owner = undefined;
  }

  #commit(requests: readonly NetlinkRequest[]): readonly NetlinkMessage[] {
    const owner = this.#owner;
    if (owner === undefined) return commit(this.netns, requests);
    const start = this.#sequence;
    this.#sequence += requests.length + 2;
    return commitNft(owner, requests, start);
  }

  /** @internal Use `OwnRules.counts`. */
  count({ chain, handles }: OwnRules): RuleCounts {
    if (this.netns.closed) return NOTHING;
    const listed = decodeRules(listNft(this.netns, encodeListRules({ ...this.#table, chain })));
    return listed
      .filter(({ handle }) => handles.includes(handle))
      .reduce(
        (sum, { counter = NOTHING }) => ({ packets: sum.packets + counter.packets, bytes: sum.bytes + counter.bytes }),
        NOTHING,
      );
  }

  /** Removes every rule that is left. */
  heal(): void {
    try {
      for (const rules of [...this.#rules]) rules.remove();
    } finally {
      // Whatever is left goes with its owner.
      if (this.#owner !== undefined) {
        this.#rules.clear();
        this.#disown();
      }
    }
  }
}

/** Rules that were added together. */
export class OwnRules {
  readonly chain: string;
  readonly handles: readonly bigint[];
  readonly #table: OwnTable;
  #last: RuleCounts | undefined;

  /** @internal Use `OwnTable.add`. */
  constructor(table: OwnTable, chain: string, handles: readonly bigint[]) {
    this.#table = table;
    this.chain = chain;
    this.handles = handles;
  }

  get isRemoved(): boolean {
    return this.#last !== undefined;
  }

  /** What they have met; once removed, what they had. */
  counts(): RuleCounts {
    return this.#last ?? this.#table.count(this);
  }

  remove(): void {
    if (this.#last !== undefined) return;
    this.#last = this.#table.count(this);
    this.#table.remove(this);
  }
}

/** What a list of chains or rules has. @throws KernelError @throws UnsupportedError */
export function listNft(netns: Netns, request: NetlinkRequest): readonly NetlinkMessage[] {
  return talk(netns, (socket) => new NetlinkConversation(socket).dump(request));
}

function commit(netns: Netns, requests: readonly NetlinkRequest[]): readonly NetlinkMessage[] {
  return talk(netns, (socket) => commitNft(socket, requests));
}

/** A socket for one exchange costs a few microseconds, and leaves nothing to be closed. */
function talk<T>(netns: Netns, exchange: (socket: NetlinkSocket) => T): T {
  try {
    using socket = netns.run(() => new NetlinkSocket(NETLINK_NETFILTER));
    return exchange(socket);
  } catch (error) {
    const code = errnoOf(error);
    if (code !== 'EPROTONOSUPPORT' && code !== 'EOPNOTSUPP') throw error;
    throw new UnsupportedError(
      {
        capability: 'nf_tables',
        reason: 'this kernel has no nf_tables, or not this part of it',
        fix: 'use a kernel with CONFIG_NF_TABLES, CONFIG_NF_TABLES_INET and CONFIG_NF_TABLES_NETDEV, or load nf_tables',
      },
      { cause: error },
    );
  }
}
