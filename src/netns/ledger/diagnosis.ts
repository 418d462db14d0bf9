import type { CountedPlace, CountedWay, FlowCount } from './count-flow.js';
import type { CounterDeltas } from './counters.js';
import type { Flow } from './flow.js';
import { formatCount } from './format-report.js';
import type { LabView } from './lab-view.js';
import type { LedgerCause } from './ledger-report.js';
import type { NodeCounters } from './node-counters.js';

/** What a diagnosis is made from. */
export interface Case {
  readonly view: LabView;
  readonly flow: Flow;
  readonly count: FlowCount;
  /** What counters did since the ledger was opened. */
  readonly deltas: CounterDeltas;
  /** How nodes are now. */
  readonly now: ReadonlyMap<string, NodeCounters>;
  /** What partitions dropped since the ledger was opened. */
  readonly partitions: readonly {
    readonly dropped: number;
    readonly unheard: ReadonlyMap<string, ReadonlySet<string>>;
  }[];
}

/** Two neighbouring places of a way, of which the second counted less. */
export interface Gap {
  readonly way: CountedWay;
  /** `undefined` where the program comes before. */
  readonly before: CountedPlace | undefined;
  /** `undefined` where the program comes next. */
  readonly after: CountedPlace | undefined;
  /** How many are missing; `undefined` where it is not known how many there were. */
  readonly lost: number | undefined;
}

/** Something that explains a gap, or a part of it. */
export interface Suspect {
  readonly cause: LedgerCause;
  /** How many packets it explains. @defaultValue all that nothing else explains */
  readonly packets?: number | undefined;
  readonly message: string;
  readonly evidence: readonly string[];
  readonly fix?: string | undefined;
}

/** Names a counter that moved: `Udp.NoPorts +10 on sink`; nothing for one that did not. */
export function tellCounter({ deltas }: Case, node: string, ...counters: readonly string[]): readonly string[] {
  return counters.flatMap((counter) => {
    const moved = deltas.of(node, counter);
    return moved > 0 ? [`${counter} +${formatCount(moved)} on ${node}`] : [];
  });
}

/** A suspect if a counter moved: what it explains is how far. */
export function suspectByCounter(
  facts: Case,
  node: string,
  counters: readonly string[],
  suspect: Omit<Suspect, 'packets' | 'evidence'> & { readonly evidence?: readonly string[] },
): readonly Suspect[] {
  const moved = counters.reduce((sum, counter) => Math.max(sum, facts.deltas.of(node, counter)), 0);
  if (moved <= 0) return [];
  return [
    { ...suspect, packets: moved, evidence: [...tellCounter(facts, node, ...counters), ...(suspect.evidence ?? [])] },
  ];
}

/** The counters of a node and of one interface, as they are now. */
export function findInterface({ now }: Case, node: string, name: string) {
  return now.get(node)?.interfaces.find((each) => each.name === name);
}
