import { quote, UsageError } from '../../core/errors.js';
import type { ScenarioDefinition } from '../define-scenario.js';
import type { AnalysisSection, VerdictRecord } from '../scenario-result.js';
import { toFailedRecord, toVerdictRecord } from '../verdicts/judge.js';
import type { Verdict } from '../verdicts/verdict.js';
import { attempt } from './attempt.js';
import type { RunState } from './run-state.js';
import { withLimit } from './with-limit.js';

const JUDGE_LIMIT_MS = 30_000;

/** Asks what a scenario asks of its run. It never rejects. */
export async function judgeRun<P extends object, A>(
  { verdicts }: ScenarioDefinition<P, A>,
  state: RunState<P, A>,
): Promise<readonly VerdictRecord[]> {
  const made = await attempt(state, 'verdicts', async () => readVerdicts((await verdicts?.(state)) ?? []));
  const records: VerdictRecord[] = [];
  for (const verdict of made?.value ?? []) records.push(await judge(verdict, state));
  return records;
}

/** What the report says of a scenario alone. It never rejects. */
export async function analyseRun<P extends object, A>(
  { analysis }: ScenarioDefinition<P, A>,
  state: RunState<P, A>,
): Promise<readonly AnalysisSection[]> {
  const made = await attempt(state, 'analysis', async () => readAnalysis((await analysis?.(state)) ?? []));
  return made?.value ?? [];
}

/** What went wrong beside the verdicts, as one; there is none when nothing did. */
export function judgeProblems(state: RunState): readonly VerdictRecord[] {
  const { problems } = state;
  if (problems.length === 0) return [];
  return [
    toVerdictRecord('nothing goes wrong beside the verdicts', {
      ok: false,
      expected: 'no problem',
      actual: problems.length === 1 ? '1 problem' : `${problems.length} problems`,
      details: problems.map(({ message }) => message),
    }),
  ];
}

async function judge({ name, judge: ask, knownFailure }: Verdict, state: RunState): Promise<VerdictRecord> {
  const { clock, signal } = state;
  try {
    const result = await withLimit(`verdict ${quote(name)}`, ask, { clock, signal, limitMs: JUDGE_LIMIT_MS });
    if (typeof result?.ok !== 'boolean')
      throw new UsageError('verdict', `judge must give { ok, expected, actual }; received ${quote(result)}`);
    return toVerdictRecord(name, result, knownFailure);
  } catch (error) {
    return toFailedRecord(name, error, knownFailure);
  }
}

function readVerdicts(given: unknown): readonly Verdict[] {
  if (!Array.isArray(given)) throw new UsageError('verdicts', `it must give a list; received ${quote(given)}`);
  const mistakes: string[] = [];
  const names = new Set<string>();
  const verdicts: Verdict[] = [];
  for (const [index, each] of given.entries()) {
    if (!isVerdict(each)) {
      mistakes.push(`verdict ${index} must be one, such as atLeast(…) returns; received ${quote(each)}`);
      continue;
    }
    if (names.has(each.name)) mistakes.push(`two verdicts are called ${quote(each.name)}`);
    names.add(each.name);
    verdicts.push(each);
  }
  if (mistakes.length > 0) throw new UsageError('verdicts', mistakes);
  return verdicts;
}

function readAnalysis(given: unknown): readonly AnalysisSection[] {
  if (!Array.isArray(given))
    throw new UsageError('analysis', `it must give a list of sections, each with a title; received ${quote(given)}`);
  const mistakes = given.flatMap((section: unknown, index) =>
    findSectionMistakes(section).map((mistake) => `section ${index}: ${mistake}`),
  );
  if (mistakes.length > 0) throw new UsageError('analysis', mistakes);
  return given;
}

function findSectionMistakes(section: unknown): readonly string[] {
  const { title, paragraphs, table }: { readonly [K in keyof AnalysisSection]?: unknown } = Object(section);
  const { columns, rows }: { readonly columns?: unknown; readonly rows?: unknown } = Object(table);
  return [
    ...(typeof title === 'string' ? [] : [`title must be a string; received ${quote(title)}`]),
    ...(paragraphs === undefined || isListOf(paragraphs, isText)
      ? []
      : [`paragraphs must be a list of strings; received ${quote(paragraphs)}`]),
    ...(table === undefined || isListOf(columns, isText)
      ? []
      : [`table.columns must be a list of strings; received ${quote(columns)}`]),
    ...(table === undefined || isListOf(rows, (row) => isListOf(row, isCell))
      ? []
      : [`table.rows must be a list of lists of strings and finite numbers; received ${quote(rows)}`]),
  ];
}

function isListOf(value: unknown, isOne: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isCell = (value: unknown): boolean => isText(value) || Number.isFinite(value);

function isVerdict(value: unknown): value is Verdict {
  return typeof value === 'object' && value !== null && 'judge' in value && 'name' in value;
}
