export { assertRejectsWithErrno } from './errno.js';
export type { WaitOptions } from './look.js';
export { type AddressOptions, assertHasAddress } from './network/address.js';
export { assertConserves, type ConserveOptions, type StageCount, type StageCounts } from './network/conserve.js';
export {
  assertHasForwarded,
  type ExpectedCount,
  type ForwardedOptions,
  type ForwardingSubject,
} from './network/forwarded.js';
export { assertHasJoined, type JoinedGroupOptions, type JoiningSubject } from './network/joined.js';
export { assertReaches, type ReachingSubject, type ReachOptions } from './network/reach.js';
export { assertHasRoute, type ExpectedRoute } from './network/route.js';
export type { NetworkSubject } from './network/subjects.js';
export type { OpPattern, OpSource } from './op-pattern.js';
export { assertHappensBefore, assertKernelOps, assertOpsInOrder } from './operations.js';
export { assertHasExited, type ExpectedExit } from './process/exited.js';
export { assertHasLogged, type LoggedOptions } from './process/logged.js';
export {
  assertNotRestarted,
  assertRestarted,
  type ExpectedBackoff,
  type ExpectedRestarts,
  type RestartSubject,
} from './process/restarted.js';
export { assertIsRunning } from './process/running.js';
export { assertStaysUnder, type UsageLimits, type UsageSource } from './process/stays-under.js';
export type { ProcessSubject } from './process/subjects.js';
export {
  assertCleanState,
  assertDatabaseEmpty,
  assertKernelEmpty,
  type CleanStateTargets,
  type DatabaseEmptyOptions,
  type SqlDatabase,
} from './state.js';
