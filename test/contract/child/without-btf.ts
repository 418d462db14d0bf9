// Run where /sys/kernel/btf is empty: what is left of the contract without the kernel's types, as a line of JSON.

import { CONTRACT_CASES } from '../../../src/contract/cases/index.js';
import { linuxDriver } from '../../../src/contract/drivers/linux-driver.js';
import { runContract } from '../../../src/contract/run-contract.js';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';

await using kernel = new LinuxKernel();
const refusal = await kernel
  .load({ name: 'prog', type: 'fentry', attachTo: 'vfs_unlink' })
  .catch((error: unknown) => error);
const cases = CONTRACT_CASES.filter(({ id }) => /^(?:tracing|load)\./.test(id));
const results = await runContract(await linuxDriver(), { cases });
const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length;
console.log(
  JSON.stringify({
    fentry: refusal instanceof Error ? `${refusal.name}: ${refusal.message}` : 'loaded',
    differs: results
      .filter(({ verdict }) => verdict === 'differs')
      .map((result) => `${result.case.id}: ${result.reason}`),
    holds: count('holds'),
    reasons: [...new Set(results.flatMap(({ verdict, reason }) => (verdict === 'lacking' ? [reason] : [])))],
  }),
);
