import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test, vi } from 'vitest';
import { root } from '../../scripts/entries.js';
import { findOwnCgroup, removeCgroup } from '../../src/doctor/probes/cgroup-folder.js';
import { needsNamespaces } from '../support/needs-namespaces.js';
import { TYPESCRIPT } from '../support/typescript.js';
import { CLI, QUICK } from './run-cli.js';

// Every test starts processes, and the machine may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

needsNamespaces();

test('the doctor leaves nothing behind: no mount, process, device, route, cgroup or program', async () => {
  // Namespaces of the test's own stand for the machine: there, nobody else comes and goes.
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--net'];
  const look = [process.execPath, ...TYPESCRIPT, `${root}test/cli/leftovers.ts`];
  const doctor = [...CLI, 'doctor', '--only', `${QUICK.join(',')},emulation`];
  // A control group of its own, too: other tests' doctors make theirs in the one of all tests.
  const parent = findOwnCgroup();
  const group = parent === undefined ? '' : join(parent, `glovebox-leftovers-${process.pid}`);
  if (group !== '') mkdirSync(group);
  const script = 'test -z "$1" || echo $$ >"$1/cgroup.procs"; shift; exec unshare "$@"';
  const args = ['-c', script, 'sh', group, ...namespaces, '--', ...look, ...doctor];
  const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
  if (group !== '') await removeCgroup(group);
  expect(stderr).toBe('');
  const { status, before, after } = JSON.parse(stdout) as Readonly<Record<'status' | 'before' | 'after', unknown>>;
  expect(status).toBe(0);
  expect(after).toEqual(before);
  expect(before).toMatchObject({ cgroups: [], programs: [], processes: ['1'] });
});
