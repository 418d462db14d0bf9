// `npm run fuzz -- [--commands n] [--seed n] [--path p]`: random commands on the fake and on the running kernel at once,
// in several processes, since a kernel mostly waits.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fakeDriver } from '../src/contract/drivers/fake-driver.js';
import { linuxDriver } from '../src/contract/drivers/linux-driver.js';
import { fuzzContract } from '../src/contract/fuzz/fuzz-contract.js';
import { KERNEL_PROFILES } from '../src/fakes/kernel/profiles.js';

const { values } = parseArgs({
  options: {
    commands: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
    shards: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** What one process has found. */
interface ShardReport {
  readonly commands: number;
  readonly worlds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly difference?: string;
}

const commands = Number(values.commands ?? process.env['GLOVEBOX_FUZZ_COMMANDS'] ?? 20_000);
const seed = Number(values.seed ?? process.env['GLOVEBOX_SEED'] ?? 1);
const shards = values.path === undefined ? Number(values.shards ?? 4) : 1;
const startedAt = performance.now();

const report = shards === 1 ? await fuzz() : merge(await Promise.all(Array.from({ length: shards }, runShard)));
if (values.json) console.log(JSON.stringify(report));
else print(report);
if (report.difference !== undefined) process.exitCode = 1;

async function fuzz(): Promise<ShardReport> {
  const kernel = await linuxDriver();
  const profile = KERNEL_PROFILES.find((each) => each === kernel.release) ?? '6.18';
  const path = values.path === undefined ? {} : { path: values.path };
  const { difference, outcomes, ...counts } = await fuzzContract(fakeDriver(profile), kernel, {
    commands,
    seed,
    ...path,
  });
  const found = difference === undefined ? {} : { difference: difference.message };
  return { ...counts, ...found, outcomes: Object.fromEntries(outcomes) };
}

/** The same in a process of its own, with another seed. */
async function runShard(_: unknown, index: number): Promise<ShardReport> {
  const count = Math.ceil(commands / shards);
  const own = ['--shards', '1', '--json', '--commands', String(count), '--seed', String(seed + index)];
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  if (output === '') throw new Error(`the process with seed ${seed + index} reported nothing`);
  const shard: ShardReport = JSON.parse(output);
  return shard;
}

function merge(reports: readonly ShardReport[]): ShardReport {
  const outcomes: Record<string, number> = {};
  for (const each of reports)
    for (const [label, count] of Object.entries(each.outcomes)) outcomes[label] = (outcomes[label] ?? 0) + count;
  const difference = reports.flatMap((each) => each.difference ?? []).join('\n\n');
  return {
    commands: reports.reduce((sum, each) => sum + each.commands, 0),
    worlds: reports.reduce((sum, each) => sum + each.worlds, 0),
    outcomes,
    ...(difference === '' ? {} : { difference }),
  };
}

function print({ outcomes, difference, ...counts }: ShardReport): void {
  for (const [outcome, count] of Object.entries(outcomes).sort()) console.log(`${outcome.padEnd(40)} ${count}`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${counts.commands} commands in ${counts.worlds} worlds, from seed ${seed}, ${seconds} s`);
  if (difference !== undefined) console.error(`\n${difference}`);
}
