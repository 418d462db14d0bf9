import { MAX_OUTPUTS, SendJournalReader } from '../egress/send-journal.ts';
import {
  Counters,
  EGRESS_COUNTERS,
  type EgressCounter,
  INGRESS_COUNTERS,
  type IngressCounter,
} from '../worker/counters.ts';
import { JOURNAL_OFFSET } from '../worker/worker-memory.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What one egress worker, or all of them, have done. */
export interface EgressTotals {
  readonly counters: Readonly<Record<EgressCounter, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** By the number of the output. */
  readonly sent: readonly number[];
}

export type IngressTotals = Readonly<Record<IngressCounter, number>>;

const NO_INGRESS = Object.fromEntries(INGRESS_COUNTERS.map((name) => [name, 0])) as IngressTotals;
const NO_EGRESS: EgressTotals = {
  counters: Object.fromEntries(EGRESS_COUNTERS.map((name) => [name, 0])) as EgressTotals['counters'],
  refused: {},
  sent: [],
};

/** Reads what a worker has counted, whether it runs, is stopped or dead. */
export function readIngress(worker: WorkerProcess | undefined): IngressTotals {
  return worker === undefined ? NO_INGRESS : new Counters(worker.memory.buffer, INGRESS_COUNTERS).all();
}

export function readEgress(worker: WorkerProcess | undefined): EgressTotals {
  if (worker === undefined) return NO_EGRESS;
  const counters = new Counters(worker.memory.buffer, EGRESS_COUNTERS);
  const journal = new SendJournalReader(worker.memory.buffer, JOURNAL_OFFSET);
  return {
    counters: counters.all(),
    refused: counters.errnos(),
    sent: Array.from({ length: MAX_OUTPUTS }, (_, output) => journal.sent(output)),
  };
}

/** The workers of one kind that have died, as one. */
export class Totals {
  #ingress = NO_INGRESS;
  #egress = NO_EGRESS;

  addIngress(worker: WorkerProcess): void {
    this.#ingress = sum(this.#ingress, readIngress(worker));
  }

  addEgress(worker: WorkerProcess): void {
    this.#egress = sumEgress(this.#egress, readEgress(worker));
  }

  /** Those that have died, and the one that runs. */
  ingress(running: WorkerProcess | undefined): IngressTotals {
    return sum(this.#ingress, readIngress(running));
  }

  egress(running: WorkerProcess | undefined): EgressTotals {
    return sumEgress(this.#egress, readEgress(running));
  }
}

/** Copies that an egress worker has sent, or has said of that they cannot be. */
export function accountedCopies({ counters, sent }: EgressTotals): number {
  return sent.reduce((total, each) => total + each, counters.refused + counters.unavailable + counters.orphaned);
}

function sumEgress(a: EgressTotals, b: EgressTotals): EgressTotals {
  return {
    counters: sum(a.counters, b.counters),
    refused: sum(a.refused, b.refused),
    sent: Array.from({ length: MAX_OUTPUTS }, (_, output) => (a.sent[output] ?? 0) + (b.sent[output] ?? 0)),
  };
}

function sum<Name extends string>(
  a: Readonly<Record<Name, number>>,
  b: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> {
  const result: Partial<Record<Name, number>> = { ...a };
  for (const [name, value] of Object.entries<number>(b) as [Name, number][]) result[name] = (result[name] ?? 0) + value;
  return result as Record<Name, number>;
}
