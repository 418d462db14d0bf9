// `npm run fidelity`: writes docs/fidelity.md from the fakes, which are tried here and now, and from the runs on kernels
// that are kept in docs/fidelity/.
//
//   npm run fidelity -- --record [--about <what kernel this is, and where>] [case…]  tries the running kernel, keeps the run
//   npm run fidelity -- --print [--about <…>] [case…]                                the same, but prints it for --add
//   npm run fidelity -- --kernel 5.10 --kernel 6.1 [--print] [case…]                  tries Debian's kernels, each in a
//                                                                                     virtual machine, and keeps (prints) the runs
//   npm run fidelity -- --add <run.json>…                                            keeps runs that were made elsewhere
//
// A run of some cases, named by their ids, is added to what is kept of the same kernel.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { CONTRACT_CASES } from '../src/contract/cases/index.js';
import { linuxDriver } from '../src/contract/drivers/linux-driver.js';
import { decodeFidelityRun, encodeFidelityRun } from '../src/contract/fidelity-file.js';
import { type FidelityRun, findStaleCases, toFidelityRun } from '../src/contract/fidelity-run.js';
import { runContract } from '../src/contract/run-contract.js';
import { root } from './entries.js';
import { folder, page, readRuns, renderPage, runFakes } from './fidelity-page.js';

/** Tries the running kernel; tells what differs. */
async function tryKernel(ids: readonly string[], about: string | undefined): Promise<FidelityRun> {
  const cases = CONTRACT_CASES.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const driver = await linuxDriver();
  const run = toFidelityRun(driver, await runContract(driver, { cases }), about);
  for (const [id, { verdict, reason }] of Object.entries(run.cases)) {
    if (verdict !== 'differs') continue;
    console.error(`differs: ${id}: ${reason}`);
    process.exitCode = 1;
  }
  return run;
}

/** This script in one file: a machine that is emulated reads a hundred of them in as many times what it runs. */
function bundleThis(): string {
  const outputFolder = `${root}node_modules/.cache/glovebox/fidelity`;
  const format = ['--no-config', '--format', 'esm', '--target', 'node22', '--no-splitting', '--silent'];
  const args = [`${root}scripts/fidelity.ts`, ...format, '--out-dir', outputFolder];
  const { status, error } = spawnSync('tsup', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw error ?? new Error(`tsup ended with ${status}`);
  return `${outputFolder}/fidelity.js`;
}

/** Tries a kernel of Debian's in a virtual machine, which sees this checkout. @throws Error when there is no whole run */
function tryInMachine(kernel: string, ids: readonly string[], about: string | undefined): FidelityRun {
  const told = about ?? `Debian's kernel ${kernel}, in a virtual machine (QEMU), as root with all capabilities`;
  const inside = [process.execPath, bundleThis(), '--print', '--about', told, ...ids];
  const glovebox = ['--import', `${root}scripts/typescript-hooks.mjs`, `${root}src/cli/glovebox.ts`];
  const args = [...glovebox, 'run', '--as', 'vm', '--kernel', kernel, '--', ...inside];
  console.error(`Linux ${kernel}: tried in a virtual machine, for about a minute where it is emulated`);
  const { status, stdout, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined) throw error;
  // 1 tells that cases differ, which is a run as well.
  if (stdout === '') throw new Error(`Linux ${kernel} could not be tried: glovebox run ended with ${status}`);
  if (status !== 0) process.exitCode = 1;
  return decodeFidelityRun(stdout);
}

/**
 * Keeps a run, with what is kept already of cases that it did not try, and what was said of the kernel unless somebody tells
 * now. @throws Error when some were never tried
 */
function keep(run: FidelityRun, { isTold = true } = {}): void {
  const file = `${folder}/${run.version}.json`;
  const before = existsSync(file) ? decodeFidelityRun(readFileSync(file, 'utf8')) : undefined;
  const kept = Object.entries(before?.cases ?? {}).filter(([id]) => CONTRACT_CASES.some((each) => each.id === id));
  const about = (isTold && run.about) || before?.about || run.about || 'a kernel of which nothing is told';
  const merged = { ...run, about, cases: { ...Object.fromEntries(kept), ...run.cases } };
  const { gone, untried } = findStaleCases(merged);
  if (gone.length > 0) throw new Error(`the run on ${run.version} is of another contract, with ${gone.join(', ')}`);
  if (untried.length > 0) throw new Error(`on ${run.version} there is yet to try: ${untried.join(' ')}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, encodeFidelityRun(merged));
}

const { values, positionals } = parseArgs({
  options: {
    record: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
    add: { type: 'boolean', default: false },
    about: { type: 'string' },
    kernel: { type: 'string', multiple: true, default: [] },
  },
  allowPositionals: true,
});
const { print, record, add, about, kernel: kernels } = values;
const isOwnTried = kernels.length === 0 && (print || record);
for (const kernel of isOwnTried ? [undefined] : kernels) {
  const run = kernel === undefined ? await tryKernel(positionals, about) : tryInMachine(kernel, positionals, about);
  if (print) process.stdout.write(encodeFidelityRun(run));
  else keep(run, { isTold: about !== undefined });
}
if (!print) {
  if (add) for (const path of positionals) keep(decodeFidelityRun(readFileSync(path, 'utf8')));
  writeFileSync(page, renderPage(readFileSync(page, 'utf8'), [...(await runFakes()), ...readRuns()]));
}
