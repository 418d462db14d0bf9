import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import { TYPESCRIPT } from '../../support/typescript.js';
import { openBench, takeInventory } from './linux-bench.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

/** What Node needs for itself, and some room to tell what works. */
const FEW = 64;

/** The collector of young objects, which small arrays of bytes are: it moves those that are in use. */
function exposeCollector(): (options: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;
}

test('without a free descriptor every call is refused, and leaves nothing behind', () => {
  const script = fileURLToPath(new URL('child/few-descriptors.ts', import.meta.url));
  const node = [process.execPath, ...TYPESCRIPT, script];
  const child = spawnSync('prlimit', [`--nofile=${FEW}`, ...node], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  const { codes, left, disposed, survivors } = JSON.parse(child.stdout) as {
    readonly codes: Readonly<Record<string, readonly string[]>>;
    readonly left: readonly string[];
    readonly disposed: string;
    readonly survivors: readonly number[];
  };
  expect(left).toEqual([]);
  for (const [name, seen] of Object.entries(codes))
    expect([name, seen.join(' ')]).toEqual([name, expect.stringMatching(/^(?:EMFILE )+ok$/)]);
  expect(Object.keys(codes).length).toBeGreaterThan(15);
  // What it holds itself makes the room that it takes to clean up.
  expect([disposed, survivors]).toEqual(['ok', []]);
});

test('kernel objects one after another leave no descriptor and no mount', async () => {
  const before = takeInventory();
  for (let count = 0; count < 30; count += 1) {
    await using kernel = new LinuxKernel();
    await kernel.load({ name: 'prog_one', type: 'xdp', pinPath: '/sys/fs/bpf/prog' });
  }
  expect(takeInventory()).toEqual(before);
});

test('programs loaded, used and unloaded over and over leave what was there before, while memory is moved', async () => {
  const collect = exposeCollector();
  const { kernel } = openBench();
  const maps = [{ name: 'counts', type: 'percpu_hash', keySizeBytes: 3, valueSizeBytes: 5, maxEntries: 8 }] as const;
  const [key, value] = [new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 3, 4, 5])];
  let before: number | undefined;
  for (let count = 0; count < 500; count += 1) {
    const program = await kernel.load({ name: 'prog_one', type: 'xdp', maps });
    collect({ type: 'minor' });
    await program.maps[0]?.update(new Uint8Array(key), new Uint8Array(value));
    collect({ type: 'minor' });
    expect(await program.maps[0]?.lookup(key)).toEqual(value);
    await kernel.unload(program);
    before ??= readdirSync('/proc/self/fd').length;
  }
  expect(readdirSync('/proc/self/fd')).toHaveLength(before ?? 0);
  expect(kernel.handleCount()).toBe(0);
});
