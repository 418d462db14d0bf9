import { readdirSync, readFileSync } from 'node:fs';
import { expect, vi } from 'vitest';

/** Asserts that no program runs that has something in its arguments; the kernel has a second to take it away. */
export async function expectNothingRuns(mark: string): Promise<void> {
  await vi.waitFor(() => expect(listProcesses(mark)).toEqual([]), { timeout: 1000, interval: 5 });
}

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
