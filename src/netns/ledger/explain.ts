import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { Abnormality } from './abnormal.js';
import { Counters, readCounters } from './counters.js';
import { formatCount } from './format-report.js';
import { type AnyLab, viewLab } from './lab-view.js';

/** From when on counters are compared. */
export interface ExplainOptions {
  /** What `lab.counters()` returned. @defaultValue when the lab was built */
  readonly since?: Counters;
}

/** What looks wrong in a lab, by its counters alone. */
export class Explanation {
  /** Counters that moved and should not have, in the order of the nodes. */
  readonly abnormal: readonly Abnormality[];
  /** What is not as the lab was built: `lan:port1 is down`. */
  readonly changed: readonly string[];

  constructor(abnormal: readonly Abnormality[], changed: readonly string[]) {
    this.abnormal = abnormal;
    this.changed = changed;
  }

  /** For people: a line for each, or that there is none. */
  toString(): string {
    const counts = this.abnormal.map(
      ({ node, counter, delta, meaning }) => [node, counter, `+${formatCount(delta)}`, meaning] as const,
    );
    const width = (column: 0 | 1 | 2): number => Math.max(0, ...counts.map((row) => row[column].length));
    const lines = counts.map(
      ([node, counter, delta, meaning]) =>
        `  ${node.padEnd(width(0))}  ${counter.padEnd(width(1))}  ${delta.padStart(width(2))}  ${meaning}`,
    );
    const all = [...this.changed.map((each) => `  ${each}`), ...lines];
    return all.length === 0
      ? 'No counter of the lab looks wrong.'
      : ['What looks wrong in the lab:', ...all].join('\n');
  }
}

/**
 * Reads the counters of a lab and picks what looks wrong since it was built, or since a moment. Namespaces that were there
 * before the lab have counted before, and are compared only with a moment.
 *
 * @throws UsageError
 */
export function explainLab(lab: AnyLab, options: ExplainOptions = {}): Explanation {
  checkOptions('lab.explain', options);
  const { since } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['since']),
    ...(since === undefined || since instanceof Counters
      ? []
      : [`since must be what lab.counters() returned; received ${quote(since)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError('lab.explain', mistakes);
  const view = viewLab(lab);
  const now = readCounters(view);
  const changed = [...view.nodes.values()].flatMap(({ plan }) =>
    plan.interfaces.flatMap(({ name, up }) => {
      const state = now.nodes.get(plan.name)?.interfaces.find((each) => each.name === name);
      const place = `${plan.name}:${name}`;
      if (state === undefined) return [`${place} is not there any more`];
      if (!up) return [];
      if (!state.isUp) return [`${place} is down`];
      if (!state.hasCarrier) return [`${place} has no carrier`];
      return state.portStatus === undefined || state.portStatus === 'forwarding'
        ? []
        : [`port ${place} is ${state.portStatus}`];
    }),
  );
  const sockets = [...now.nodes.values()].flatMap(({ node, sockets: all }) =>
    all
      .filter(({ protocol, receiveQueue }) => protocol === 'udp' && receiveQueue > 0)
      .map(
        ({ localAddress, localPort, receiveQueue }) =>
          `${formatCount(receiveQueue)} bytes wait unread in the socket ${localAddress}:${localPort} of ${node}`,
      ),
  );
  const isNew = (name: string): boolean => since !== undefined || view.nodes.get(name)?.plan.netns === undefined;
  const abnormal = now
    .since(since)
    .abnormal()
    .filter((each) => isNew(each.node) && !(since === undefined && view.plan.usesIpv6 && isOfSetUp(each)));
  return new Explanation(abnormal, [...changed, ...sockets]);
}

/** How many reports of its groups IPv6 sends of itself while the links of a node are set up, from either end: six were seen. */
const MOST_OF_SET_UP = 8;

/**
 * What counts them where the other end is not up yet, and, as soon as it is, where it has no routes yet: Linux adds those
 * of groups and of link-local addresses when it hears of the carrier (net/ipv6/addrconf.c, addrconf_notify).
 */
const COUNTERS_OF_SET_UP = ['Ip6.Ip6OutDiscards', 'Ip6.Ip6InAddrErrors', 'Ip6.Ip6InNoRoutes'];

function isOfSetUp({ counter, delta }: Abnormality): boolean {
  return delta <= MOST_OF_SET_UP && (COUNTERS_OF_SET_UP.includes(counter) || counter.endsWith(' txDropped'));
}
