import type { Lab } from '../lab/create-lab.js';
import { toMermaid } from '../picture/mermaid.js';
import { toSvg } from '../picture/svg.js';
import { findAbnormal } from './find-abnormal.js';
import { toPictureState } from './live-picture.js';
import { readLab } from './read-lab.js';
import { attempt } from './reading.js';
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
 * whose they are, processes, what wires counted, what is impaired. It never fails: what cannot be read is told in its place.
 *
 * @example
 * ```ts
 * const { findings, markdown } = reportLab(lab);
 * ```
 */
export function reportLab(lab: Lab, { title = 'A lab' }: ReportLabOptions = {}): LabReport {
  const reading = readLab(lab);
  const findings = findAbnormal(reading);
  const picture = toPictureState(reading);
  const mermaid = attempt(() => toMermaid(lab.plan, picture));
  const svg = attempt(() => toSvg(lab.plan, picture));
  const head = { title, findings, mermaid: mermaid.failure ?? mermaid.value, sections: [] };
  return { findings, markdown: renderMarkdown(head, reading), svg: svg.failure === undefined ? svg.value : undefined };
}
