import type { CountedPlace, FlowCount } from './count-flow.js';
import type { CounterDeltas } from './counters.js';
import { diagnose } from './diagnose.js';
import type { Case, Gap } from './diagnosis.js';
import { describeFlow, type Flow } from './flow.js';
import { formatCount } from './format-report.js';
import type { LabView } from './lab-view.js';
import type { LedgerBranch, LedgerData, LedgerFinding, LedgerHop, LedgerVerdict } from './ledger-report.js';
import type { NodeCounters } from './node-counters.js';

/** A leg, counted. */
export type CountedLeg =
  | { readonly kind: 'flow'; readonly flow: Flow; readonly count: FlowCount }
  | { readonly kind: 'stages'; readonly program: string | undefined; readonly stages: readonly CountedStage[] };

export interface CountedStage {
  readonly name: string;
  readonly ifLost: string | undefined;
  readonly isRunning: boolean;
  readonly packets: number;
  /** Which question it has not answered; what it counted is not known then. */
  readonly silence: string | undefined;
}

/** What a report is made from. */
export interface Counted {
  readonly view: LabView;
  readonly legs: readonly CountedLeg[];
  readonly deltas: CounterDeltas;
  readonly now: ReadonlyMap<string, NodeCounters>;
  readonly partitions: Case['partitions'];
  /** Whether counters stood still when they were read. */
  readonly isQuiet: boolean;
}

/** What led to a hop, for when packets are missing there. */
type Origin =
  | { readonly kind: 'place'; readonly facts: Case; readonly gap: Omit<Gap, 'lost'> }
  | { readonly kind: 'stage'; readonly stage: CountedStage; readonly program: string | undefined };

/** Puts hops together, and finds out why packets are missing. */
export function makeReport(counted: Counted): LedgerData {
  const tree = new Tree();
  for (const [leg, each] of counted.legs.entries()) {
    if (each.kind === 'flow') addFlow(tree, counted, each, leg);
    else addStages(tree, each, leg);
  }
  tree.compare();
  const { hops, origins } = tree;
  const findings = hops.flatMap((hop, index) => explain(counted, hops, hop, index, origins));
  const sent = hops[0]?.packets ?? 0;
  const leaves = hops.flatMap((_hop, index) => (hops.some(({ parent }) => parent === index) ? [] : [index]));
  const branches = leaves.map((leaf): LedgerBranch => {
    const way = tree.wayTo(leaf);
    const own = findings.filter(({ hop }) => hop !== undefined && way.includes(hop));
    const to = hops[leaf];
    return { to: to?.node ?? to?.name ?? '', hops: way, verdict: judge(own, sent, to?.packets ?? 0) };
  });
  const arrived = Math.min(...branches.map(({ verdict }) => verdict.arrived));
  const title = counted.legs
    .map((leg) => (leg.kind === 'flow' ? describeFlow(leg.flow) : (leg.program ?? 'program')))
    .join(', then ');
  return { title, hops, branches, findings, verdict: judge(findings, sent, Number.isFinite(arrived) ? arrived : 0) };
}

class Tree {
  readonly hops: LedgerHop[] = [];
  readonly origins: (Origin | undefined)[] = [];

  add(hop: Omit<LedgerHop, 'lost'>, origin: Origin | undefined): number {
    this.hops.push({ ...hop, lost: 0 });
    this.origins.push(origin);
    return this.hops.length - 1;
  }

  /**
   * Finds what is lost at each hop. What does not answer counts as much as is known to have come out behind it, or went in: a loss on either side of it is
   * told there, and none is made up.
   */
  compare(): void {
    for (let index = this.hops.length - 1; index >= 0; index -= 1) {
      const hop = this.hops[index];
      if (hop === undefined || !isSilent(this.origins[index])) continue;
      const next = this.hops.find(({ parent }) => parent === index)?.packets;
      const packets = next ?? this.#findAnswer(hop.parent)?.packets ?? 0;
      this.hops[index] = { ...hop, packets, isExact: false };
    }
    for (const [index, hop] of this.hops.entries()) {
      const before = hop.parent === undefined ? undefined : this.hops[hop.parent];
      this.hops[index] = { ...hop, lost: Math.max(0, (before?.packets ?? hop.packets) - hop.packets) };
    }
  }

