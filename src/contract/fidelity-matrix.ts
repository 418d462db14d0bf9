import { isReleaseBefore } from '../kernel/release.js';
import { countRules, type FidelityRun, judgeRule, modelledRules, type RuleVerdict } from './fidelity-run.js';
import { RULES, type Rule, type RuleId } from './rules.js';

/** The marks of the matrix: short, since there is a column for each kernel. */
const MARKS: Readonly<Record<RuleVerdict, string>> = {
  proven: '✓',
  partly: '◐',
  lacking: '○',
  differs: '✗',
  'other-releases': '',
};

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

/**
 * The matrix in Markdown: the totals of each kernel, a table for each area with a row for each rule and a column for
 * each kernel, what could not be tried, and what is not modelled.
 *
 * A mark speaks of a kernel and of the model of its release together: a rule is proven where both do what it says. A
 * model whose release no kernel has run is in no column, but where there is no run on a kernel at all.
 */
export function renderFidelityMatrix(runs: readonly FidelityRun[]): string {
  const models = runs.filter(({ kind }) => kind === 'model');
  const tried = runs.filter(({ kind }) => kind === 'kernel');
  const kernels = (tried.length > 0 ? tried : models)
    .toSorted(compareVersions)
    .map((run) => ({ run, model: models.find(({ release }) => release === run.release) }));
  const areas = [...new Set(modelledRules().map((id) => ruleOf(id).area))];
  return [
    renderTotals(kernels),
    renderPlaces(kernels),
    ...renderDifferences(runs),
    ...areas.map((area) => renderArea(area, kernels)),
    renderUntried(kernels),
    renderNotModelled(),
  ].join('\n\n');
}

/** A kernel, and the model of its release. */
interface Column {
  readonly run: FidelityRun;
  readonly model: FidelityRun | undefined;
}

/** What a kernel and its model together came to. */
function judge({ run, model }: Column, rule: RuleId): RuleVerdict {
  const { verdict } = judgeRule(run, rule);
  const modelled = model === undefined ? verdict : judgeRule(model, rule).verdict;
  if (modelled === 'differs') return modelled;
  return verdict === 'proven' && modelled !== 'proven' ? 'partly' : verdict;
}

function renderTotals(kernels: readonly Column[]): string {
  const lines = kernels.map(({ run }) => {
    const { rules, proven, partly, lacking, differs } = countRules(run);
    const cases = Object.values(run.cases).filter(({ verdict }) => verdict === 'holds').length;
    return `| ${run.version} | ${formatShare(proven, rules)} | ${partly} | ${lacking} | ${differs} | ${cases} |`;
  });
  const rules = modelledRules();
  const best = rules.map((rule) => kernels.map((column) => judge(column, rule)));
  const differs = best.filter((verdicts) => verdicts.includes('differs')).length;
  const agreeing = best.filter((verdicts) => !verdicts.includes('differs'));
  const proven = agreeing.filter((verdicts) => verdicts.includes('proven')).length;
  const partly = agreeing.filter((verdicts) => !verdicts.includes('proven') && verdicts.includes('partly')).length;
  const held = new Set(
    kernels.flatMap(({ run: { cases } }) => Object.keys(cases).filter((id) => cases[id]?.verdict === 'holds')),
  );
  const some = rules.length - proven - partly - differs;
  return [
    '## Totals',
    '',
    '| Kernel | Rules proven | In part | Modelled only | Differ | Cases that hold |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    `| **any of them** | **${formatShare(proven, rules.length)}** | ${partly} | ${some} | ${differs} | ${held.size} |`,
  ].join('\n');
}

function formatShare(part: number, whole: number): string {
  return `${part} of ${whole}, ${whole === 0 ? '0' : ((part / whole) * 100).toFixed(1)} %`;
}

