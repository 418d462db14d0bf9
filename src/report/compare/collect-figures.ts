import type {
  HistogramResult,
  LoadResult,
  MeasureResult,
  PercentileResult,
  ScenarioResult,
} from '../../scenarios/scenario-result.js';
import { isTimeUnit } from '../text/format.js';

/** A figure of one run. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly better?: 'higher' | 'lower';
  /** Where the true value lies with 95 % confidence. */
  readonly low?: number;
  readonly high?: number;
}

/** Of the normal distribution: 95 % lie within as many standard deviations. */
const Z = 1.96;
/** Fewer samples are not distributed normally enough for it. */
const MIN_SAMPLES = 30;

/** All figures of a run that another run has too, by name. */
export function collectFigures({
  load,
  measures,
  disruptions,
  problems,
  durationMs,
}: ScenarioResult): readonly Figure[] {
  return [
    ...load.flatMap((each) => listLoadFigures(each, durationMs)),
    ...measures.filter(({ actor }) => actor === undefined).flatMap((each) => listMeasureFigures(each, durationMs)),
    { name: 'disruptions', unit: '', value: disruptions.length },
    { name: 'problems', unit: '', value: problems.length, better: 'lower' },
  ];
}

function listLoadFigures({ name, planned, succeeded, failed }: LoadResult, durationMs: number): readonly Figure[] {
  const ended = succeeded + failed;
  return [
    { name: `${name}, planned`, unit: '', value: planned },
    {
      name: `${name}, succeeded`,
      unit: '%',
      value: ended === 0 ? Number.NaN : (100 * succeeded) / ended,
      better: 'higher',
      ...estimateShare(succeeded, ended),
    },
    { name: `${name}, throughput`, unit: '/s', value: (1000 * succeeded) / durationMs, better: 'higher' },
  ];
}

/** The interval of Wilson for a part of a whole, in percent: it holds for shares near 0 and 1 too. */
export function estimateShare(part: number, whole: number): { readonly low?: number; readonly high?: number } {
  if (whole === 0) return {};
  const share = part / whole;
  const spread = Z * Math.sqrt((share * (1 - share)) / whole + (Z * Z) / (4 * whole * whole));
  const [centre, scale] = [share + (Z * Z) / (2 * whole), 1 + (Z * Z) / whole];
  return { low: (100 * (centre - spread)) / scale, high: (100 * (centre + spread)) / scale };
}

function listMeasureFigures(measure: MeasureResult, durationMs: number): readonly Figure[] {
  const { name, unit } = measure;
  const better = measure.better === undefined ? {} : { better: measure.better };
  if (measure.kind === 'counter') {
    const perSecond = unit === '' ? '/s' : `${unit}/s`;
    return [
      { name, unit, value: measure.total, ...better },
      { name: `${name}, rate`, unit: perSecond, value: (1000 * measure.total) / durationMs, ...better },
    ];
  }
  if (measure.kind === 'gauge') {
    return [
      { name: `${name}, mean`, unit, value: measure.mean, ...better },
      { name: `${name}, highest`, unit, value: measure.max, ...better },
    ];
  }
  return listHistogramFigures(measure);
}

function listHistogramFigures(histogram: HistogramResult): readonly Figure[] {
  const { name, unit, count, mean, standardDeviation, percentiles, max } = histogram;
  const better = histogram.better ?? (isTimeUnit(unit) ? 'lower' : undefined);
  const way = better === undefined ? {} : { better };
  const error = (Z * standardDeviation) / Math.sqrt(count);
  return [
    {
      name: `${name}, mean`,
      unit,
      value: mean,
      ...way,
      ...(count >= MIN_SAMPLES ? { low: mean - error, high: mean + error } : {}),
    },
    ...percentiles.map((each) => ({
      name: `${name}, p${each.percentile}`,
      unit,
      value: each.value,
      ...way,
      ...readInterval(each),
    })),
    { name: `${name}, highest`, unit, value: max, ...way },
  ];
}

function readInterval({ low, high }: PercentileResult): { readonly low?: number; readonly high?: number } {
  return low === undefined || high === undefined ? {} : { low, high };
}
