import type { Histogram } from '../histogram.js';
import { createFigure, type FigureOptions, type TakeFigure } from './figure.js';
import type { FromPrometheusOptions } from './from-prometheus.js';
import type { SourceContext } from './measure-source.js';
import type { Exposition, ExpositionFamily, ExpositionSample } from './parse-exposition.js';

/** A metric that is taken, and as what. */
export interface MetricChoice extends FigureOptions {
  /** Its name as it is exposed; of a histogram, the name of the whole. */
  readonly metric: string;
  /** Only series with these labels. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** More measures than this are not made of an endpoint that was not asked for any in particular. */
const MOST_MEASURES = 200;

interface Series {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  value: number;
}

/** Makes measures of what an endpoint told, time after time. */
export class MetricTaker {
  readonly #context: SourceContext;
  readonly #options: FromPrometheusOptions;
  readonly #figures = new Map<string, TakeFigure>();
  readonly #histograms = new Map<string, { readonly histogram: Histogram; readonly counts: Map<string, number> }>();

  constructor(context: SourceContext, options: FromPrometheusOptions) {
    this.#context = context;
    this.#options = options;
  }

  take(exposition: Exposition): void {
    const { metrics } = this.#options;
    if (metrics === undefined) {
      for (const family of exposition.families) this.#takeFamily(family, { metric: family.name });
      return;
    }
    for (const choice of metrics)
      this.#takeChoice(exposition, typeof choice === 'string' ? { metric: choice } : choice);
  }

  #takeChoice(exposition: Exposition, choice: MetricChoice): void {
    const { metric } = choice;
    const family = exposition.families.find(
      ({ name, samples }) => name === metric || samples.some((sample) => sample.name === metric),
    );
    if (family === undefined) {
      this.#context.problem(`missing ${metric}`, `does not tell ${metric}`);
      return;
    }
    this.#takeFamily(family, choice);
  }

