// `npm run fidelity`: writes docs/fidelity.md from the fake, which is tried here and now, and from the runs on kernels
// that are kept in docs/fidelity/. `npm run fidelity -- --record` first tries the running kernel and keeps that run.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fakeDriver } from '../src/contract/drivers/fake-driver.js';
import { linuxDriver } from '../src/contract/drivers/linux-driver.js';
import { type FidelityRun, renderFidelityMatrix, toFidelityRun } from '../src/contract/fidelity-matrix.js';
import { runContract } from '../src/contract/run-contract.js';
import { KERNEL_PROFILES } from '../src/fakes/kernel/profiles.js';
import { root } from './entries.js';

const page = `${root}docs/fidelity.md`;
const folder = `${root}docs/fidelity`;
const START = '<!-- matrix: npm run fidelity -->';

/** The runs on kernels that are kept. */
function readRuns(): readonly FidelityRun[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as FidelityRun);
}

/** The page with a matrix made anew; what stands above the mark is kept. */
export async function renderPage(): Promise<string> {
  const runs: FidelityRun[] = [...readRuns()];
  for (const profile of KERNEL_PROFILES) {
    const driver = fakeDriver(profile);
    runs.push(toFidelityRun(driver, await runContract(driver)));
  }
  const [head = ''] = readFileSync(page, 'utf8').split(START);
  return `${head}${START}\n\n${renderFidelityMatrix(runs)}\n`;
}

async function recordRun(): Promise<void> {
  const driver = await linuxDriver();
  const run = toFidelityRun(driver, await runContract(driver));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/linux-${driver.release}.json`, `${JSON.stringify(run, undefined, 1)}\n`);
  const differing = Object.entries(run.cases).filter(([, { verdict }]) => verdict === 'differs');
  for (const [id, { reason }] of differing) console.error(`differs: ${id}: ${reason}`);
  if (differing.length > 0) process.exitCode = 1;
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--record')) await recordRun();
  writeFileSync(page, await renderPage());
}
