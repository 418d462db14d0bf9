import { CONTRACT_CASES } from './cases/index.js';
import { isReleaseBefore } from './release.js';
import { RULES, type Rule, type RuleId } from './rules.js';
import type { CaseResult, CaseVerdict } from './run-contract.js';

/** What a run of the contract found, as plain data that can be kept in a file. */
export interface FidelityRun {
  /** Major and minor. */
  readonly release: string;
  /** The driver's name. */
  readonly driver: string;
  readonly kind: 'model' | 'kernel';
  /** The verdict of each case, by its id, and why where it does not hold. */
  readonly cases: Readonly<Record<string, { readonly verdict: CaseVerdict; readonly reason?: string }>>;
}

/** The results of a run, for a file or a matrix. */
export function toFidelityRun(
  driver: { readonly name: string; readonly release: string; readonly kind: 'model' | 'kernel' },
  results: readonly CaseResult[],
): FidelityRun {
  const cases = results.map(({ case: { id }, verdict, reason }) => [
    id,
    reason === undefined ? { verdict } : { verdict, reason },
  ]);
  return { release: driver.release, driver: driver.name, kind: driver.kind, cases: Object.fromEntries(cases) };
}

/**
 * What the cases of a rule came to on one driver: all that speak of its release hold (`proven`), some do and the rest
 * lack something (`partly`), all lack something, one differs, none speaks of that release.
 */
export type RuleVerdict = 'proven' | 'partly' | 'lacking' | 'differs' | 'other-releases';

/** What became of a rule in a run, with what was lacking or how it differs. */
export function judgeRule(
  run: FidelityRun,
  rule: RuleId,
): { readonly verdict: RuleVerdict; readonly reasons: readonly string[] } {
  const results = CONTRACT_CASES.filter((each) => each.rules.includes(rule)).flatMap(({ id }) => run.cases[id] ?? []);
  const reasonsOf = (verdict: CaseVerdict): readonly string[] => [
    ...new Set(results.filter((result) => result.verdict === verdict).flatMap(({ reason }) => reason ?? [])),
  ];
  const count = (verdict: CaseVerdict): number => results.filter((result) => result.verdict === verdict).length;
  if (count('differs') > 0) return { verdict: 'differs', reasons: reasonsOf('differs') };
  if (count('lacking') > 0)
    return { verdict: count('holds') > 0 ? 'partly' : 'lacking', reasons: reasonsOf('lacking') };
  return { verdict: count('holds') > 0 ? 'proven' : 'other-releases', reasons: [] };
}

/** How much of the rules a run has proven. */
export interface FidelityTotals {
  readonly rules: number;
  readonly proven: number;
  readonly partly: number;
  readonly lacking: number;
  readonly differs: number;
}

/** Counts the rules that speak of the run's release and are modelled. */
export function countRules(run: FidelityRun): FidelityTotals {
  const verdicts = ruleIds()
    .filter((id) => findRule(id).notModelled === undefined)
    .map((id) => judgeRule(run, id).verdict);
  const count = (verdict: RuleVerdict): number => verdicts.filter((each) => each === verdict).length;
  return {
    rules: verdicts.length - count('other-releases'),
    proven: count('proven'),
    partly: count('partly'),
    lacking: count('lacking'),
    differs: count('differs'),
  };
}

const MARKS: Readonly<Record<RuleVerdict, string>> = {
  proven: '✓',
  partly: '(✓)',
  lacking: '–',
  differs: '✗',
  'other-releases': '',
};

/** The matrix in Markdown: a row for each rule, a column for each model, and the kernels that a rule is proven on. */
export function renderFidelityMatrix(runs: readonly FidelityRun[]): string {
  const ordered = [...runs].sort((a, b) => (isReleaseBefore(a.release, b.release) ? -1 : 1));
  const models = ordered.filter(({ kind }) => kind === 'model');
  const kernels = ordered.filter(({ kind }) => kind === 'kernel');
  const areas = [...new Set(ruleIds().map((id) => findRule(id).area))];
  return [
    renderTotals(kernels),
    ...areas.map((area) => renderArea(area, models, kernels)),
    renderUnproven(kernels),
    renderNotModelled(),
  ].join('\n\n');
}

