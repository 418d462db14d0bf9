import type { Json, ScenarioReport, ScenarioResult, VerdictStatus } from '../../scenarios/scenario-result.js';
import { isFailure } from '../summarize.js';
import { collectFigures, type Figure } from './collect-figures.js';
import type { FigureComparison, ReportComparison, ScenarioComparison, VerdictChange } from './comparison.js';

/**
 * Compares a run with an earlier one, scenario by scenario: each figure with its difference, whether that is better or
 * worse, and whether chance may have made it. What differed in how they were run is told as well.
 */
export function compareReports(report: ScenarioReport, earlier: ScenarioReport): ReportComparison {
  const before = new Map(earlier.scenarios.map((scenario) => [scenario.name, scenario]));
  const now = new Set(report.scenarios.map(({ name }) => name));
  return {
    earlier: { title: earlier.title, startedAt: earlier.startedAt },
    differences: listDifferences(earlier.machine, report.machine),
    scenarios: report.scenarios.flatMap((scenario) => {
      const other = before.get(scenario.name);
      return other === undefined ? [] : [compareScenarios(scenario, other)];
    }),
    gone: [...before.keys()].filter((name) => !now.has(name)),
    added: [...now].filter((name) => !before.has(name)),
  };
}

function compareScenarios(scenario: ScenarioResult, earlier: ScenarioResult): ScenarioComparison {
  const before = new Map(collectFigures(earlier).map((figure) => [figure.name, figure]));
  const conditions = ({ quick, parameters }: ScenarioResult) => ({ quick, ...parameters });
  return {
    name: scenario.name,
    differences: listDifferences(conditions(earlier), conditions(scenario)),
    figures: collectFigures(scenario).flatMap((figure) => {
      const other = before.get(figure.name);
      // Of another unit it is another figure, whatever it is called.
      return other === undefined || other.unit !== figure.unit ? [] : compareFigures(other, figure);
    }),
    verdicts: compareVerdicts(earlier, scenario),
  };
}

function compareFigures(before: Figure, after: Figure): readonly FigureComparison[] {
  if (!Number.isFinite(before.value) || !Number.isFinite(after.value)) return [];
  const { name, unit, better } = after;
  const confidence = judgeConfidence(before, after);
  return [
    {
      name,
      unit,
      before: before.value,
      after: after.value,
      ...(before.value === 0 ? {} : { change: after.value / before.value - 1 }),
      ...(better === undefined ? {} : { better }),
      confidence,
      outcome: judge(before.value, after.value, better, confidence),
    },
  ];
}

function judge(
  before: number,
  after: number,
  better: Figure['better'],
  confidence: FigureComparison['confidence'],
): FigureComparison['outcome'] {
  if (before === after) return 'same';
  if (confidence === 'within-chance') return 'unclear';
  if (better === undefined) return 'changed';
  return after > before === (better === 'higher') ? 'better' : 'worse';
}

function judgeConfidence(before: Figure, after: Figure): FigureComparison['confidence'] {
  const edges = [before.low, before.high, after.low, after.high];
  const [lowBefore, highBefore, lowAfter, highAfter] = edges.map((edge) => edge ?? Number.NaN);
  if (edges.some((edge) => edge === undefined || !Number.isFinite(edge))) return 'unknown';
  const isApart = Number(highBefore) < Number(lowAfter) || Number(highAfter) < Number(lowBefore);
  return isApart ? 'beyond-chance' : 'within-chance';
}

function compareVerdicts(earlier: ScenarioResult, now: ScenarioResult): readonly VerdictChange[] {
  const before = new Map(earlier.verdicts.map(({ name, status }) => [name, status]));
  const after = new Map(now.verdicts.map(({ name, status }) => [name, status]));
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    return was === is ? [] : [{ name, before: was, after: is, outcome: judgeVerdict(was, is) }];
  });
}

function judgeVerdict(before: VerdictStatus | undefined, after: VerdictStatus | undefined): VerdictChange['outcome'] {
  if (after !== undefined && isFailure(after) && (before === undefined || !isFailure(before))) return 'worse';
  if (before !== undefined && isFailure(before) && after !== undefined && !isFailure(after)) return 'better';
  return 'changed';
}

/** What has another value, in words. */
function listDifferences(
  before: Readonly<Record<string, Json>>,
  now: Readonly<Record<string, Json>>,
): readonly string[] {
  const show = (value: Json | undefined): string =>
    value === undefined ? 'not told' : typeof value === 'string' ? value : JSON.stringify(value);
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const [was, is] = [show(before[key]), show(now[key])];
    return was === is ? [] : [`${key}: ${was} before, ${is} now`];
  });
}
