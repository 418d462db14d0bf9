import { z } from 'zod';
import type {
  ActorResult,
  AnalysisSection,
  CounterResult,
  DisruptionRecord,
  GaugeResult,
  HistogramResult,
  HistogramSlice,
  Json,
  LoadResult,
  MeasureResult,
  ScenarioReport,
  ScenarioResult,
  VerdictRecord,
} from '../../scenarios/scenario-result.js';

/** JSON has no NaN: what is written of it is null. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const text = z.string();
const count = z.int().min(0);
const json: z.ZodType<Json> = z.json();
const status = z.enum(['passed', 'expected-failure', 'unexpectedly-passed', 'failed']);
const maybe = z.exactOptional;

/** Every field of a type, those too that may be missing: one that was forgotten would be lost in reading. */
type Shape<T> = Readonly<Record<keyof T, z.ZodType>>;

const series = z
  .object({ atMs: z.array(figure), values: z.array(figure) })
  .refine(({ atMs, values }) => atMs.length === values.length, 'has not as many values as times');

const common = {
  name: text,
  unit: text,
  description: maybe(text),
  actor: maybe(text),
  better: maybe(z.enum(['higher', 'lower'])),
};

const slice = z.object({
  ...{ fromMs: figure, untilMs: figure, count, p50: figure, p99: figure, max: figure },
} satisfies Shape<HistogramSlice>);

const histogram: z.ZodType<HistogramResult> = z.object({
  ...common,
  kind: z.literal('histogram'),
  count,
  min: figure,
  max: figure,
  mean: figure,
  standardDeviation: figure,
  percentiles: z.array(z.object({ percentile: z.number(), value: figure, low: maybe(figure), high: maybe(figure) })),
  buckets: z.array(z.tuple([figure, count])),
  slices: z.array(slice),
} satisfies Shape<HistogramResult>);

const counter = z.object({
  ...common,
  kind: z.literal('counter'),
  total: figure,
  series,
} satisfies Shape<CounterResult>);

const gauge = z.object({
  ...common,
  kind: z.literal('gauge'),
  min: figure,
  max: figure,
  mean: figure,
  last: figure,
  series,
} satisfies Shape<GaugeResult>);

/** A figure over time, as `fromPrometheus` and others leave it. */
export const measureSchema: z.ZodType<MeasureResult> = z.union([counter, gauge, histogram]);

const actor = z.object({
  name: text,
  kind: text,
  spells: z.array(z.object({ fromMs: figure, untilMs: maybe(figure), end: maybe(text) })),
  totals: z.record(z.string(), figure),
} satisfies Shape<ActorResult>);

const load = z.object({
  name: text,
  shape: text,
  planned: count,
  started: count,
  succeeded: count,
  failed: count,
  unfinished: count,
  failures: z.array(z.object({ message: text, count })),
  mostInFlight: maybe(count),
  heldBack: maybe(count),
  worstLateMs: maybe(figure),
} satisfies Shape<LoadResult>);

const disruption = z.object({
  kind: text,
  target: text,
  fromMs: figure,
  untilMs: maybe(figure),
  details: maybe(text),
  error: maybe(text),
} satisfies Shape<DisruptionRecord>);

const verdict = z.object({
  name: text,
  status,
  actual: text,
  expected: text,
  details: maybe(z.array(text)),
  reason: maybe(text),
  link: maybe(text),
} satisfies Shape<VerdictRecord>);

const analysis = z.object({
  title: text,
  paragraphs: maybe(z.array(text)),
  table: maybe(z.object({ columns: z.array(text), rows: z.array(z.array(z.union([text, figure]))) })),
} satisfies Shape<AnalysisSection>);

/** One run of a scenario. */
export const scenarioSchema: z.ZodType<ScenarioResult> = z.object({
  version: z.literal(1),
  name: text,
  description: maybe(text),
  verdict: status,
  seed: z.number(),
  quick: z.boolean(),
  startedAt: text,
  durationMs: figure,
  parameters: z.record(z.string(), json),
  actors: z.array(actor),
  load: z.array(load),
  measures: z.array(measureSchema),
  disruptions: z.array(disruption),
  events: z.array(z.object({ atMs: figure, name: text, actor: maybe(text), details: maybe(text) })),
  verdicts: z.array(verdict),
  analysis: z.array(analysis),
  problems: z.array(z.object({ atMs: figure, message: text, subject: maybe(text) })),
} satisfies Shape<ScenarioResult>);

/** A file of results: what `writeReport` writes as JSON. */
export const reportSchema: z.ZodType<ScenarioReport> = z.object({
  version: z.literal(1),
  title: text,
  startedAt: text,
  machine: z.record(z.string(), json),
  scenarios: z.array(scenarioSchema),
} satisfies Shape<ScenarioReport>);
