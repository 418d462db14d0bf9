import { quote, UsageError } from '../core/errors.js';
import type { KernelSnapshot, PlainAttachment } from './snapshot.js';

/** @throws UsageError for what is no snapshot. */
export function checkSnapshots(subject: string, given: Readonly<Record<string, unknown>>): void {
  const problems = Object.entries(given)
    .filter(([, value]) => typeof value !== 'object' || value === null || !('programs' in value && 'clsacts' in value))
    .map(([name, value]) => `${name} must be a snapshot of a kernel, not ${quote(value)}`);
  if (problems.length > 0) throw new UsageError(subject, problems);
}

/**
 * What differs between two snapshots, a line each, `+` for what was added and `-` for what was taken; what changed is
 * both. Nothing means that they are equal.
 */
export function diffSnapshots(before: KernelSnapshot, after: KernelSnapshot): readonly string[] {
  const old = describeSnapshot(before);
  const now = describeSnapshot(after);
  const oldCounts = countLines(old);
  const nowCounts = countLines(now);
  const gone = [...oldCounts].flatMap(([line, count]) => repeat(`- ${line}`, count - (nowCounts.get(line) ?? 0)));
  const come = [...nowCounts].flatMap(([line, count]) => repeat(`+ ${line}`, count - (oldCounts.get(line) ?? 0)));
  return [...gone, ...come];
}

/** A snapshot as lines, one for each thing. */
function describeSnapshot(snapshot: KernelSnapshot): readonly string[] {
  return [
    ...snapshot.programs.map(
      ({ id, name, type, mapIds }) =>
        `program ${id} ${name} (${type})${mapIds.length > 0 ? ` with maps ${mapIds.join(', ')}` : ''}`,
    ),
    ...snapshot.links.map(
      (link) => `link ${link.id} of program ${link.programId} (${link.type}) ${describePlace(link)}`,
    ),
    ...snapshot.maps.map(({ id, name, type }) => `map ${id} ${name} (${type})`),
    ...snapshot.pins.map(({ path, kind, id }) => `pin ${path} of ${kind} ${id}`),
    ...snapshot.directories.map((path) => `directory ${path}`),
    ...snapshot.attachments.map(describeAttachment),
    ...snapshot.clsacts.map(({ ifindex }) => `clsact on interface ${ifindex}`),
  ];
}

function describePlace(link: KernelSnapshot['links'][number]): string {
  if (!link.attached) return 'defunct';
  if (link.ifindex === undefined) return `on ${link.target}`;
  return `on interface ${link.ifindex}${link.direction === undefined ? '' : ` ${link.direction}`}`;
}

function describeAttachment({ via, programId, ifindex, direction, mode, priority, handle }: PlainAttachment): string {
  const place = `program ${programId} on interface ${ifindex}`;
  if (via === 'netlink') return `xdp (${mode}): ${place}`;
  return via === 'prog' ? `tcx ${direction}: ${place}` : `filter ${direction} ${priority}/${handle}: ${place}`;
}

function countLines(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

function repeat(line: string, times: number): readonly string[] {
  return times > 0 ? Array.from({ length: times }, () => line) : [];
}
