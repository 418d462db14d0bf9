import { UsageError } from '../../core/errors.js';
import type { LogLine } from '../../core/log-line.js';
import type { ProcessLogs } from './process-logs.js';

/** Something that writes lines: a `Process`, a `MockWorker`, a process of a virtual machine. */
export interface LogSource {
  readonly command: string;
  readonly logs: Pick<ProcessLogs, 'lines'>;
}

/** A line, and who wrote it. */
export interface MergedLine<Source extends LogSource = LogSource> extends LogLine {
  readonly source: Source;
}

/**
 * What several programs wrote, in the order in which it came. They have to have one clock, as those of a test's `spawn`
 * do, and those that were given no other.
 *
 * @throws UsageError when that is no list of programs
 *
 * @example
 * ```ts
 * const texts = mergeLogs([relay, client]).map(({ source, text }) => `${source.command}: ${text}`);
 * ```
 */
export function mergeLogs<Source extends LogSource>(sources: readonly Source[]): readonly MergedLine<Source>[] {
  const given: unknown = sources;
  if (!Array.isArray(given)) throw new UsageError('mergeLogs', 'it takes an array of programs: [relay, client]');
  return sources
    .flatMap((source) => source.logs.lines().map((line) => ({ ...line, source })))
    .toSorted((a, b) => a.atMs - b.atMs);
}
