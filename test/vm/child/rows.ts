import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from '../../../src/kernel/linux/assemble/assemble.js';
import { atomicAdd, exit, loadMapValue, movImm } from '../../../src/kernel/linux/assemble/instructions.js';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import { type ImpairCase, impairCases, plainCases, statisticalCases } from '../../netns/impair/impair-cases.js';

/** include/uapi/linux/bpf.h: the value of a map by its place among those of the program. */
const PSEUDO_MAP_IDX_VALUE = 6;

/** Counts how often it is run, in its first map. */
const COUNTER = assemble([
  { ...loadMapValue(1, 0, 0), source: PSEUDO_MAP_IDX_VALUE },
  movImm(2, 1),
  atomicAdd('dw', 1, 0, 2),
  movImm(0, 0),
  exit(),
]).instructions;

async function countCalls(type: 'kprobe' | 'kretprobe'): Promise<void> {
  await using kernel = new LinuxKernel();
  const counts = await kernel.createMap({
    name: 'counts',
    type: 'array',
    keySizeBytes: 4,
    valueSizeBytes: 8,
    maxEntries: 1,
  });
  const read = async () => Number(Buffer.from((await counts.lookup(new Uint8Array(4))) ?? []).readBigUInt64LE());
  const program = await kernel.load({ name: 'count', type, code: { instructions: COUNTER }, maps: [counts] });
  // A tmpfs: on an overlay, each is made in what is below as well.
  const folder = mkdtempSync('/run/rows-');
  const make = (name: string) => {
    for (let number = 0; number < 5; number += 1) mkdirSync(join(folder, `${name}${number}`));
  };
  make('before');
  assert.equal(await read(), 0);
  const link = await kernel.attach({ type, program, functionName: 'vfs_mkdir' });
  make('attached');
  assert.equal(await read(), 5);
  await link.close();
  make('after');
  assert.equal(await read(), 5);
}

/** What this machine's kernel may lack, and that of a virtual machine has. */
export const rows: readonly ImpairCase[] = [
  ...impairCases.map(({ title, run }) => ({ title: `netem: an impairable link ${title}`, run })),
  ...plainCases.map(({ title, run }) => ({ title: `netem: a plain link ${title}`, run })),
  ...statisticalCases.map(({ title, run }) => ({ title: `netem: an impairable link ${title}`, run })),
  { title: 'a kprobe runs its program at each call of a function of the kernel', run: () => countCalls('kprobe') },
  { title: 'a kretprobe runs its program at each return of one', run: () => countCalls('kretprobe') },
];
