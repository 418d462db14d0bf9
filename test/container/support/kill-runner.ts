import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { root } from '../../../scripts/entries.js';
import { RealClock } from '../../../src/core/real-clock.js';
import { until } from '../../../src/core/until.js';
import { TYPESCRIPT } from '../../support/typescript.js';
import { listLeft } from './list-left.js';

/** When a runner is killed: once all is up, or some milliseconds after it began to make that. */
export type KillMoment = 'up' | number;

/** What SIGKILL of a runner has left. */
export interface ContainerKill {
  /** What there was right before it, if all was up. */
  readonly found: readonly string[];
  /** What was still there after 20 s. */
  readonly left: readonly string[];
  /** When the last of it was gone, in milliseconds after the kill. */
  readonly tookMs: number;
}

const DEADLINE_MS = 20_000;
/** What was asked for as it was killed may come to be after there was nothing. */
const SETTLED_MS = 500;

/**
 * Starts a runner with a network, a volume, an image and a container, in no pid namespace of its own: that would end what
 * cleans up along with it.
 *
 * @param entry - What it imports. @defaultValue the sources
 */
export async function startHolder(moment: KillMoment, entry = ''): Promise<ChildProcess> {
  const script = `${root}test/container/child/hold-all.ts`;
  const args = [...TYPESCRIPT, script, entry];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let written = '';
  runner.stdout.on('data', (bytes) => {
    written += String(bytes);
  });
  const word = moment === 'up' ? 'up' : 'starting';
  await until(() => written.includes(word) || runner.exitCode !== null, { timeoutMs: 60_000, intervalMs: 2 });
  if (runner.exitCode !== null) throw new Error(`the runner exited with ${runner.exitCode}`);
  if (moment !== 'up') await new RealClock().sleep(moment);
  return runner;
}

/** Kills one at a moment, and looks at the engine until nothing is left. @param entry - See {@link startHolder} */
export async function killRunner(moment: KillMoment, entry?: string): Promise<ContainerKill> {
  // Whatever looks is loaded by then.
  await listLeft();
  const runner = await startHolder(moment, entry);
  const found = moment === 'up' ? await listLeft() : [];
  const ended = new Promise((resolve) => runner.once('exit', resolve));
  const killedMs = performance.now();
  runner.kill('SIGKILL');
  await ended;
  let left: readonly string[] = [];
  let goneMs = performance.now();
  const isSettled = async (): Promise<boolean> => {
    left = await listLeft();
    if (left.length > 0) goneMs = performance.now();
    return performance.now() - goneMs > SETTLED_MS;
  };
  await until(isSettled, { timeoutMs: DEADLINE_MS, intervalMs: 10, maxIntervalMs: 20 }).catch(() => {});
  return { found, left, tookMs: goneMs - killedMs };
}
