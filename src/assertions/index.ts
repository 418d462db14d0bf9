export { assertRejectsWithErrno } from './errno.js';
export type { OpPattern, OpSource } from './op-pattern.js';
export { assertHappensBefore, assertKernelOps, assertOpsInOrder } from './operations.js';
export {
  assertCleanState,
  assertDatabaseEmpty,
  assertKernelEmpty,
  type CleanStateTargets,
  type DatabaseEmptyOptions,
  type SqlDatabase,
} from './state.js';
