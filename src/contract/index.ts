export { CONTRACT_CASES } from './cases/index.js';
export type { ContractCase } from './contract-case.js';
export { fakeDriver } from './drivers/fake-driver.js';
export { linuxDriver } from './drivers/linux-driver.js';
export { decodeFidelityRun, encodeFidelityRun } from './fidelity-file.js';
export { renderFidelityMatrix } from './fidelity-matrix.js';
export {
  countRules,
  type FidelityCase,
  type FidelityRun,
  type FidelityTotals,
  findStaleCases,
  judgeRule,
  type RuleVerdict,
  toFidelityRun,
} from './fidelity-run.js';
export {
  type FuzzDifference,
  type FuzzOptions,
  type FuzzReport,
  fuzzContract,
} from './fuzz/fuzz-contract.js';
export { RULES, type Rule, type RuleId } from './rules.js';
export {
  type CaseResult,
  type CaseVerdict,
  findObstacle,
  type RunContractOptions,
  runCase,
  runContract,
} from './run-contract.js';
export {
  type AttachTargets,
  CONTRACT_NEEDS,
  type ContractDriver,
  type ContractNeed,
  type ContractProcess,
  type ContractWorld,
  type WorldOptions,
} from './world.js';
