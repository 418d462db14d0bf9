// Run in namespaces of its own by leftovers.test.ts: looks, has the doctor look, looks again, and prints both looks.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { until } from '../../src/core/until.js';
import { findOwnCgroup } from '../../src/doctor/probes/cgroup-folder.js';
import { CStruct } from '../../src/native/c-struct.js';
import { FileDescriptor } from '../../src/native/file-descriptor.js';
import { systemCall } from '../../src/native/system-call.js';

const BPF_PROG_GET_NEXT_ID = 11;
const BPF_PROG_GET_FD_BY_ID = 13;
const BPF_OBJ_GET_INFO_BY_FD = 15;

/** The programs of doctors: others may come and go meanwhile. */
function listPrograms(): readonly number[] {
  const ids: number[] = [];
  const next = new CStruct(16);
  while (systemCall('bpf', BPF_PROG_GET_NEXT_ID, next, 12) === 0) {
    const id = next.readU32(4);
    next.u32(0, id);
    const fd = systemCall('bpf', BPF_PROG_GET_FD_BY_ID, new CStruct(12).u32(0, id), 12);
    if (fd < 0) continue;
    using program = new FileDescriptor(fd);
    const info = new CStruct(80);
    systemCall('bpf', BPF_OBJ_GET_INFO_BY_FD, new CStruct(16).u32(0, program.number).u32(4, 80).pointer(8, info), 16);
    if (info.readText(64, 16) === 'glovebox_doctor') ids.push(id);
  }
  return ids;
}

function look(): Readonly<Record<string, unknown>> & { readonly programs: readonly number[] } {
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n'),
    processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name)),
    devices: readFileSync('/proc/net/dev', 'utf8').match(/^ *[^\s:]+(?=:)/gm),
    routes: readFileSync('/proc/net/route', 'utf8'),
    cgroups: readdirSync(findOwnCgroup() ?? '/sys/fs/cgroup').filter((name) => name.startsWith('glovebox-doctor-')),
    programs: listPrograms(),
  };
}

/** Looks until there is no program: those of doctors elsewhere on the machine come and go, one that is left stays. */
async function lookAtRest(): Promise<Readonly<Record<string, unknown>>> {
  let seen = look();
  await until(
    () => {
      seen = look();
      return seen.programs.length === 0;
    },
    { timeoutMs: 10_000 },
  ).catch(() => undefined);
  return seen;
}

const [program = '', ...args] = process.argv.slice(2);
const before = await lookAtRest();
const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
process.stdout.write(JSON.stringify({ status, before, after: await lookAtRest() }));