  /** The next hop upwards that counts. */
  #findAnswer(index: number | undefined): LedgerHop | undefined {
    if (index === undefined || !isSilent(this.origins[index])) return this.hops[index ?? -1];
    return this.#findAnswer(this.hops[index]?.parent);
  }

  wayTo(index: number): readonly number[] {
    const way: number[] = [];
    for (let at: number | undefined = index; at !== undefined; at = this.hops[at]?.parent) way.unshift(at);
    return way;
  }

  /** Where a leg goes on: at the last hop of a node's, or else at the last of all. */
  findEnd(node: string | undefined): number | undefined {
    const ofNode = this.hops.findLastIndex((hop) => node !== undefined && hop.node === node);
    return ofNode >= 0 ? ofNode : this.hops.length === 0 ? undefined : this.hops.length - 1;
  }
}

function addFlow(
  tree: Tree,
  { view, deltas, now, partitions }: Counted,
  { flow, count }: CountedLeg & { kind: 'flow' },
  leg: number,
): void {
  const facts: Case = { view, flow, count, deltas, now, partitions };
  const start = leg === 0 ? undefined : tree.findEnd(flow.from.name);
  const known = new Map<CountedPlace, number>();
  for (const way of count.ways) {
    let parent = start;
    let before: CountedPlace | undefined;
    for (const place of way.places) {
      const { node, interface: device, point } = place;
      let at = known.get(place);
      if (at === undefined) {
        const hop = {
          name: `${node.name}:${device.name}`,
          point,
          node: node.name,
          interface: device.name,
          link: device.link,
          packets: place.counter.read(),
          parent,
          leg,
          isExact: true,
        };
        at = tree.add(hop, { kind: 'place', facts, gap: { way, before, after: place } });
        known.set(place, at);
      }
      parent = at;
      before = place;
    }
    if (before === undefined || flow.protocol !== 'udp') continue;
    const { name } = way.to;
    const sum = (...counters: readonly string[]): number =>
      counters.reduce(
        (total, counter) => total + deltas.of(name, `Udp.${counter}`) + deltas.of(name, `Ip6.Udp6${counter}`),
        0,
      );
    const read = sum('InDatagrams');
    const given = before.counter.read();
    // Where other flows have a part in what was read, what was not is all that is known.
    const packets = read <= given ? read : given - Math.min(given, sum('NoPorts', 'RcvbufErrors', 'InCsumErrors'));
    const hop = {
      name,
      point: 'read',
      node: name,
      interface: undefined,
      link: undefined,
      packets,
      parent,
      leg,
      isExact: read <= given,
    } as const;
    tree.add(hop, { kind: 'place', facts, gap: { way, before, after: undefined } });
  }
}

function addStages(tree: Tree, { program, stages }: CountedLeg & { kind: 'stages' }, leg: number): void {
  let parent = tree.findEnd(program);
  for (const stage of stages) {
    const hop = {
      name: stage.name,
      point: 'stage',
      node: program,
      interface: undefined,
      link: undefined,
      packets: stage.packets,
      parent,
      leg,
      isExact: true,
    } as const;
    parent = tree.add(hop, { kind: 'stage', stage, program });
  }
}

