export type { Disrupt, Disruption, DisruptionContext, Undo } from './disruptions/disruption.js';
export { DisruptionPlan, type DisruptionRunOptions } from './disruptions/disruption-plan.js';
export type { DisruptionRun } from './disruptions/disruption-run.js';
export type {
  DisruptionSchedule,
  DisruptionSpan,
  ScheduleContext,
  ScheduledDisruption,
} from './disruptions/schedule.js';
export {
  type AtOptions,
  at,
  type EveryOptions,
  every,
  type RandomlyOptions,
  randomly,
} from './disruptions/schedules.js';
export { type WhenOptions, when } from './disruptions/when.js';
export type {
  ActorResult,
  AnalysisSection,
  CounterResult,
  DisruptionRecord,
  EventRecord,
  GaugeResult,
  HistogramResult,
  HistogramSlice,
  Json,
  LoadResult,
  MeasureResult,
  PercentileResult,
  ProblemRecord,
  ScenarioReport,
  ScenarioResult,
  Series,
  VerdictRecord,
  VerdictStatus,
} from './scenario-result.js';
