import type { LabPlan } from '../lab/plan/lab-plan.js';
import type { LedgerData, LedgerHop } from '../ledger/ledger-report.js';
import type { LinkPicture, NodePicture, PictureState, Tone } from './picture-state.js';

/** What a picture shows of the way that packets took: counts at links, what was found at nodes, and the verdict. */
export function toLedgerPicture(plan: LabPlan, { title, hops, findings, verdict }: LedgerData): PictureState {
  const links = new Map<string, LinkPicture>();
  for (const link of plan.links) {
    const counted = hops.filter((hop) => hop.link === link.name);
    if (counted.length > 0) links.set(link.name, { note: describeHops(counted), tone: toneOf(counted) });
  }
  const names = new Set(plan.nodes.map(({ name }) => name));
  const nodes = new Map<string, NodePicture>();
  for (const { cause, hop, at, packets } of findings) {
    const node = (hop === undefined ? undefined : hops[hop]?.node) ?? at.split(':')[0] ?? '';
    if (!names.has(node) || cause === 'conserved') continue;
    const before = nodes.get(node)?.note;
    const note = `${cause}: ${format(packets)}`;
    nodes.set(node, { note: before === undefined ? note : `${before}, ${note}`, tone: 'bad' });
  }
  const tone: Tone = verdict.cause === 'conserved' ? 'good' : 'bad';
  return {
    links: Object.fromEntries(links),
    nodes: Object.fromEntries(nodes),
    caption: { text: [title, verdict.message], tone },
  };
}

/** Two pictures in one; where both say something of a node or link, the second's tone counts. */
export function mergePictures(first: PictureState, second: PictureState): PictureState {
  const caption = second.caption ?? first.caption;
  return {
    links: mergeEntries(first.links, second.links),
    nodes: mergeEntries(first.nodes, second.nodes),
    ...(caption === undefined ? {} : { caption }),
  };
}

function mergeEntries<Entry extends NodePicture>(
  first: Readonly<Record<string, Entry>> = {},
  second: Readonly<Record<string, Entry>> = {},
): Readonly<Record<string, Entry>> {
  const merged = new Map(Object.entries(first));
  for (const [name, entry] of Object.entries(second)) {
    const before = merged.get(name);
    const notes = [before?.note, entry.note].filter((note) => note !== undefined);
    merged.set(name, { ...before, ...entry, ...(notes.length === 0 ? {} : { note: notes.join(', ') }) });
  }
  return Object.fromEntries(merged);
}

/** What went in at one end and came out at the other. */
function describeHops(hops: readonly LedgerHop[]): string {
  const counts = [...new Set(hops.map(({ packets }) => packets))];
  return `${counts.map(format).join(' → ')} ${counts.at(-1) === 1 ? 'packet' : 'packets'}`;
}

function toneOf(hops: readonly LedgerHop[]): Tone {
  if (hops.every(({ packets }) => packets === 0)) return 'bad';
  return hops.some(({ lost }) => lost > 0) ? 'warning' : 'good';
}

function format(count: number): string {
  return count.toLocaleString('en');
}
