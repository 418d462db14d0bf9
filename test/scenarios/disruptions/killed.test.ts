import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { until } from '../../../src/core/until.js';
import { hasEnded, listPids, readWords } from '../../../src/process/proc/processes.js';
import { readText } from '../../../src/process/proc/read-proc.js';
import { createSmallDisk } from '../../../src/process/surroundings/small-disk.js';
import { createFolder } from '../../support/create-folder.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { TYPESCRIPT } from '../../support/typescript.js';

needsNamespaces();

const ROUNDS = Number(process.env['GLOVEBOX_KILL_ROUNDS'] ?? 1);
const SCRIPT = fileURLToPath(new URL('child/disruptor.ts', import.meta.url));

/** Those that inherited the mark and run, or are frozen. */
function findMarked(mark: string): readonly string[] {
  return listPids()
    .filter((pid) => readText(`/proc/${pid}/environ`)?.includes(mark) === true && !hasEnded(pid))
    .map((pid) => `process ${pid}: ${readWords(pid).join(' ')}`);
}

test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
  'a runner that is killed in the midst of every disruption leaves nothing on the machine, round %i',
  { timeout: 60_000 },
  async (round) => {
    // A disk that outlives the runner: what it filled there must be free again.
    using disk = createSmallDisk({ sizeBytes: 2_097_152 });
    const folder = createFolder();
    const [runtime, temp] = [join(folder, 'run'), join(folder, 'tmp')];
    for (const path of [runtime, temp]) mkdirSync(path, { mode: 0o700 });
    const mark = randomUUID();
    const runner = spawn(process.execPath, [...TYPESCRIPT, SCRIPT, '/proc/self/fd/3', String(round)], {
      stdio: ['ignore', 'pipe', 'inherit', disk.fd],
      env: { ...process.env, GLOVEBOX_KILLED: mark, XDG_RUNTIME_DIR: runtime, TMPDIR: temp },
    });
    onTestFinished(() => void runner.kill('SIGKILL'));
    if (runner.stdout !== null) await once(runner.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, createRandom(round).int(0, 400)));
    expect(findMarked(mark).length).toBeGreaterThan(4);
    runner.kill('SIGKILL');

    const look = (): readonly string[] => [
      ...findMarked(mark),
      ...readdirSync(temp),
      ...readdirSync(runtime, { recursive: true })
        .map(String)
        .filter((name) => name.includes('journal/')),
      ...readdirSync(disk.path),
    ];
    await until(() => look().length === 0, { timeoutMs: 10_000, description: 'everything to be gone' }).catch(() => {});
    expect(look()).toEqual([]);
    const { blocks, bavail } = statfsSync(disk.path);
    expect(bavail).toBe(blocks);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(folder);
  },
);