function renderPlaces(kernels: readonly Column[]): string {
  return [
    'Where they ran:',
    '',
    ...kernels.map(({ run: { kind, version, release, about }, model }) => {
      const beside =
        model === undefined ? 'no profile of the fake is of this release' : `beside the profile ${release}`;
      if (kind === 'model') return `- **${version}**: a model of it, and no kernel.`;
      return `- **${version}**, ${beside}: ${about ?? 'nothing is told of it'}.`;
    }),
  ].join('\n');
}

/** Nothing, as it should be; else every case in which the fake or a kernel is not as the contract has it. */
function renderDifferences(runs: readonly FidelityRun[]): readonly string[] {
  const lines = runs.flatMap(({ kind, version, cases }) =>
    Object.entries(cases).flatMap(([id, { verdict, reason = '' }]) => {
      const who = kind === 'model' ? `the fake as ${version}` : `Linux ${version}`;
      return verdict === 'differs' ? [`- \`${id}\` on ${who}: ${toOneLine(reason)}`] : [];
    }),
  );
  return lines.length === 0 ? [] : [['## What differs', '', ...lines].join('\n')];
}

function renderArea(area: Rule['area'], kernels: readonly Column[]): string {
  const rows = modelledRules()
    .filter((id) => ruleOf(id).area === area)
    .map((id) => {
      const { when, answer, source } = ruleOf(id);
      const text = `**${id}**: ${when} → ${answer}<br><sub>${source}</sub>`;
      return `| ${escapeCell(text)} | ${kernels.map((column) => MARKS[judge(column, id)]).join(' | ')} |`;
    });
  return [
    `## ${AREA_TITLES[area]}`,
    '',
    `| Rule | ${kernels.map(({ run }) => run.version).join(' | ')} |`,
    `| --- | ${kernels.map(() => ':-:').join(' | ')} |`,
    ...rows,
  ].join('\n');
}

/** For each reason the rules that it keeps from being proven, and the kernels where it does. */
function renderUntried(kernels: readonly Column[]): string {
  const rulesOf = new Map<string, Map<string, string[]>>();
  for (const id of modelledRules()) {
    for (const { run } of kernels) {
      const { verdict, reasons } = judgeRule(run, id);
      if (verdict !== 'partly' && verdict !== 'lacking') continue;
      for (const reason of reasons) {
        const rules = rulesOf.get(reason) ?? new Map<string, string[]>();
        rulesOf.set(reason, rules.set(id, [...(rules.get(id) ?? []), run.version]));
      }
    }
  }
  const lines = [...rulesOf]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, rules]) => {
      const versions = new Set([...rules.values()].flat());
      const places = versions.size === kernels.length ? 'every kernel' : [...versions].join(', ');
      const names = [...rules.keys()].map((rule) => `\`${rule}\``).join(', ');
      const [need = '', ...causes] = toOneLine(reason).split(': ');
      const cause = causes.length === 0 ? '' : `: ${causes.join(': ')}`;
      return `- **${need}** (${places})${cause}. Rules: ${names}.`;
    });
  return ['## What could not be tried, and why', '', ...(lines.length === 0 ? ['Everything was tried.'] : lines)].join(
    '\n',
  );
}

function renderNotModelled(): string {
  const rules: readonly (readonly [string, Rule])[] = Object.entries(RULES);
  const lines = rules.flatMap(([id, { when, answer, notModelled }]) =>
    notModelled === undefined ? [] : [`- **${id}**: ${when} → ${answer}. Why not: ${notModelled}.`],
  );
  return ['## Rules that are not modelled', '', 'They are in no total.', '', ...lines].join('\n');
}

function compareVersions(a: FidelityRun, b: FidelityRun): number {
  if (a.release !== b.release) return isReleaseBefore(a.release, b.release) ? -1 : 1;
  const updateOf = ({ version }: FidelityRun): number => Number(version.split('.')[2] ?? 0);
  return updateOf(a) - updateOf(b);
}

function ruleOf(id: RuleId): Rule {
  return RULES[id];
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function toOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
