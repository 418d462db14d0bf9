import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { errnoOf } from '../../core/kernel-error.js';
import { messageOf } from '../../core/message-of.js';
import { removeFile } from '../remove-file.js';
import { checkJournalFolder, locateJournals } from './journal-folder.js';
import { type JournalEntry, parseJournal } from './journal-lines.js';
import { examineOwner, type JournalOwner, readOwner } from './owner.js';
import { type Removal, removeKept } from './remove-kept.js';

/** Something that was left, and what became of it. */
export interface SweptThing {
  readonly kind: JournalEntry['kind'];
  readonly path: string;
  /** The process that made it. */
  readonly owner: number;
  readonly outcome: Exclude<Removal['outcome'], 'absent'>;
  /** Why it was not removed. */
  readonly reason?: string;
}

/** What a sweep found. */
export interface SweepReport {
  /** Where journals were looked for. */
  readonly folder: string;
  readonly things: readonly SweptThing[];
  /** Processes that still run, with all that they own. */
  readonly running: readonly number[];
  /** Journals that cannot be judged or read, each with the reason. */
  readonly skipped: readonly string[];
  /** Lines that cannot be read, by their journals. */
  readonly corrupt: readonly string[];
}

/** What is swept. */
export interface SweepOptions {
  /** @defaultValue that of this user */
  readonly folder?: string;
  /** One journal of the folder alone. @defaultValue all */
  readonly file?: string;
  /** Tells what would be removed, and removes nothing. @defaultValue false */
  readonly dryRun?: boolean;
}

/**
 * Removes what processes that have ended have left, by their journals. What runs keeps what it has.
 *
 * @throws GloveboxError `ERR_GLOVEBOX_JOURNAL` when others may write where journals are
 */
export function sweepJournals(options: SweepOptions = {}): SweepReport {
  const { folder = locateJournals(), file, dryRun = false } = options;
  const report = { folder, things: [], running: [], skipped: [], corrupt: [] } satisfies SweepReport;
  if (!existsSync(folder)) return report;
  checkJournalFolder(folder);
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const found: Found = { things: [], running: [], skipped: [], corrupt: [] };
  const self = readOwner();
  for (const path of names.map((name) => join(folder, name)).toSorted())
    if (file === undefined || path === file) sweepOne(path, { self, dryRun, found });
  return { folder, ...found };
}

/** Whoever had pids of its own may have had mounts of its own: what is at that path here may be another thing. */
const NEVER_IDENTIFIED: Removal = {
  outcome: 'refused',
  reason: 'it was begun in another pid namespace, and nobody wrote down what came of it',
};

interface Found {
  readonly things: SweptThing[];
  readonly running: number[];
  readonly skipped: string[];
  readonly corrupt: string[];
}

interface Sweep {
  readonly self: JournalOwner;
  readonly dryRun: boolean;
  readonly found: Found;
}

function sweepOne(path: string, { self, dryRun, found }: Sweep): void {
  let text: string;
  try {
    text = readOwn(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') found.skipped.push(`${path}: ${messageOf(error)}`);
    return;
  }
  const { owner, entries, corrupt } = parseJournal(text);
  if (owner === undefined) {
    // Perhaps it is being begun.
    found.skipped.push(`${path}: it does not say whose it is`);
    return;
  }
  const state = examineOwner(owner, self);
  if (state === 'alive') {
    found.running.push(owner.pid);
    return;
  }
  if (state === 'unknown') {
    found.skipped.push(`${path}: process ${owner.pid} belongs to another pid namespace, ${owner.pidNamespace}`);
    return;
  }
  found.corrupt.push(...corrupt.map((each) => `${path}: ${each}`));
  let hasFailed = false;
  const isElsewhere = owner.pidNamespace !== self.pidNamespace;
  for (const entry of entries.toReversed()) {
    const removal = isElsewhere && entry.identity === undefined ? NEVER_IDENTIFIED : removeKept(entry, { dryRun });
    hasFailed ||= removal.outcome === 'failed';
    if (removal.outcome !== 'absent')
      found.things.push({ kind: entry.kind, path: entry.path, owner: owner.pid, ...removal });
  }
  // What was refused is nobody's now; what could not be removed is tried again by the next sweep.
  if (!hasFailed && !dryRun) removeFile(path);
}

/** @throws Error when it is a link, or another user's */
function readOwn(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error('it is no file');
    if (stats.uid !== process.geteuid?.()) throw new Error(`it belongs to user ${stats.uid}`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
