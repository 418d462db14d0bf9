// `npm run bench [-- GROUP…] [--json FILE] [--write-docs]`. A file bench/<group>/<name>.ts exports a list of benchmarks
// by default; there is nothing else to register. It fails when a target is missed.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { root } from '../scripts/entries.js';
import type { Benchmark, Group, Measurement, Outcome } from './benchmark.js';
import { groups, summarize } from './benchmark.js';
import { renderDocument, renderTable } from './report.js';

const isGroup = (name: string): name is Group => (groups as readonly string[]).includes(name);

async function loadGroup(group: Group): Promise<readonly Benchmark[]> {
  const lists = globSync(`bench/${group}/*.ts`, { cwd: root }).sort();
  const loaded: Benchmark[] = [];
  for (const file of lists) {
    const module = (await import(`${root}${file}`)) as { readonly default?: readonly Benchmark[] };
    if (!Array.isArray(module.default)) {
      throw new TypeError(`${file} must export a list of benchmarks by default`);
    }
    loaded.push(...module.default);
  }
  return loaded;
}

/** Runs the benchmarks in turns, one round of each, so that a slow minute of the machine is shared by all. */
async function runBenchmarks(benchmarks: readonly Benchmark[]): Promise<readonly Outcome[]> {
  const rounds = new Map<Benchmark, Measurement[]>(benchmarks.map((benchmark) => [benchmark, []]));
  const most = Math.max(0, ...benchmarks.map(({ rounds: count = 5 }) => count));
  for (let round = 0; round < most; round += 1) {
    for (const benchmark of benchmarks.filter(({ rounds: count = 5 }) => round < count)) {
      process.stderr.write(`round ${round + 1}: ${benchmark.group}, ${benchmark.name}\n`);
      rounds.get(benchmark)?.push(await benchmark.run());
    }
  }
  return [...rounds].map(([benchmark, measurements]) => ({
    benchmark,
    result: summarize(benchmark, measurements),
  }));
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, 'write-docs': { type: 'boolean', default: false } },
  });
  const unknown = positionals.filter((name) => !isGroup(name));
  if (unknown.length > 0) {
    console.error(`no such group of benchmarks: ${unknown.join(', ')}. The groups are: ${groups.join(', ')}`);
    return 2;
  }
  const benchmarks: Benchmark[] = [];
  for (const group of groups.filter((name) => positionals.length === 0 || positionals.includes(name))) {
    const loaded = await loadGroup(group);
    if (loaded.length === 0) {
      console.error(`no benchmarks in group ${group} yet`);
    }
    benchmarks.push(...loaded);
  }
  const outcomes = await runBenchmarks(benchmarks);
  const results = outcomes.map(({ result }) => result);
  if (outcomes.length > 0) {
    console.log(renderTable(outcomes));
  }
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
  }
  if (values['write-docs']) {
    const path = `${root}docs/benchmarks.md`;
    writeFileSync(path, renderDocument(outcomes, new Date(), readFileSync(path, 'utf8')));
  }
  return results.some(({ pass }) => pass === false) ? 1 : 0;
}

// What a group has started for all of its benchmarks, such as an engine, ends with this process.
process.exit(await main());
