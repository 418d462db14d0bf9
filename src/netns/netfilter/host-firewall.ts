import { quote } from '../../core/errors.js';
import type { Netns } from '../netns.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';
import { count, drop, type Expression, REJECT_ANSWERS, type RejectAnswer, reject } from './expressions.js';
import { FirewallRule } from './firewall-rule.js';
import { matchFilter } from './match-filter.js';
import type { NftHook } from './nft-requests.js';
import { OwnTable } from './nft-table.js';
import { checkRule, describeRule, passPercent } from './rule-options.js';

/** Which packets of a host: those that come to its own sockets, those that these send, those that it passes on. */
export type FirewallDirection = 'in' | 'out' | 'forward';

/** Which packets a rule takes, of those that its filter means. */
export interface FirewallDropOptions {
  /** @defaultValue 'in' */
  readonly direction?: FirewallDirection;
  /** How many of them, by chance; over 0, up to 100. Which ones cannot be repeated. @defaultValue 100 */
  readonly percent?: number;
}

/** How a rule says no. */
export interface FirewallRejectOptions extends FirewallDropOptions {
  /** `tcp-reset` answers TCP alone; the others are of ICMP. @defaultValue 'port-unreachable' */
  readonly with?: RejectAnswer;
}

const HOOKS: Readonly<Record<FirewallDirection, NftHook>> = { in: 'input', out: 'output', forward: 'forward' };
/** Before the filters of programs, which are at 0. */
const PRIORITY = -150;

/**
 * The firewall of a host, by nf_tables, in a table `inet glovebox` of its own: what programs of the host have there is
 * neither seen nor touched. Packets are of IPv4 and IPv6; frames that are neither meet a firewall only on a link.
 *
 * @example
 * ```ts
 * using blocked = lab.hosts.server.firewall.drop({ protocol: 'tcp', destinationPort: 80 });
 * await until(() => blocked.packets > 0);
 * ```
 */
export class HostFirewall {
  readonly #name: string;
  readonly #table: OwnTable;

  /** @internal Use `host.firewall`. */
  constructor(name: string, netns: Netns, isLasting = false) {
    this.#name = name;
    this.#table = new OwnTable(netns, { family: 'inet', table: 'glovebox', isLasting });
  }

  /**
   * Drops packets, from when this returns. Who sends to the host, or through it, is not told; a program of the host that
   * sends is, when the direction is `out`: with EPERM, as by any firewall of Linux (net/netfilter/core.c, nf_hook_slow).
   * Drop where it is received, or on the link, for a loss that nobody hears of.
   *
   * @throws UsageError with every mistake @throws KernelError EPERM without CAP_NET_ADMIN
   * @throws UnsupportedError without nf_tables
   */
  drop(filter: PacketFilter, options: FirewallDropOptions = {}): FirewallRule {
    const subject = `host ${quote(this.#name)}.firewall.drop`;
    checkRule(
      subject,
      { filter, options },
      { choices: { direction: Object.keys(HOOKS) }, more: findArpMistakes(filter) },
    );
    return this.#add('drop', filter, options, drop());
  }

  /**
   * Refuses packets: drops them, and answers those who sent them.
   *
   * @throws UsageError with every mistake @throws KernelError EPERM without CAP_NET_ADMIN
   * @throws UnsupportedError without nf_tables
   *
   * @example
   * ```ts
   * using _closed = lab.hosts.server.firewall.reject({ destinationPort: 443 }, { with: 'tcp-reset' });
   * ```
   */
  reject(filter: PacketFilter, options: FirewallRejectOptions = {}): FirewallRule {
    const subject = `host ${quote(this.#name)}.firewall.reject`;
    const choices = { direction: Object.keys(HOOKS), with: REJECT_ANSWERS };
    checkRule(
      subject,
      { filter, options },
      { choices, more: [...findArpMistakes(filter), ...findResetMistakes(filter, options)] },
    );
    const answer = options.with ?? 'port-unreachable';
    const own = answer === 'tcp-reset' ? { ...filter, protocol: 'tcp' as const } : filter;
    return this.#add(`reject with ${answer}`, own, options, reject(answer));
  }

  /** Removes what was put there by this firewall, and nothing else. Safe to call twice. */
  heal(): void {
    this.#table.heal();
  }

  #add(what: string, filter: PacketFilter, options: FirewallDropOptions, last: Expression): FirewallRule {
    const { direction = 'in', percent = 100 } = options;
    const rules = matchFilter(filter, 'packets').map((match) => [...match, ...passPercent(percent), count(), last]);
    const chain = { chain: direction, hook: HOOKS[direction], priority: PRIORITY };
    return new FirewallRule([this.#table.add(chain, rules, describeRule(what, filter, percent))]);
  }
}

function findArpMistakes(filter: unknown): readonly string[] {
  return Reflect.get(Object(filter), 'protocol') === 'arp'
    ? ['filter.protocol "arp" does not come to the firewall of a host; use link.drop']
    : [];
}

function findResetMistakes(filter: unknown, options: unknown): readonly string[] {
  const protocol: unknown = Reflect.get(Object(filter), 'protocol');
  const isReset = Reflect.get(Object(options), 'with') === 'tcp-reset';
  return isReset && protocol !== undefined && protocol !== 'tcp'
    ? [`with "tcp-reset" answers TCP alone; filter.protocol is ${quote(protocol)}`]
    : [];
}
