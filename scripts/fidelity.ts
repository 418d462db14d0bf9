// `npm run fidelity`: writes docs/fidelity.md from the fakes, which are tried here and now, and from the runs on kernels
// that are kept in docs/fidelity/.
//
//   npm run fidelity -- --record [--about <what kernel this is, and where>]   tries the running kernel, keeps the run
//   npm run fidelity -- --add <run.json>…                                     keeps runs that were made elsewhere
//   npm run fidelity -- --print [--about <…>]                                 tries the running kernel, prints the run
//                                                                             for --add, and writes nothing
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { linuxDriver } from '../src/contract/drivers/linux-driver.js';
import { decodeFidelityRun, encodeFidelityRun } from '../src/contract/fidelity-file.js';
import { type FidelityRun, findStaleCases, toFidelityRun } from '../src/contract/fidelity-run.js';
import { runContract } from '../src/contract/run-contract.js';
import { folder, page, readRuns, renderPage, runFakes } from './fidelity-page.js';

function fileOf({ version }: Pick<FidelityRun, 'version'>): string {
  return `${folder}/${version}.json`;
}

/** Tries the running kernel; tells what differs. */
async function tryKernel(about: string | undefined): Promise<FidelityRun> {
  const driver = await linuxDriver();
  const { version = driver.release } = driver;
  const before = existsSync(fileOf({ version }))
    ? decodeFidelityRun(readFileSync(fileOf({ version }), 'utf8'))
    : undefined;
  const run = toFidelityRun(
    driver,
    await runContract(driver),
    about ?? before?.about ?? 'a kernel of which nothing is told',
  );
  for (const [id, { verdict, reason }] of Object.entries(run.cases)) {
    if (verdict !== 'differs') continue;
    console.error(`differs: ${id}: ${reason}`);
    process.exitCode = 1;
  }
  return run;
}

function keep(run: FidelityRun): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(run), encodeFidelityRun(run));
}

/** A run that was made elsewhere, by this contract. */
function readRun(path: string): FidelityRun {
  const run = decodeFidelityRun(readFileSync(path, 'utf8'));
  const { gone, untried } = findStaleCases(run);
  if (gone.length + untried.length === 0) return run;
  throw new Error(
    `${path} is of another contract: it lacks ${untried.join(', ') || 'nothing'}; gone are ${gone.join(', ') || 'none'}`,
  );
}

const { values, positionals } = parseArgs({
  options: {
    record: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
    about: { type: 'string' },
    add: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (values.print) {
  process.stdout.write(encodeFidelityRun(await tryKernel(values.about)));
} else {
  if (values.record) keep(await tryKernel(values.about));
  if (values.add) for (const path of positionals) keep(readRun(path));
  writeFileSync(page, renderPage(readFileSync(page, 'utf8'), [...(await runFakes()), ...readRuns()]));
}
