export type { Actor, ActorOptions, ActorProcess } from './actor.js';
export { assertScenario } from './assert-scenario.js';
export { assertCheck } from './checkers/assert-check.js';
export { backoffJitter, type HerdOptions, type JitterOptions, noThunderingHerd } from './checkers/backoff.js';
export type { CheckResult } from './checkers/check-result.js';
export { type ConservationHistory, conservation } from './checkers/conservation.js';
export { atLeastOnce, atMostOnce, type DeliveryHistory, exactlyOnce } from './checkers/delivery.js';
export { type DoneWork, type FailoverHistory, failover } from './checkers/failover.js';
export { type FairDistributionOptions, fairDistribution } from './checkers/fairness.js';
export type { Id } from './checkers/ids.js';
export { type NothingLeakedOptions, nothingLeaked } from './checkers/leaks.js';
export type { LinearizabilityOptions, LinearizabilityResult } from './checkers/linearizability/check-linearizable.js';
export { linearizableQueue, type QueueOperation } from './checkers/linearizability/linearizable-queue.js';
export {
  linearizableRegister,
  type PlainValue,
  type RegisterOperation,
  type RegisterOptions,
} from './checkers/linearizability/linearizable-register.js';
export type { TimedOperation } from './checkers/linearizability/operation.js';
export { type MonotonicOptions, monotonic } from './checkers/monotonic.js';
export { type InOrderOptions, inOrder } from './checkers/ordering.js';
export { type PriorityOptions, priorityRespected, type QueuedWork } from './checkers/priority.js';
export { type RecoveryHistory, recovery } from './checkers/recovery.js';
export {
  runScenarioCommand,
  type ScenarioCommandOptions,
  type ScenarioExitCode,
} from './command/run-scenario-command.js';
export { type AnyScenario, defineScenario, type Scenario, type ScenarioDefinition } from './define-scenario.js';
export { type DiskFullOptions, diskFull } from './disruptions/disk-full.js';
export type { Disrupt, Disruption, DisruptionContext, Undo } from './disruptions/disruption.js';
export { DisruptionPlan, type DisruptionRunOptions } from './disruptions/disruption-plan.js';
export type { DisruptionRun } from './disruptions/disruption-run.js';
export {
  corrupt,
  type DisruptibleLink,
  type LinkDirection,
  linkDown,
  lossy,
  type PercentOptions,
  type SlowOptions,
  slow,
} from './disruptions/link-disruptions.js';
export { type ClockJumpOptions, clockJump, injectFault } from './disruptions/machine-disruptions.js';
export {
  type DisruptibleConnections,
  type DisruptibleNetwork,
  partition,
  resetConnections,
} from './disruptions/network-disruptions.js';
export {
  type FdLimitOptions,
  fdLimit,
  kill,
  type RestartOptions,
  restart,
  suspend,
} from './disruptions/process-disruptions.js';
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
export type {
  DisruptiblePart,
  DisruptibleProcess,
  NamedProcess,
  ProcessDisruptionOptions,
  ProcessTarget,
} from './disruptions/targets.js';
export { type WhenOptions, when } from './disruptions/when.js';
export { type FloodOptions, flood, type IdleOptions, idle } from './load/flood.js';
export { type BurstOptions, burst, type ThunderingHerdOptions, thunderingHerd } from './load/herd.js';
export type {
  Arrival,
  Load,
  LoadShape,
  LoadWork,
  Outcomes,
  PerformContext,
  ScheduledArrival,
} from './load/load.js';
export { type RampOptions, ramp } from './load/ramp.js';
export type { Spacing } from './load/schedule.js';
export {
  type MixedPriorityOptions,
  mixedPriority,
  type SteadyOptions,
  type SteadyWithChurnOptions,
  steady,
  steadyWithChurn,
} from './load/steady.js';
export type { Counter } from './measures/counter.js';
export type { Gauge } from './measures/gauge.js';
export type { Histogram } from './measures/histogram.js';
export type { HistogramOptions, MeasureOptions } from './measures/measure-options.js';
export { Measures, type MeasuresOptions } from './measures/measures.js';
export type { FigureOptions } from './measures/sources/figure.js';
export { type FollowedSources, type FollowSourcesOptions, followSources } from './measures/sources/follow-sources.js';
export { type FromFunctionOptions, fromFunction } from './measures/sources/from-function.js';
export { type FollowedLog, type FromLogOptions, fromLog, type LogMeasure } from './measures/sources/from-log.js';
export { type FromProcessOptions, fromProcess, type UsingProcess } from './measures/sources/from-process.js';
export { type FromPrometheusOptions, fromPrometheus } from './measures/sources/from-prometheus.js';
export { type AskedWorker, type FromWorkerOptions, fromWorker } from './measures/sources/from-worker.js';
export type { FollowedSource, MeasureSource, PollOptions, SourceContext } from './measures/sources/measure-source.js';
export type { MetricChoice } from './measures/sources/metric-taker.js';
export type { Fetch, FetchedAnswer } from './measures/sources/read-endpoint.js';
export { type RunScenarioOptions, runScenario } from './run/run-scenario.js';
export { type RunScenariosOptions, runScenarios } from './run/run-scenarios.js';
export type { ScenarioPhase, ScenarioProgress } from './scenario-progress.js';
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
export type { EventOptions, FinishedScenario, RunningScenario, ScenarioRun } from './scenario-run.js';
export { type Condition, type ConditionOptions, condition } from './verdicts/condition.js';
export { amount, type Figure, type FigureValue, percentile, ratio, span } from './verdicts/figure.js';
export { exitCodeOf } from './verdicts/judge.js';
export { atLeast, atMost, check, type ReadFigure, within } from './verdicts/thresholds.js';
export type { KnownFailure, Verdict } from './verdicts/verdict.js';
