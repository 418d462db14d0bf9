import { quote } from '../../core/errors.js';
import type { Netns } from '../netns.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';
import { DIRECTIONS, type WireDirection } from '../wire/wire-protocol.js';
import { count, drop } from './expressions.js';
import { FirewallRule } from './firewall-rule.js';
import { matchFilter } from './match-filter.js';
import { OwnTable } from './nft-table.js';
import { checkRule, describeRule, passPercent } from './rule-options.js';

/** Which frames of a link are dropped, of those that a filter means. */
export interface LinkDropOptions {
  /** @defaultValue both */
  readonly direction?: WireDirection;
  /** How many of them, by chance; over 0, up to 100. Which ones cannot be repeated. @defaultValue 100 */
  readonly percent?: number;
}

/** The device at which a link ends. */
export interface LinkDevice {
  readonly netns: Netns;
  readonly device: string;
  /** Whether the namespace outlives this process. @defaultValue false */
  readonly isLasting?: boolean;
}

const PRIORITY = 0;

/**
 * Drops frames where they come in at the ends of a link, whatever it is and whatever it ends at: in the table
 * `netdev glovebox-<device>` of the end that receives them, before a switch, or the host's own firewall, sees them.
 */
export class LinkFirewall {
  readonly #name: string;
  readonly #tables: Readonly<Record<WireDirection, { readonly table: OwnTable; readonly device: string }>>;

  constructor(name: string, [a, b]: readonly [LinkDevice, LinkDevice]) {
    this.#name = name;
    const at = ({ netns, device, isLasting = false }: LinkDevice) => ({
      table: new OwnTable(netns, { family: 'netdev', table: `glovebox-${device}`, isLasting }),
      device,
    });
    this.#tables = { aToB: at(b), bToA: at(a) };
  }

  /** @throws UsageError with every mistake @throws KernelError @throws UnsupportedError */
  drop(filter: PacketFilter, options: LinkDropOptions): FirewallRule {
    checkRule(`link ${quote(this.#name)}.drop`, { filter, options }, { choices: { direction: DIRECTIONS } });
    const { direction, percent = 100 } = options;
    const rules = matchFilter(filter, 'frames').map((match) => [...match, ...passPercent(percent), count(), drop()]);
    const comment = describeRule('drop', filter, percent);
    const placed: FirewallRule[] = [];
    const parts = (direction === undefined ? DIRECTIONS : [direction]).map((each) => {
      const { table, device } = this.#tables[each];
      try {
        const part = table.add({ chain: 'ingress', hook: 'ingress', priority: PRIORITY, device }, rules, comment);
        placed.push(new FirewallRule([part]));
        return part;
      } catch (error) {
        for (const rule of placed) rule.remove();
        throw error;
      }
    });
    return new FirewallRule(parts);
  }

  heal(): void {
    for (const { table } of Object.values(this.#tables)) table.heal();
  }
}
