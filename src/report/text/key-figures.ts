import type { HistogramResult, ScenarioResult } from '../../scenarios/scenario-result.js';
import { formatDuration, formatNumber, formatQuantity, formatRatio, isTimeUnit } from './format.js';

/** A figure that is shown large. */
export interface KeyFigure {
  readonly name: string;
  readonly value: string;
  /** What the figure is of: `2,919 of 3,000`. */
  readonly note?: string;
}

/** The few figures that tell most of a run: how much was asked, how much was done, how long it took. */
export function listKeyFigures({ durationMs, load, measures, disruptions }: ScenarioResult): readonly KeyFigure[] {
  const succeeded = load.reduce((sum, each) => sum + each.succeeded, 0);
  const ended = load.reduce((sum, each) => sum + each.succeeded + each.failed, 0);
  const latency = measures.find(
    (each): each is HistogramResult => each.kind === 'histogram' && each.count > 0 && isTimeUnit(each.unit),
  );
  return [
    ...(ended === 0
      ? []
      : [
          {
            name: 'succeeded',
            value: formatRatio(succeeded / ended),
            note: `${formatNumber(succeeded)} of ${formatNumber(ended)}`,
          },
          {
            name: 'throughput',
            value: formatQuantity((succeeded * 1000) / durationMs, '/s'),
            note: 'succeeded, mean of the whole run',
          },
        ]),
    ...(latency === undefined ? [] : listPercentiles(latency)),
    { name: 'duration', value: formatDuration(durationMs) },
    ...(disruptions.length === 0 ? [] : [{ name: 'disruptions', value: formatNumber(disruptions.length) }]),
  ];
}

function listPercentiles({ name, unit, percentiles, count }: HistogramResult): readonly KeyFigure[] {
  return [50, 99].flatMap((wanted) => {
    const found = percentiles.find(({ percentile }) => percentile === wanted);
    if (found === undefined) return [];
    const { value, low, high } = found;
    const note =
      low === undefined || high === undefined
        ? `of ${formatNumber(count)}`
        : `95 % sure: ${formatQuantity(low, unit)} to ${formatQuantity(high, unit)}`;
    return [{ name: `${name}, p${wanted}`, value: formatQuantity(value, unit), note }];
  });
}
