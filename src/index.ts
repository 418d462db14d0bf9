// The fakes, the faults, the errors and the types: no test runner, no native code, no I/O.

export type { Clock, ClockTimer } from './core/clock.js';
export {
  type ErrnoName,
  errnoDescription,
  errnoName,
  errnoNames,
  errnoNumber,
  findErrnoName,
  isErrnoName,
} from './core/errno.js';
export {
  AbortedError,
  AssertionError,
  DisposedError,
  GloveboxError,
  type GloveboxErrorCode,
  type GloveboxErrorOptions,
  isGloveboxError,
  type MissingCapability,
  TimeoutError,
  UnsupportedError,
  UsageError,
} from './core/errors.js';
export { createEmitter, type EmitterOptions, type TypedEmitter } from './core/events.js';
export { errnoOf, KernelError, type KernelErrorDetails } from './core/kernel-error.js';
export { formatOperation, type Operation, type OperationOutcome } from './core/operation.js';
export { createRandom, type Random, randomSeed } from './core/random.js';
export { RealClock } from './core/real-clock.js';
export { runInScope } from './core/run-in-scope.js';
export { Scope, type ScopeOptions } from './core/scope.js';
export { ScopeError, type ScopeErrorDetails, type TeardownFailure } from './core/scope-error.js';
export { type Truthy, type UntilOptions, until } from './core/until.js';
export { type RunAllOptions, VirtualClock, type VirtualClockOptions } from './core/virtual-clock.js';
export type { FakeDevice } from './fakes/interfaces/fake-device.js';
export { type FakeInterfaceOptions, FakeNetIfaceResolver } from './fakes/interfaces/fake-net-iface-resolver.js';
export type { VerifierVerdict } from './fakes/kernel/calls/instructions.js';
export { FakeKernel, type FakeKernelOptions } from './fakes/kernel/fake-kernel.js';
export type { FakeProcess, FakeProcessOptions } from './fakes/kernel/fake-process.js';
export type { AttachmentEvent, DeviceRemovedEvent, KernelEvents } from './fakes/kernel/kernel-events.js';
export type { AttachTarget } from './fakes/kernel/machine.js';
export type { DeferredMode, DeferredWork } from './fakes/kernel/objects/deferred-work.js';
export type { IdReuse } from './fakes/kernel/objects/id-table.js';
export {
  KERNEL_PROFILES,
  KERNEL_RULES,
  type KernelProfileName,
  type KernelRule,
  type KernelRuleName,
} from './fakes/kernel/profiles.js';
export { type Crash, CrashError } from './faults/crash.js';
export type { Pass } from './faults/engine.js';
export type { ErrorsByPoint } from './faults/explore/cases.js';
export { type Explore, explore } from './faults/explore/explore.js';
export { ExploreError } from './faults/explore/explore-error.js';
export type { ExploreOptions, ExploreProgress } from './faults/explore/options.js';
export type { ExploreFailure, ExploreResult, PointCoverage } from './faults/explore/report.js';
export type { Violation } from './faults/explore/run-case.js';
export type {
  CaseFault,
  CrashFault,
  FailFault,
  Scenario,
  ScenarioOutcome,
  ScenarioTools,
} from './faults/explore/scenario.js';
export type {
  Fault,
  FaultEffect,
  FaultEffectFields,
  FaultError,
  FaultFieldPattern,
  FaultFilter,
  FaultOccurrence,
  FaultOccurrenceFields,
  FaultOptions,
  FaultTarget,
} from './faults/fault.js';
export type { DynamicPoint, InjectionPoint } from './faults/injection-point.js';
export { instrument } from './faults/instrument.js';
export type { InstrumentOptions, MethodCall, MethodName, PointsOf } from './faults/instrument-types.js';
export type { OperationFilter } from './faults/operation-log.js';
export { FaultPlan, type FaultPlanOptions } from './faults/plan.js';
export type { FaultCall, FaultPoint, FaultPoints, PointDescriptor } from './faults/points.js';
export { UnfiredFaultError } from './faults/unfired.js';
export type * from './kernel/attach.js';
export type { Capability } from './kernel/capabilities.js';
export type * from './kernel/contract.js';
export type { InjectXdpOptions } from './kernel/foreign-process.js';
export type * from './kernel/interfaces.js';
export type * from './kernel/objects.js';
export { MAP_TYPES, PROGRAM_TYPES } from './kernel/objects.js';
export type * from './kernel/points.js';
export { KERNEL_POINTS } from './kernel/points.js';
export type * from './kernel/snapshot.js';
export type { TestKernel } from './kernel/test-kernel.js';
