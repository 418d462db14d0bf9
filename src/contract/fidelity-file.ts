import { quote, UsageError } from '../core/errors.js';
import { isRecord } from '../core/is-record.js';
import type { FidelityCase, FidelityRun } from './fidelity-run.js';
import type { CaseVerdict } from './run-contract.js';

/** A run on a kernel as it is kept: every id once, every reason once, in an order that makes for small differences. */
interface FidelityFile {
  readonly version: string;
  readonly release: string;
  readonly about: string;
  readonly holds: readonly string[];
  readonly lacking: Readonly<Record<string, readonly string[]>>;
  readonly differs: Readonly<Record<string, readonly string[]>>;
  readonly otherReleases: readonly string[];
}

/** The text of a file that keeps a run on a kernel. */
export function encodeFidelityRun(run: FidelityRun): string {
  const idsOf = (verdict: CaseVerdict): readonly string[] =>
    Object.keys(run.cases)
      .filter((id) => run.cases[id]?.verdict === verdict)
      .sort();
  const byReason = (verdict: CaseVerdict): Readonly<Record<string, readonly string[]>> => {
    const ids = idsOf(verdict);
    const reasons = [...new Set(ids.map((id) => run.cases[id]?.reason ?? ''))].sort();
    return Object.fromEntries(
      reasons.map((reason) => [reason, ids.filter((id) => (run.cases[id]?.reason ?? '') === reason)]),
    );
  };
  const file: FidelityFile = {
    version: run.version,
    release: run.release,
    about: run.about ?? '',
    holds: idsOf('holds'),
    lacking: byReason('lacking'),
    differs: byReason('differs'),
    otherReleases: idsOf('other-releases'),
  };
  return `${JSON.stringify(file, undefined, 1)}\n`;
}

/** The run that a file keeps. @throws UsageError that lists what is not as such a file has it */
export function decodeFidelityRun(text: string): FidelityRun {
  const file = parse(text);
  if (!isFidelityFile(file)) throw new UsageError('decodeFidelityRun', findProblems(file));
  const { version, release, about, holds, lacking, differs, otherReleases } = file;
  const cases = new Map<string, FidelityCase>();
  for (const id of holds) cases.set(id, { verdict: 'holds' });
  for (const id of otherReleases) cases.set(id, { verdict: 'other-releases' });
  for (const [reason, ids] of Object.entries(lacking))
    for (const id of ids) cases.set(id, { verdict: 'lacking', reason });
  for (const [reason, ids] of Object.entries(differs))
    for (const id of ids) cases.set(id, { verdict: 'differs', reason });
  return { version, release, kind: 'kernel', about, cases: Object.fromEntries(cases) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError('decodeFidelityRun', `the text is no JSON: ${quote(text.slice(0, 40))}`, { cause });
  }
}

function isFidelityFile(value: unknown): value is FidelityFile {
  return findProblems(value).length === 0;
}

function findProblems(value: unknown): readonly string[] {
  if (!isRecord(value)) return [`the text must be an object in JSON, not ${quote(value)}`];
  const check = (name: string, isGood: (value: unknown) => boolean, expected: string): readonly string[] =>
    isGood(value[name]) ? [] : [`${name} must be ${expected}, not ${quote(value[name])}`];
  return [
    ...check('version', isNumbers, 'a release of Linux in full, such as "6.18.44"'),
    ...check('release', isNumbers, 'a release of Linux, such as "6.18"'),
    ...check('about', (about) => typeof about === 'string', 'a text'),
    ...check('holds', isIds, 'a list of ids'),
    ...check('lacking', isGroups, 'lists of ids by reason'),
    ...check('differs', isGroups, 'lists of ids by reason'),
    ...check('otherReleases', isIds, 'a list of ids'),
  ];
}

function isNumbers(value: unknown): boolean {
  return typeof value === 'string' && /^\d+(\.\d+)+$/.test(value);
}

function isIds(value: unknown): boolean {
  return Array.isArray(value) && value.every((id) => typeof id === 'string');
}

function isGroups(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isIds);
}
