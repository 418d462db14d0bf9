import type {
  DisruptionRecord,
  HistogramResult,
  MeasureResult,
  ScenarioResult,
} from '../../scenarios/scenario-result.js';
import { chooseScale } from '../text/format.js';
import { differentiate, joinTracks, type Track } from './join-series.js';
import type { Plot, PlotShade } from './plot.js';

/** More lines than this nobody tells apart. */
const MAX_LINES = 8;
const MAX_SHADES = 1000;
/** From here on the largest values would press all others onto the axis. */
const LOGARITHMIC_FROM = 40;

interface Draft {
  readonly title: string;
  readonly unit: string;
  readonly tracks: readonly Track[];
  readonly isLogarithmic?: boolean;
}

/** The plots of a scenario: rates first, then how times are distributed, then levels. */
export function collectPlots(scenario: ScenarioResult, prefix: string): readonly Plot[] {
  const { measures } = scenario;
  const drafts = [...draftRates(measures), ...draftDistributions(measures), ...draftLevels(measures)];
  return drafts
    .filter(({ tracks }) => tracks.some(({ series }) => series.atMs.length > 0))
    .map((draft, index) => finish(draft, `${prefix}-plot-${index + 1}`, scenario));
}

function draftRates(measures: readonly MeasureResult[]): readonly Draft[] {
  const counters = measures.filter((measure) => measure.kind === 'counter');
  // Totals of one unit are compared with each other; those of actors are compared by name.
  const groups = groupBy(counters, ({ actor, name, unit }) =>
    JSON.stringify(actor === undefined ? ['all', unit] : ['actor', name, unit]),
  );
  return [...groups.values()].map((group) => {
    const [first] = group;
    const names = [...new Set(group.map(({ name }) => name))];
    const unit = first?.unit ?? '';
    return {
      title: names.length === 1 ? `${names[0]} per second` : unit === '' ? 'Rates' : `${unit} per second`,
      unit: unit === '' ? '/s' : `${unit}/s`,
      tracks: group.map(({ name, actor, series }) => ({ label: actor ?? name, series: differentiate(series) })),
    };
  });
}

function draftDistributions(measures: readonly MeasureResult[]): readonly Draft[] {
  return measures
    .filter((measure): measure is HistogramResult => measure.kind === 'histogram' && measure.slices.length > 1)
    .map(({ name, actor, unit, slices }) => {
      // Of a slice without samples there is nothing to draw.
      const some = slices.filter(({ count }) => count > 0);
      const track = (key: 'p50' | 'p99' | 'max', label: string): Track => ({
        label,
        series: {
          atMs: some.map(({ fromMs, untilMs }) => (fromMs + untilMs) / 2),
          values: some.map((each) => each[key]),
        },
      });
      const usual = findMedian(some.map(({ p50 }) => p50));
      const highest = some.reduce((largest, { max }) => Math.max(largest, max), 0);
      return {
        title: `${nameOf(name, actor)} over time`,
        unit,
        tracks: [track('p50', 'p50'), track('p99', 'p99'), { ...track('max', 'highest'), isDashed: true }],
        isLogarithmic: usual > 0 && highest / usual > LOGARITHMIC_FROM,
      };
    });
}

function draftLevels(measures: readonly MeasureResult[]): readonly Draft[] {
  const gauges = measures.filter((measure) => measure.kind === 'gauge');
  const groups = groupBy(gauges, ({ actor, name, unit }) =>
    JSON.stringify(actor === undefined && unit !== '' ? ['all', unit] : ['name', name, unit]),
  );
  return [...groups.values()].map((group) => ({
    title: [...new Set(group.map(({ name }) => name))].slice(0, 3).join(', '),
    unit: group[0]?.unit ?? '',
    tracks: group.map(({ name, actor, series }) => ({ label: actor ?? name, series })),
  }));
}

function finish(draft: Draft, id: string, { disruptions, durationMs }: ScenarioResult): Plot {
  const chosen = chooseTracks(draft.tracks);
  const { atMs, values } = joinTracks(chosen);
  const largest = values.flat().reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
  // A rate keeps its unit: "KB/s" would not be known as one of bytes.
  const scale = chooseScale(draft.unit, draft.isLogarithmic === true ? findMedian(compact(values[0] ?? [])) : largest);
  const round = (value: number | null) => (value === null ? null : Number((value / scale.divisor).toPrecision(5)));
  // Zero has no place on a logarithmic axis.
  const isLogarithmic = draft.isLogarithmic === true && values.flat().every((value) => value === null || value > 0);
  return {
    id,
    title: draft.title,
    unit: scale.unit,
    isLogarithmic,
    at: atMs.map((at) => Number((at / 1000).toFixed(3))),
    lines: chosen.map(({ label, isDashed = false }, index) => ({
      label,
      values: (values[index] ?? []).map(round),
      ...(isDashed ? { isDashed } : {}),
    })),
    shades: listShades(disruptions, durationMs),
    untilSeconds: durationMs / 1000,
    ...(chosen.length < draft.tracks.length
      ? { note: `the ${chosen.length} with the highest values, of ${draft.tracks.length}` }
      : {}),
  };
}

function chooseTracks(tracks: readonly Track[]): readonly Track[] {
  if (tracks.length <= MAX_LINES) return tracks;
  const peak = ({ series }: Track) => series.values.reduce((most, value) => Math.max(most, value), 0);
  const kept = new Set(tracks.toSorted((a, b) => peak(b) - peak(a)).slice(0, MAX_LINES));
  return tracks.filter((track) => kept.has(track));
}

/** The disruptions of a run in seconds; what has no end is a moment. */
function listShades(disruptions: readonly DisruptionRecord[], durationMs: number): readonly PlotShade[] {
  return disruptions.slice(0, MAX_SHADES).map(({ fromMs, untilMs }) => ({
    from: fromMs / 1000,
    ...(untilMs === undefined ? {} : { until: Math.min(untilMs, durationMs) / 1000 }),
  }));
}

function compact(values: readonly (number | null)[]): readonly number[] {
  return values.filter((value) => value !== null);
}

function groupBy<T>(list: readonly T[], key: (each: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const each of list) groups.set(key(each), [...(groups.get(key(each)) ?? []), each]);
  return groups;
}

function findMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function nameOf(name: string, actor: string | undefined): string {
  return actor === undefined ? name : `${name} of ${actor}`;
}
