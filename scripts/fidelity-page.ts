import { readdirSync, readFileSync } from 'node:fs';
import { fakeDriver } from '../src/contract/drivers/fake-driver.js';
import { decodeFidelityRun } from '../src/contract/fidelity-file.js';
import { renderFidelityMatrix } from '../src/contract/fidelity-matrix.js';
import { type FidelityRun, toFidelityRun } from '../src/contract/fidelity-run.js';
import { runContract } from '../src/contract/run-contract.js';
import { KERNEL_PROFILES } from '../src/fakes/kernel/profiles.js';
import { root } from './entries.js';

/** The page, below whose mark everything is generated. */
export const page = `${root}docs/fidelity.md`;
/** Where the runs on kernels are kept. */
export const folder = `${root}docs/fidelity`;

const MARK = '<!-- What follows is generated: npm run fidelity -->';

/** The runs on kernels that are kept. */
export function readRuns(): readonly FidelityRun[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => decodeFidelityRun(readFileSync(`${folder}/${name}`, 'utf8')));
}

/** What the fakes of all profiles do, here and now. */
export async function runFakes(): Promise<readonly FidelityRun[]> {
  const runs: FidelityRun[] = [];
  for (const profile of KERNEL_PROFILES) {
    const driver = fakeDriver(profile);
    runs.push(toFidelityRun(driver, await runContract(driver)));
  }
  return runs;
}

/** The page with everything below the mark made anew. @throws Error when it has no mark */
export function renderPage(text: string, runs: readonly FidelityRun[]): string {
  const [head, rest] = text.split(MARK);
  if (head === undefined || rest === undefined) throw new Error(`${page} has lost the line ${MARK}`);
  return `${head}${MARK}\n\n${renderFidelityMatrix(runs)}\n`;
}
