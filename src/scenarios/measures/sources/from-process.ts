import { findUnknownOptions } from '../../../core/check-options.js';
import { quote, UsageError } from '../../../core/errors.js';
import type { ProcessUsage } from '../../../process/usage/read-usage.js';
import type { MeasureSource, PollOptions } from './measure-source.js';
import { findPollMistakes, splitOptions } from './poll-options.js';

/** What tells what it uses; a `Process` is one. */
export interface UsingProcess {
  usage(): ProcessUsage;
}

/** Whose usage is followed, and how. */
export interface FromProcessOptions extends PollOptions {
  /** Whose it is; as there is one measure of a name for each actor, say it where several processes are followed. */
  readonly actor?: string;
}

/** Processor time is told in steps of 10 ms: over less than some of these, a share of one says nothing. */
const LEAST_SHARE_MS = 50;

/**
 * What a program and everything that it has started use: memory (bytes), processor (percent of one), open descriptors,
 * and threads, as gauges.
 *
 * @throws UsageError
 *
 * @example
 * ```ts
 * fromProcess(coordinator, { actor: 'coordinator', intervalMs: 500 });
 * ```
 */
export function fromProcess(process: UsingProcess, options: FromProcessOptions = {}): MeasureSource {
  const { poll, rest } = splitOptions('fromProcess', options);
  const { actor } = rest;
  const mistakes = [...findPollMistakes(poll), ...findUnknownOptions(rest, ['actor'])];
  if (typeof process?.usage !== 'function')
    mistakes.push(`process must be a program that was spawned; received ${quote(process)}`);
  if (mistakes.length > 0) throw new UsageError('fromProcess', mistakes);
  const whose = actor === undefined ? {} : { actor };
  return {
    name: actor === undefined ? 'the usage of a process' : `the usage of ${actor}`,
    ...poll,
    begin: ({ measures, clock }) => {
      const memory = measures.gauge('memory', { unit: 'bytes', ...whose });
      const processor = measures.gauge('processor', { unit: '%', description: 'of one processor', ...whose });
      const descriptors = measures.gauge('open descriptors', { unit: 'descriptors', ...whose });
      const threads = measures.gauge('threads', { unit: 'threads', ...whose });
      let before: { readonly atMs: number; readonly cpuMs: number } | undefined;
      return {
        poll: () => {
          const usage = process.usage();
          const atMs = clock.now();
          memory.set(usage.rssBytes);
          descriptors.set(usage.fds);
          threads.set(usage.threads);
          const elapsedMs = before === undefined ? 0 : atMs - before.atMs;
          if (before !== undefined && elapsedMs < LEAST_SHARE_MS) return;
          // What has ended takes its time with it.
          if (before !== undefined) processor.set(Math.max(0, ((usage.cpuMs - before.cpuMs) / elapsedMs) * 100));
          before = { atMs, cpuMs: usage.cpuMs };
        },
      };
    },
  };
}
