// The fakes, the faults, the errors and the types: no test runner, no native code, no I/O.

export type { Clock, ClockTimer } from './core/clock.js';
export { type ErrnoName, errnoDescription, errnoName, errnoNames, errnoNumber, isErrnoName } from './core/errno.js';
export {
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
export { ScopeError, type TeardownFailure } from './core/scope-error.js';
export { type Truthy, type UntilOptions, until } from './core/until.js';
export { type RunAllOptions, VirtualClock, type VirtualClockOptions } from './core/virtual-clock.js';
export { CrashError } from './faults/crash.js';
export type { Fault, FaultError, FaultFilter, FaultOptions } from './faults/fault.js';
export type { InjectionPoint } from './faults/injection-point.js';
export type { OperationFilter } from './faults/operation-log.js';
export { FaultPlan, type FaultPlanOptions } from './faults/plan.js';
export type { FaultCall, FaultPoint, FaultPoints, PointDescriptor } from './faults/points.js';
export { UnfiredFaultError } from './faults/unfired.js';
export type * from './kernel/attach.js';
export type * from './kernel/contract.js';
export type * from './kernel/interfaces.js';
export { MAP_TYPES, PROGRAM_TYPES } from './kernel/objects.js';
export type * from './kernel/objects.js';
export { KERNEL_POINTS } from './kernel/points.js';
export type * from './kernel/points.js';
export type * from './kernel/snapshot.js';
