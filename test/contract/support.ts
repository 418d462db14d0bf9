import { CONTRACT_CASES } from '../../src/contract/cases/index.js';
import type { ContractCase } from '../../src/contract/contract-case.js';
import type { FidelityCase, FidelityRun } from '../../src/contract/fidelity-run.js';
import type { CaseVerdict } from '../../src/contract/run-contract.js';

/** A run on a kernel with what became of some cases. */
export function runOf(
  cases: Readonly<Record<string, CaseVerdict | FidelityCase>>,
  rest: Partial<FidelityRun> = {},
): FidelityRun {
  const entries = Object.entries(cases).map(([id, found]): [string, FidelityCase] => [
    findCase(id).id,
    typeof found === 'string' ? { verdict: found } : found,
  ]);
  return {
    version: '6.18.1',
    release: '6.18',
    kind: 'kernel',
    about: 'a hand',
    cases: Object.fromEntries(entries),
    ...rest,
  };
}

/** The case of an id, which there is. */
export function findCase(id: string): ContractCase {
  const found = CONTRACT_CASES.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`there is no case ${id}`);
  return found;
}
