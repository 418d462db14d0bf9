import process from 'node:process';
import { until } from '../../../../src/core/until.js';
import { readUnifiedGroup } from '../../../../src/process/proc/unified-cgroup.js';
import { spawn } from '../../../../src/process/spawn.js';

// Programs of every isolation, frozen by control groups, that nobody lets go on.
const SCRIPT = '(setsid sleep 1000 >/dev/null 2>&1 &); echo up; exec sleep 1001';
const programs = await Promise.all(
  (['full', 'cgroup', 'cgroup'] as const).map((isolation) =>
    spawn('sh', ['-c', SCRIPT], { isolation, ready: { log: 'up' } }),
  ),
);
await until(() => programs.every((program) => program.pids().length === 2));
for (const program of programs) await program.suspend();
const pids = programs.flatMap((program) => program.pids());
const groups = [...new Set(pids.map((pid) => readUnifiedGroup(pid)))];
process.stdout.write(`${JSON.stringify({ pids, groups })}\n`);
setInterval(() => {}, 1000);
