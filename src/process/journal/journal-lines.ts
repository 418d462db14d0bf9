import { quote } from '../../core/errors.js';
import { type FileIdentity, JOURNAL_KINDS, type JournalKind } from './identity.js';
import type { JournalOwner } from './owner.js';

/** What a line of a journal says. */
export type JournalLine =
  | { readonly journal: 1; readonly owner: JournalOwner }
  | { readonly id: number; readonly begin: JournalKind; readonly path: string; readonly atMs: number }
  | { readonly id: number; readonly made: FileIdentity }
  | { readonly id: number; readonly gone: true };

/** Something that a journal owns. */
export interface JournalEntry {
  readonly kind: JournalKind;
  readonly path: string;
  /** When it was about to be made, in milliseconds since 1970. */
  readonly atMs: number;
  /** `undefined` when nobody came to write it down. */
  readonly identity: FileIdentity | undefined;
}

/** What a journal says. */
export interface ReadJournal {
  readonly owner: JournalOwner | undefined;
  /** What it owns, in the order in which it was made. */
  readonly entries: readonly JournalEntry[];
  /** What cannot be read, as `line 3: "…"`. */
  readonly corrupt: readonly string[];
}

/** Reads a journal. A line that says nothing is told, and passed over. */
export function parseJournal(text: string): ReadJournal {
  let owner: JournalOwner | undefined;
  const entries = new Map<number, JournalEntry>();
  const corrupt: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const read = parseLine(line);
    if (read === undefined) corrupt.push(`line ${index + 1}: ${quote(line.slice(0, 80))}`);
    else if ('owner' in read) owner ??= read.owner;
    else if ('begin' in read) {
      entries.set(read.id, { kind: read.begin, path: read.path, atMs: read.atMs, identity: undefined });
    } else if ('gone' in read) entries.delete(read.id);
    else {
      const entry = entries.get(read.id);
      if (entry === undefined) corrupt.push(`line ${index + 1}: ${quote(line)}, which nothing was begun for`);
      else entries.set(read.id, { ...entry, identity: read.made });
    }
  }
  return { owner, entries: [...entries.values()], corrupt };
}

function parseLine(line: string): JournalLine | undefined {
  const value = parseJson(line);
  if (!isRecord(value)) return undefined;
  const { journal, owner, id, begin, path, atMs, made, gone } = value;
  if (journal === 1) return isOwner(owner) ? { journal, owner } : undefined;
  if (typeof id !== 'number') return undefined;
  if (gone === true) return { id, gone };
  if (made !== undefined) return isIdentity(made) ? { id, made } : undefined;
  const kind = JOURNAL_KINDS.find((each) => each === begin);
  const isPath = typeof path === 'string' && path.startsWith('/') && !path.includes('\0');
  if (kind === undefined || !isPath || typeof atMs !== 'number') return undefined;
  return { id, begin: kind, path, atMs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> & Partial<Record<Field, unknown>> {
  return typeof value === 'object' && value !== null;
}

type Field =
  | ('journal' | 'owner' | 'id' | 'begin' | 'path' | 'atMs' | 'made' | 'gone')
  | ('pid' | 'startTime' | 'pidNamespace' | 'bootId' | 'device' | 'inode' | 'bornNs');

function isOwner(value: unknown): value is JournalOwner {
  if (!isRecord(value)) return false;
  const { pid, startTime, pidNamespace, bootId } = value;
  const areNumbers = [pid, startTime].every((each) => Number.isSafeInteger(each));
  return areNumbers && typeof pidNamespace === 'string' && typeof bootId === 'string';
}

function isIdentity(value: unknown): value is FileIdentity {
  if (!isRecord(value)) return false;
  return [value.device, value.inode, value.bornNs].every((each) => typeof each === 'string');
}
