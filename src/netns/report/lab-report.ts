import type { Lab } from '../lab/create-lab.js';
import type { CounterDeltas } from '../ledger/counters.js';
import type { LedgerReport } from '../ledger/ledger-report.js';
import { mergePictures, toLedgerPicture } from '../picture/ledger-picture.js';
import { toMermaid } from '../picture/mermaid.js';
import { toSvg } from '../picture/svg.js';
import { findAbnormal } from './find-abnormal.js';
import { toPictureState } from './live-picture.js';
import { readLab } from './read-lab.js';
import { readLedgers } from './read-ledgers.js';
import { attempt, readingValue } from './reading.js';
import { renderMarkdown } from './render-markdown.js';

/** What is to be known of a lab in which something went wrong. */
export interface LabReport {
  /** What is not as planned, or lost packets: a line each. */
  readonly findings: readonly string[];
  /** Everything, with a picture, for whoever reads it later. */
  readonly markdown: string;
  /** The picture by itself; `undefined` where it cannot be drawn. */
  readonly svg: string | undefined;
}

/** How a report is made. */
export interface ReportLabOptions {
  /** What it is headed with. @defaultValue `A lab` */
  readonly title?: string;
}

/**
 * Reads all that the kernel knows of a lab at this moment: links, addresses, routes, neighbours, memberships, sockets and
 * whose they are, processes, counters, ledgers that are open, what is impaired. It never fails: what cannot be read is told in its place.
 *
 * @example
 * ```ts
 * const { findings, markdown } = await reportLab(lab);
 * ```
 */
export async function reportLab(lab: Lab, { title = 'A lab' }: ReportLabOptions = {}): Promise<LabReport> {
  const reading = readLab(lab);
  const deltas = readingValue(attempt(() => lab.counters().since()));
  const ledgers = await readLedgers(lab);
  const findings = [...ledgers.flatMap(describeLedger), ...findAbnormal(reading), ...describeCounters(deltas)];
  // The counts of several flows would stand beside each other without a word of which is whose.
  const lost = ledgers.find(({ isConserved }) => !isConserved) ?? ledgers[0];
  const live = toPictureState(reading);
  const picture = lost === undefined ? live : mergePictures(live, toLedgerPicture(lab.plan, lost));
  const mermaid = attempt(() => toMermaid(lab.plan, picture));
  const svg = attempt(() => toSvg(lab.plan, picture));
  const sections: readonly (readonly [string, string])[] = [
    ...ledgers.map((ledger) => ['Ledger', ledger.toMarkdown()] as const),
    ...(deltas === undefined || deltas.deltas.length === 0
      ? []
      : [['Counters that moved', ['```text', String(deltas), '```'].join('\n')] as const]),
  ];
  const head = { title, findings, mermaid: mermaid.failure ?? mermaid.value, sections };
  return { findings, markdown: renderMarkdown(head, reading), svg: svg.failure === undefined ? svg.value : undefined };
}

/** Where the packets of a flow got lost. */
function describeLedger({ title, isConserved, verdict }: LedgerReport): readonly string[] {
  if (isConserved) return [];
  return [
    `${title}: ${verdict.arrived} of ${verdict.sent} arrived; ${verdict.cause} at ${verdict.at}: ${verdict.message}`,
  ];
}

/** What should not have moved; of wires that is told beside their impairments. */
function describeCounters(deltas: CounterDeltas | undefined): readonly string[] {
  const abnormal = deltas?.abnormal().filter(({ counter }) => !counter.startsWith('wire ')) ?? [];
  return abnormal.map(({ node, counter, delta, meaning }) => `${node}: ${counter} is ${delta}: ${meaning}`);
}