function renderTotals(kernels: readonly FidelityRun[]): string {
  const lines = kernels.map((run) => {
    const { rules, proven, partly, lacking, differs } = countRules(run);
    const cases = Object.values(run.cases).filter(({ verdict }) => verdict === 'holds').length;
    const percent = ((proven / rules) * 100).toFixed(1);
    return `| Linux ${run.release} | ${proven} of ${rules} (${percent} %) | ${partly} | ${lacking} | ${differs} | ${cases} |`;
  });
  return [
    '| Kernel | Rules proven | proven in part | modelled only there | differ | Cases that held |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function renderArea(area: Rule['area'], models: readonly FidelityRun[], kernels: readonly FidelityRun[]): string {
  const rows = ruleIds()
    .filter((id) => findRule(id).area === area && findRule(id).notModelled === undefined)
    .map((id) => {
      const { when, answer, source } = findRule(id);
      const marks = models.map((run) => MARKS[judgeRule(run, id).verdict]);
      return `| \`${id}\` | ${escapeCell(when)} → ${escapeCell(answer)}<br>*${escapeCell(source)}* | ${marks.join(' | ')} | ${describeProof(id, kernels)} |`;
    });
  return [
    `## ${AREA_TITLES[area]}`,
    '',
    `| Rule | What Linux does, and where | ${models.map((run) => run.release).join(' | ')} | Proven on |`,
    `| --- | --- | ${models.map(() => ':-:').join(' | ')} | --- |`,
    ...rows,
  ].join('\n');
}

function describeProof(id: RuleId, kernels: readonly FidelityRun[]): string {
  const on = (verdict: RuleVerdict): readonly string[] =>
    kernels.filter((run) => judgeRule(run, id).verdict === verdict).map((run) => run.release);
  const parts = [
    on('differs').length > 0 ? `**differs on ${on('differs').join(', ')}**` : '',
    on('proven').join(', '),
    on('partly').length > 0 ? `in part on ${on('partly').join(', ')}` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join('; ') : 'modelled only';
}

function renderUnproven(kernels: readonly FidelityRun[]): string {
  const lines = kernels.flatMap((run) =>
    ruleIds().flatMap((id) => {
      const { verdict, reasons } = judgeRule(run, id);
      if (verdict !== 'partly' && verdict !== 'lacking') return [];
      return [
        `| \`${id}\` | ${run.release} | ${verdict === 'partly' ? 'in part' : 'no'} | ${escapeCell(reasons.join('; '))} |`,
      ];
    }),
  );
  return [
    '## What could not be tried, and why',
    '',
    '| Rule | Kernel | Proven there | Because |',
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function renderNotModelled(): string {
  const lines = ruleIds().flatMap((id) => {
    const { when, answer, notModelled }: Rule = findRule(id);
    return notModelled === undefined ? [] : [`- ${when} → ${answer}: ${notModelled}.`];
  });
  return ['## Rules that are not modelled', '', ...lines].join('\n');
}

const AREA_TITLES: Readonly<Record<Rule['area'], string>> = {
  lifetime: 'Lifetime',
  load: 'Loading programs',
  maps: 'Maps',
  ids: 'Ids',
  links: 'Links',
  pins: 'Pins and bpffs',
  xdp: 'XDP',
  tcx: 'TCX',
  tracing: 'fentry, fexit, LSM and extensions',
  perf: 'Tracepoints and probes',
  tc: 'Classic tc',
};

function ruleIds(): readonly RuleId[] {
  return Object.keys(RULES) as RuleId[];
}

function findRule(id: RuleId): Rule {
  return RULES[id];
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
