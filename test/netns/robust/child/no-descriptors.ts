// Run as a process of its own with a small limit of open files: does things with a lab while 0, 1, 2 … more files may be
// opened, until they succeed, and prints what each left, and its errors, as a line of JSON.
import { closeSync, openSync } from 'node:fs';
import { createLab } from '../../../../src/netns/lab/create-lab.js';
import { findLeaks } from '../../../../src/netns/leaks/find-leaks.js';
import { takeInventory } from '../../../../src/netns/leaks/inventory.js';

const create = () =>
  createLab({
    hosts: { a: {}, b: {} },
    links: { plain: ['a', 'b'], wire: { ends: ['a', 'b'], wire: true } },
  });

interface Attempt {
  readonly isDone: boolean;
  readonly error: string | undefined;
}

async function withFilesLeft(free: number, run: () => Promise<unknown>): Promise<Attempt> {
  const files: number[] = [];
  try {
    for (;;) files.push(openSync('/dev/null', 'r'));
  } catch {
    for (const fd of files.splice(0, free)) closeSync(fd);
  }
  try {
    await run();
    return { isDone: true, error: undefined };
  } catch (error) {
    return { isDone: false, error: String(error) };
  } finally {
    for (const fd of files) closeSync(fd);
  }
}

async function tryUntilDone(run: () => Promise<unknown>): Promise<object> {
  const before = takeInventory();
  const errors = new Set<string>();
  for (let free = 0; ; free += 1) {
    const { isDone, error } = await withFilesLeft(free, run);
    if (error !== undefined) errors.add(error);
    if (isDone) return { isRefused: free > 0, errors: [...errors], leaks: findLeaks(before) };
  }
}

async function disposeOf(use: (lab: Awaited<ReturnType<typeof create>>) => unknown): Promise<object> {
  const before = takeInventory();
  const lab = await create();
  use(lab);
  const { error } = await withFilesLeft(0, () => lab[Symbol.asyncDispose]());
  return { error, leaks: findLeaks(before) };
}

const results: Record<string, object> = {};
{
  await using lab = await create();
  results['ledger'] = await tryUntilDone(async () => {
    await using _ledger = lab.ledger({ from: 'a', to: 'b' });
  });
  results['capture'] = await tryUntilDone(async () => {
    await using capture = await lab.capture();
    await capture.frames();
  });
}
results['wire'] = await tryUntilDone(async () => {
  await using _lab = await create();
});
results['teardown'] = await disposeOf((lab) => [lab.hosts.a.firewall.drop({}), lab.links.plain.drop({})]);
console.log(JSON.stringify(results));
