import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../src/core/until.js';
import { hasEnded, listPids, readWords } from '../../../src/process/proc/processes.js';
import { readText } from '../../../src/process/proc/read-proc.js';
import { startScript } from './run-as.js';

/** What SIGKILL of a runner has left. */
export interface KillResult {
  /** What was still there after {@link DEADLINE_MS}: processes, files, control groups, mounts. */
  readonly left: readonly string[];
  /** How many rounds had something left after a second. */
  readonly lateRounds: number;
  /** When the last of it had gone, at most, in milliseconds after the kill. */
  readonly slowestMs: number;
  /** In how many rounds it was killed before it had its first tree. */
  readonly earlyRounds: number;
  readonly isolation: string | undefined;
}

const DEADLINE_MS = 10_000;
const PROMISED_MS = 1000;
/** Inherited by whatever a runner starts. */
const MARK = 'GLOVEBOX_KILL_ROUND';
const CGROUPS = '/sys/fs/cgroup';

/**
 * Starts a runner that is always in the middle of something, kills it at a moment from its start to seconds later, and
 * looks for what is left of it.
 *
 * @param options.entry - What the runner imports. @defaultValue the sources
 */
export async function runKillRounds(
  rounds: number,
  { user, seed = 1, entry }: { user?: number; seed?: number; entry?: string } = {},
): Promise<KillResult> {
  const left: string[] = [];
  const result = { lateRounds: 0, slowestMs: 0, earlyRounds: 0 };
  let isolation: string | undefined;
  const random = createRandom(seed);
  for (let round = 0; round < rounds; round += 1) {
    const mark = randomUUID();
    const folder = mkdtempSync(join(tmpdir(), 'kill-round-'));
    const [runtime, temp] = [join(folder, 'run'), join(folder, 'tmp')];
    for (const path of [runtime, temp]) mkdirSync(path, { mode: 0o700 });
    if (user !== undefined) for (const path of [folder, runtime, temp]) chownSync(path, user, user);
    const env = { [MARK]: mark, XDG_RUNTIME_DIR: runtime, TMPDIR: temp };
    const runner = startScript('child/tree-holder.ts', {
      env,
      args: entry === undefined ? [] : [entry],
      ...(user === undefined ? {} : { user }),
    });
    const told = once(runner.stdout, 'data').then(([line]): unknown => JSON.parse(String(line)));
    const closed = once(runner, 'exit');
    // A third while it starts, the others in the midst of its work.
    const isEarly = round % 3 === 0;
    if (!isEarly) isolation = readIsolation(await told) ?? isolation;
    await new Promise((resolve) => setTimeout(resolve, (isEarly ? 600 : 300) * random()));
    const { pid = 0 } = runner;
    result.earlyRounds += isEarly ? 1 : 0;
    const killedAtMs = performance.now();
    runner.kill('SIGKILL');
    await closed;
    const look = (): readonly string[] => [
      ...findMarked(mark),
      ...findFiles([temp, join(runtime, 'glovebox', 'journal')]),
      ...findCgroups(pid),
      ...findMounts(folder),
    ];
    await until(() => look().length === 0, { timeoutMs: DEADLINE_MS, intervalMs: 1, maxIntervalMs: 20 }).catch(() => {
      left.push(...look().map((each) => `round ${round}: ${each}`));
    });
    const tookMs = performance.now() - killedAtMs;
    result.slowestMs = Math.max(result.slowestMs, tookMs);
    result.lateRounds += tookMs > PROMISED_MS ? 1 : 0;
    rmSync(folder, { recursive: true, force: true });
  }
  return { left, ...result, isolation };
}

/** What has ended leaves a zombie until its parent asks; one that is left to init is no survivor. */
function findMarked(mark: string): readonly string[] {
  return listPids()
    .filter((pid) => readText(`/proc/${pid}/environ`)?.includes(mark) === true && !hasEnded(pid))
    .map((pid) => `process ${pid}: ${readWords(pid).join(' ')}`);
}

function findFiles(folders: readonly string[]): readonly string[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => `file ${join(folder, name)}`));
}

function findCgroups(pid: number): readonly string[] {
  // Its own files are many; groups of ours are where this process is, or above.
  const groups = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  const folders = groups.flatMap((line) => {
    const [, controllers = '', path = ''] = line.split(':');
    return [CGROUPS, join(CGROUPS, controllers || 'unified')].flatMap((mount) => listUpwards(mount, path));
  });
  return [...new Set(folders)]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.includes(`/glovebox-${pid}-`))
    .map((path) => `control group ${path}`);
}

function listUpwards(mount: string, path: string): readonly string[] {
  const parts = path.split('/').filter(Boolean);
  return Array.from({ length: parts.length + 1 }, (_, count) => join(mount, ...parts.slice(0, count)));
}

function findMounts(folder: string): readonly string[] {
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return lines.filter((line) => line.includes(folder)).map((line) => `mount ${line}`);
}

function readIsolation(told: unknown): string | undefined {
  if (typeof told !== 'object' || told === null || !('isolation' in told)) return undefined;
  return typeof told.isolation === 'string' ? told.isolation : undefined;
}

/** Numbers from 0 to 1 that are the same for a seed: a linear congruential generator, of Numerical Recipes. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
