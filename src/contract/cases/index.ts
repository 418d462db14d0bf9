import type { ContractCase } from '../contract-case.js';

/** Every case of the contract, in the order of the areas. */
export const CONTRACT_CASES: readonly ContractCase[] = [];