  /** Everything in a family, or what was chosen of it; by actor. */
  #takeFamily(family: ExpositionFamily, choice: MetricChoice): void {
    const { labels = {}, metric } = choice;
    const chosen = family.samples.filter(
      (sample) =>
        (metric === family.name || metric === sample.name) &&
        !sample.name.endsWith('_created') &&
        Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value),
    );
    for (const [actor, samples] of this.#groupByActor(chosen)) {
      const isBuckets = ({ name, labels: own }: ExpositionSample): boolean => name.endsWith('_bucket') && own.has('le');
      if (family.type === 'histogram' && metric === family.name) {
        this.#takeBuckets(family, samples.filter(isBuckets), choice, actor);
      } else this.#takeFigures(family, samples, choice, actor);
    }
  }

  #groupByActor(samples: readonly ExpositionSample[]): ReadonlyMap<string | undefined, ExpositionSample[]> {
    const { actor, actorLabel } = this.#options;
    const groups = new Map<string | undefined, ExpositionSample[]>();
    for (const sample of samples) {
      const whose = actorLabel === undefined ? actor : sample.labels.get(actorLabel);
      const group = groups.get(whose);
      if (group === undefined) groups.set(whose, [sample]);
      else group.push(sample);
    }
    return groups;
  }

  /** Series of one name are added up, but for the quantiles of a summary. */
  #takeFigures(
    family: ExpositionFamily,
    samples: readonly ExpositionSample[],
    choice: MetricChoice,
    actor: string | undefined,
  ): void {
    const series = new Map<string, Series>();
    for (const { name, labels, value } of samples) {
      // Quantiles of nothing and gauges without a value are told as NaN.
      if (Number.isNaN(value) && kindOf(family, name) === 'gauge') continue;
      const quantile = family.type === 'summary' ? labels.get('quantile') : undefined;
      const called = quantile === undefined ? name : `${name} (quantile ${quantile})`;
      const known = series.get(called);
      if (known === undefined) series.set(called, { name: called, kind: kindOf(family, name), value });
      else known.value += value;
    }
    for (const { name, kind, value } of series.values()) {
      const take = this.#findFigure(family, series.size === 1 ? choice : { ...choice, name }, { name, kind, actor });
      const mistake = take?.(value);
      if (mistake !== undefined) this.#context.problem(mistake.kind, mistake.message);
    }
  }

  #findFigure(
    family: ExpositionFamily,
    { metric: _, labels: __, ...figure }: MetricChoice & { name?: string },
    series: { readonly name: string; readonly kind: 'counter' | 'gauge'; readonly actor: string | undefined },
  ): TakeFigure | undefined {
    const { name, kind, actor } = series;
    const options = { name, kind, ...this.#describe(family, actor), ...figure };
    const key = JSON.stringify([options.name, options.actor]);
    const known = this.#figures.get(key);
    if (known !== undefined || !this.#hasRoom()) return known;
    const take = createFigure(this.#context.measures, options);
    this.#figures.set(key, take);
    return take;
  }

  /** Of cumulative counts, what has come in since the last look, at the upper edge of its bucket. */
  #takeBuckets(
    family: ExpositionFamily,
    samples: readonly ExpositionSample[],
    choice: MetricChoice,
    actor: string | undefined,
  ): void {
    const entry = this.#findHistogram(family, choice, actor);
    if (entry === undefined) return;
    const counts = new Map<number, number>();
    for (const { labels, value } of samples) {
      const edge = toEdge(labels.get('le'));
      if (!Number.isNaN(edge) && Number.isFinite(value)) counts.set(edge, (counts.get(edge) ?? 0) + value);
    }
    let below = 0;
    let largest = 0;
    for (const [edge, count] of [...counts].sort(([one], [other]) => one - other)) {
      if (Number.isFinite(edge)) largest = Math.max(0, edge);
      this.#takeBucket(family.name, entry, String(edge), { size: largest, count: count - below });
      below = count;
    }
  }

  #takeBucket(
    name: string,
    { histogram, counts }: { readonly histogram: Histogram; readonly counts: Map<string, number> },
    edge: string,
    bucket: { readonly size: number; readonly count: number },
  ): void {
    const before = counts.get(edge) ?? 0;
    counts.set(edge, bucket.count);
    if (!(bucket.count >= 0)) {
      this.#context.problem(`buckets ${name}`, `tells buckets of ${name} that hold less than those below them`);
      counts.set(edge, before);
      return;
    }
    const isAnew = bucket.count < before;
    if (isAnew && this.#options.mayRestart !== true) {
      this.#context.problem(
        `back ${name}`,
        `told of ${name}, whose counts only grow, ${before} and then ${bucket.count} up to ${edge}. If its process may start anew, say mayRestart: true`,
      );
    }
    const added = Math.round(isAnew ? bucket.count : bucket.count - before);
    if (added > 0) histogram.recordMany(bucket.size, added);
  }

  #findHistogram(family: ExpositionFamily, choice: MetricChoice, actor: string | undefined) {
    const { metric: _, labels: __, kind: ___, mayRestart: ____, ...figure } = choice;
    const { mayRestart: _____, ...described } = this.#describe(family, actor);
    const { name, ...options } = { name: family.name, ...described, ...figure };
    const key = JSON.stringify([name, options.actor]);
    const known = this.#histograms.get(key);
    if (known !== undefined || !this.#hasRoom()) return known;
    const entry = { histogram: this.#context.measures.histogram(name, options), counts: new Map<string, number>() };
    this.#histograms.set(key, entry);
    return entry;
  }

  /** What the endpoint says of it itself; the unit is a part of the name by custom. */
  #describe(family: ExpositionFamily, actor: string | undefined): Omit<FigureOptions, 'kind' | 'name'> {
    const unit = family.unit || /_(seconds|bytes|ratio)(?:_total|_max|_min)?$/.exec(family.name)?.[1];
    return {
      ...(unit === undefined ? {} : { unit: unit === 'seconds' ? 's' : unit }),
      ...(family.help === undefined || family.help === '' ? {} : { description: family.help }),
      ...(actor === undefined ? {} : { actor }),
      ...(this.#options.mayRestart === undefined ? {} : { mayRestart: this.#options.mayRestart }),
    };
  }

  #hasRoom(): boolean {
    if (this.#figures.size + this.#histograms.size < MOST_MEASURES) return true;
    this.#context.problem('too many', `tells more than ${MOST_MEASURES} metrics: say which in \`metrics\``);
    return false;
  }
}

/** What has no type is taken as a gauge, which believes anything. */
function kindOf({ type }: ExpositionFamily, name: string): 'counter' | 'gauge' {
  if (type === 'counter') return 'counter';
  const isTally = /_(?:count|sum|bucket)$/.test(name);
  return (type === 'histogram' || type === 'summary') && isTally ? 'counter' : 'gauge';
}

function toEdge(text: string | undefined): number {
  return text === undefined ? Number.NaN : /^\+?inf/i.test(text) ? Number.POSITIVE_INFINITY : Number(text);
}
