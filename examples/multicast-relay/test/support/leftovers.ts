import { readdirSync, readFileSync } from 'node:fs';
import { findLeaks, type Inventory } from 'glovebox/netns';
import { expect, vi } from 'vitest';

/** Asserts that nothing is there that was not before a test; the kernel has a second to take it away. */
export async function expectNothingLeft(before: Inventory, directory: string): Promise<void> {
  await vi.waitFor(() => expect(findLeftovers(before, directory)).toEqual([]), { timeout: 1000, interval: 5 });
}

/** Namespaces, interfaces and processes of this process, and whatever runs on the machine with the test's directory. */
function findLeftovers(before: Inventory, directory: string): readonly string[] {
  return [...findLeaks(before).map(({ description }) => description), ...listProcesses(directory)];
}

/** Programs with something in their arguments, whoever's children they are by now. */
function listProcesses(mark: string): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return args.some((arg) => arg.includes(mark)) ? [`process ${pid}: ${args.join(' ').trim()}`] : [];
    } catch {
      return [];
    }
  });
}
