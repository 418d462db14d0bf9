import { quote, UsageError } from '../../core/errors.js';
import { type Cut, type PartitionArguments, readCuts } from '../../netns/impair/cuts.js';
import { createConnectionFilter, type ResetConnection } from '../../netns/impair/reset-connections.js';
import type { PacketFilter } from '../../netns/packet-filter/packet-filter.js';
import type { Disruption } from './disruption.js';

/** A network that can be cut: a lab. */
export interface DisruptibleNetwork<Host extends string = string> {
  readonly hosts: Readonly<Record<string, unknown>>;
  readonly routers: Readonly<Record<string, unknown>>;
  partition(...parts: PartitionArguments<Host>): { readonly dropped: number; heal(): void };
}

/** A lab, or one host of it. */
export interface DisruptibleConnections {
  readonly name?: string;
  resetConnections(filter?: PacketFilter): readonly ResetConnection[];
}

/**
 * Cuts a network, as `lab.partition` does: groups that no longer hear each other, or `{ from, to }` for one way. Several
 * at a time add up.
 *
 * @throws UsageError for a host that there is not, with every mistake
 *
 * @example
 * ```ts
 * at({ atMs: 1000, lastsMs: 3000, disrupt: partition(lab, ['a', 'b'], ['c']) });
 * at({ atMs: 1000, lastsMs: 3000, disrupt: partition(lab, { from: ['leader'], to: ['a'] }) });
 * ```
 */
export function partition<Host extends string>(
  lab: DisruptibleNetwork<Host>,
  ...parts: PartitionArguments<NoInfer<Host>>
): Disruption {
  if (typeof lab?.partition !== 'function')
    throw new UsageError('partition', `lab must be one that createLab gave; received ${quote(lab)}`);
  readCuts(parts, [...Object.keys(lab.hosts), ...Object.keys(lab.routers)]);
  return {
    kind: 'partition',
    target: describeParts(parts),
    begin: ({ describe }) => {
      const cut = lab.partition(...parts);
      return () => {
        cut.heal();
        describe(`${cut.dropped} frames dropped`);
      };
    },
  };
}

/**
 * Resets TCP connections: both ends are told. It has no end: whoever can connects again.
 *
 * @param network - A lab, for those of all its hosts, or one host.
 * @param filter - Which. @defaultValue all
 * @throws UsageError with every mistake
 */
export function resetConnections(network: DisruptibleConnections, filter: PacketFilter = {}): Disruption {
  if (typeof network?.resetConnections !== 'function')
    throw new UsageError('resetConnections', `network must be a lab or a host of one; received ${quote(network)}`);
  createConnectionFilter('resetConnections', filter);
  const which = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
  return {
    kind: 'reset connections',
    target: typeof network.name === 'string' ? network.name : 'all hosts',
    ...(which.length > 0 && { details: which.join(', ') }),
    lasts: 'none',
    begin: ({ describe }) => {
      const { length } = network.resetConnections(filter);
      describe(`${length} ${length === 1 ? 'connection' : 'connections'}`);
    },
  };
}

function describeParts(parts: readonly (readonly string[] | Cut)[]): string {
  const isGroup = (part: readonly string[] | Cut): part is readonly string[] => Array.isArray(part);
  if (parts.every(isGroup)) return parts.map((group) => group.join(', ')).join(' ↔ ');
  return parts
    .map((cut) => (isGroup(cut) ? cut.join(', ') : `${cut.from.join(', ')} → ${cut.to.join(', ')}`))
    .join('; ');
}