function explain(
  { isQuiet }: Counted,
  hops: readonly LedgerHop[],
  hop: LedgerHop,
  index: number,
  origins: readonly (Origin | undefined)[],
): readonly LedgerFinding[] {
  const origin = origins[index];
  const before = hop.parent === undefined ? undefined : hops[hop.parent];
  const place = { at: hop.name, hop: index };
  if (origin?.kind === 'stage') {
    const { stage } = origin;
    if (stage.silence !== undefined)
      return [
        {
          ...place,
          cause: 'not-running',
          packets: hop.lost,
          message: `${hop.name} does not answer: what was counted there is not known`,
          evidence: [...(before === undefined ? [] : tellStages(undefined, before)), `${hop.name}: ${stage.silence}`],
          fix: 'look at the log of the program: does it hang?',
        },
      ];
    const isNextMissing = stage.isRunning && hops[index + 1]?.parent === index && isMissing(origins[index + 1]);
    // What cannot be handed on to somebody who is not there is missing here already, and told there.
    if (isNextMissing) return [];
    const wasMissing = before !== undefined && before.lost > 0 && isMissing(origin) && !isMissing(origins[index - 1]);
    const unsent = wasMissing && origins[index - 1]?.kind === 'stage' ? before.lost : 0;
    if (!stage.isRunning && (hop.lost > 0 || before === undefined || before.packets === 0))
      return [
        {
          ...place,
          cause: 'not-running',
          packets: hop.lost + unsent,
          message: `${hop.name}: what counts there is not running`,
          evidence: tellStages(before, hop),
          fix: 'look at the log of the program: was it started, has it ended?',
        },
      ];
    if (hop.lost === 0) return [];
    const message = `${stage.ifLost ?? `packets do not come to ${hop.name}`}: ${before?.name} ${formatCount(before?.packets ?? 0)} → ${hop.name} ${formatCount(hop.packets)}`;
    return [
      { ...place, cause: 'stage-lost', packets: hop.lost, message, evidence: tellStages(before, hop), fix: undefined },
    ];
  }
  if (origin === undefined) return [];
  const isStart = origin.gap.before === undefined && (before === undefined || before.point === 'stage');
  const isNothing = isStart && before === undefined && hop.packets === 0;
  const mayHaveMore = isStart && before === undefined;
  if (hop.lost === 0 && !isNothing && !mayHaveMore) return [];
  const lost = mayHaveMore ? undefined : hop.lost;
  const found = diagnose(origin.facts, { ...origin.gap, lost });
  // Where something has left, only what counted says that more was to leave.
  const sure =
    mayHaveMore && hop.packets > 0 ? found.filter(({ packets, cause }) => packets > 0 && cause !== 'unknown') : found;
  return sure.map((each) =>
    each.cause === 'unknown' && !isQuiet ? { ...each, ...ON_THE_WAY, ...place } : { ...each, ...place },
  );
}

function isMissing(origin: Origin | undefined): boolean {
  return origin?.kind === 'stage' && !origin.stage.isRunning;
}

function isSilent(origin: Origin | undefined): boolean {
  return origin?.kind === 'stage' && origin.stage.silence !== undefined;
}

const ON_THE_WAY = {
  cause: 'on-the-way',
  message: 'packets are still moving: counters had not come to rest when they were read',
  fix: 'ask for the report when the traffic is over, or give it a longer settleMs',
} as const;

function tellStages(before: LedgerHop | undefined, hop: LedgerHop): readonly string[] {
  return before === undefined
    ? [`${hop.name} ${formatCount(hop.packets)}`]
    : [`${before.name} ${formatCount(before.packets)}`, `${hop.name} ${formatCount(hop.packets)}`];
}

function judge(findings: readonly LedgerFinding[], sent: number, arrived: number): LedgerVerdict {
  const worst = findings.reduce<LedgerFinding | undefined>(
    (most, each) => (most === undefined || each.packets > most.packets ? each : most),
    undefined,
  );
  if (worst !== undefined) return { ...worst, sent, arrived };
  const message = `all ${formatCount(sent)} packets arrived`;
  return {
    cause: 'conserved',
    at: '',
    hop: undefined,
    packets: 0,
    message,
    evidence: [],
    fix: undefined,
    sent,
    arrived,
  };
}
