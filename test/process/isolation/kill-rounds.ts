import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { until } from '../../../src/core/until.js';
import { hasEnded } from '../../../src/process/proc/processes.js';
import { startScript } from './run-as.js';

/** What SIGKILL of a runner has left. */
export interface KillResult {
  /** Processes that were still there after a second, over all rounds. */
  readonly survivors: readonly number[];
  /** How long the last of a tree took to go, at most, in milliseconds. */
  readonly slowestMs: number;
  readonly isolation: string;
}

/** Starts a tree that leaves whatever can be left, kills its runner some moments later, and looks for what is left. */
export async function runKillRounds(
  rounds: number,
  { user, seed = 1 }: { user?: number; seed?: number } = {},
): Promise<KillResult> {
  const survivors: number[] = [];
  let slowestMs = 0;
  let isolation = '';
  for (let round = 0; round < rounds; round += 1) {
    const runner = startScript('child/tree-holder.ts', user === undefined ? {} : { user });
    const [line]: readonly unknown[] = await once(runner.stdout, 'data');
    const told: { isolation: string; pids: readonly number[] } = JSON.parse(String(line));
    isolation = told.isolation;
    const names = new Map(told.pids.map((pid) => [pid, readCommand(pid)]));
    // At once in some rounds, a little later in others.
    for (let turn = (round * 7 + seed) % 20; turn > 0; turn -= 1) await new Promise(setImmediate);
    const killedAtMs = performance.now();
    runner.kill('SIGKILL');
    const isThere = (pid: number): boolean =>
      existsSync(`/proc/${pid}`) && !hasEnded(pid) && readCommand(pid) === names.get(pid);
    await until(() => !told.pids.some(isThere), { timeoutMs: 1000, intervalMs: 1, maxIntervalMs: 5 }).catch(
      () => undefined,
    );
    slowestMs = Math.max(slowestMs, performance.now() - killedAtMs);
    survivors.push(...told.pids.filter(isThere));
  }
  return { survivors, slowestMs, isolation };
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
