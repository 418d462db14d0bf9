// `npm run fuzz -- [--commands n] [--seed n] [--path p]`: random commands on the fake and on the running kernel at once.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { fakeDriver } from '../src/contract/drivers/fake-driver.js';
import { linuxDriver } from '../src/contract/drivers/linux-driver.js';
import { fuzzContract } from '../src/contract/fuzz/fuzz-contract.js';
import { KERNEL_PROFILES } from '../src/fakes/kernel/profiles.js';

const { values } = parseArgs({
  options: { commands: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } },
});
const kernel = await linuxDriver();
const profile = KERNEL_PROFILES.find((each) => each === kernel.release) ?? '6.18';
const startedAt = performance.now();
const report = await fuzzContract(fakeDriver(profile), kernel, {
  commands: Number(values.commands ?? process.env['GLOVEBOX_FUZZ_COMMANDS'] ?? 20_000),
  seed: Number(values.seed ?? process.env['GLOVEBOX_SEED'] ?? 1),
  ...(values.path === undefined ? {} : { path: values.path }),
});
for (const [outcome, count] of [...report.outcomes].sort()) console.log(`${outcome.padEnd(36)} ${count}`);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(`${report.commands} commands in ${report.worlds} worlds, seed ${report.seed}, ${seconds} s`);
if (report.difference !== undefined) {
  console.error(report.difference.message);
  process.exitCode = 1;
}
