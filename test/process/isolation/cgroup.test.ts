import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { CgroupEnclosure } from '../../../src/process/isolation/cgroup-enclosure.js';
import { removeCgroup } from '../../../src/process/journal/remove-cgroup.js';
import { hasEnded, readState } from '../../../src/process/proc/processes.js';
import { findUnifiedMount, readActivity, readUnifiedGroup } from '../../../src/process/proc/unified-cgroup.js';
import type { Process } from '../../../src/process/process.js';
import { createShell } from '../../../src/process/shell/create-shell.js';
import { spawn } from '../../../src/process/spawn.js';
import type { SpawnOptions } from '../../../src/process/spawn-options.js';
import { createFolder } from '../../support/create-folder.js';
import { keep } from '../../support/keep.js';
import { ORDINARY_USER, startScript } from './run-as.js';

const OWN = readUnifiedGroup('self');
const MOUNT = findUnifiedMount();

const isThere = await (async () => {
  const enclosure = CgroupEnclosure.create();
  enclosure?.kill();
  await enclosure?.ended;
  return enclosure !== undefined;
})();

beforeEach(({ skip }) => {
  skip(!isThere, 'no control group of version 2 can be made here');
});

/** Every group of ours, by this process or a child of this test. */
const listGroups = (): readonly string[] =>
  readdirSync(OWN ?? '/').filter((name) => name.startsWith(`glovebox-${process.pid}-`));

async function start(script: string, options: SpawnOptions = {}): Promise<Process> {
  return keep(await spawn('sh', ['-c', script], { ready: { log: 'up' }, ...options }));
}

/** A daemon that has left its parent, its session and its process group. */
const DAEMON = '(setsid sh -c "exec sleep 1000" >/dev/null 2>&1 &); echo up; exec sleep 1001';

test('a program in a control group takes its daemons with it, and the group goes', async () => {
  const program = await start(DAEMON, { isolation: 'cgroup' });
  expect(program.isolation).toBe('cgroup');
  const pids = await until(() => program.pids().length === 2 && program.pids());
  expect(pids).toContain(program.pid);
  expect(pids.map((pid) => readUnifiedGroup(pid))).toEqual(pids.map(() => join(OWN ?? '', listGroups()[0] ?? '')));
  await program.kill();
  expect(pids.filter((pid) => !hasEnded(pid))).toEqual([]);
  expect(listGroups()).toEqual([]);
});

test('it tells how it ended, is signalled alone, and is started again in another group', async () => {
  const program = await start('trap "echo hup" HUP; echo up; while :; do sleep 0.01; done', { isolation: 'cgroup' });
  program.signal('SIGHUP');
  await program.logs.waitForLine('hup');
  const before = listGroups();
  await program.restart();
  expect(listGroups()).not.toEqual(before);
  expect(await program.stop()).toMatchObject({ signal: 'SIGTERM' });
  expect(listGroups()).toEqual([]);
});

test('one that is killed before it has entered its group is gone, too', async () => {
  for (let round = 0; round < 10; round += 1) {
    const program = await spawn('sleep', ['1000'], { isolation: 'cgroup' });
    const { pid } = program;
    await program[Symbol.asyncDispose]();
    expect(hasEnded(pid)).toBe(true);
  }
  expect(listGroups()).toEqual([]);
});

test('groups that a program makes in its own go with it', async () => {
  const script = `own=${MOUNT}$(sed -n "s/^0:://p" /proc/self/cgroup); mkdir $own/inner && sh -c "echo 0 > $own/inner/cgroup.procs; echo up; exec sleep 1000" & wait`;
  const program = await start(script, { isolation: 'cgroup' });
  const pids = await until(() => program.pids().length >= 2 && program.pids());
  expect(pids.map((pid) => readUnifiedGroup(pid)?.endsWith('/inner'))).toContain(true);
  await program.suspend();
  expect(pids.map(readActivity)).toEqual(pids.map(() => 'T'));
  await program.kill();
  expect(pids.filter((pid) => !hasEnded(pid))).toEqual([]);
  expect(listGroups()).toEqual([]);
});

test.for(['full', 'cgroup', 'none'] as const)(
  'what is suspended is frozen by a control group, which it cannot see nor undo (isolation %s)',
  async (isolation) => {
    const folder = createFolder();
    // Without any isolation a daemon would stay.
    const daemon = isolation === 'none' ? '' : '(setsid sh -c "exec sleep 1000" >/dev/null 2>&1 &);';
    const script = `${daemon} echo up; while :; do echo tick; echo >>ticks; sleep 0.005; done`;
    const program = await start(script, { isolation, cwd: folder });
    const countTicks = (): number => statSync(join(folder, 'ticks')).size;
    await until(countTicks);
    await program.suspend();
    const pids = program.pids();
    expect(pids.length).toBeGreaterThanOrEqual(isolation === 'none' ? 1 : 2);
    expect(pids.map(readActivity)).toEqual(pids.map(() => 'T'));
    // Not by a stop signal, which its parent would be told of.
    expect(pids.map(readState)).not.toContain('T');
    const ticks = countTicks();
    program.signal('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(program.pids().map(readActivity)).toEqual(pids.map(() => 'T'));
    expect(countTicks()).toBe(ticks);
    await program.resume();
    await until(() => countTicks() > ticks);
    // Again, in the group that is there.
    await program.suspend();
    await program.suspend();
    expect(program.pids().map(readActivity)).toEqual(program.pids().map(() => 'T'));
    expect(listGroups()).toHaveLength(1);
    await program.kill();
    expect(pids.filter((pid) => !hasEnded(pid))).toEqual([]);
    expect(listGroups()).toEqual([]);
  },
);

test('groups that it makes in the one that it was frozen in are frozen with it, the next time', async () => {
  const script = `echo up; read -r line; own=${MOUNT}$(sed -n 's/^0:://p' /proc/self/cgroup); mkdir "$own/inner"
    sh -c 'echo 0 > "$0/inner/cgroup.procs"; echo in; exec sleep 1000' "$own" & wait`;
  const program = await start(script, { stdin: 'pipe' });
  await program.suspend();
  await program.resume();
  program.stdin?.write('go\n');
  await program.logs.waitForLine('in');
  await program.suspend();
  expect(program.pids().map(readActivity)).toEqual(['T', 'T']);
  expect(program.pids().map(readState)).not.toContain('T');
  await program.kill();
  expect(listGroups()).toEqual([]);
});

test('what was sent SIGSTOP before it was suspended goes on with it', async () => {
  const program = await start('echo up; while :; do echo tick; sleep 0.005; done');
  program.signal('SIGSTOP');
  await until(() => readState(program.pid) === 'T');
  await program.suspend();
  await program.resume();
  await program.logs.waitForLine('tick', { from: program.logs.count });
});

test('a program that forks all the time is stopped as a whole', async () => {
  const fork = 'while :; do (:) & (exec true) & sh -c "exec true"; echo x; done';
  const program = await start(`echo up; (${fork}) & (${fork}) & ${fork}`);
  for (let round = 0; round < 5; round += 1) {
    await program.suspend();
    const pids = program.pids();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(program.pids()).toEqual(pids);
    await program.resume();
    await program.logs.waitForLine('x', { from: program.logs.count });
  }
});

test('one that was suspended is stopped, and asked first', async () => {
  const program = await start('trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.01; done');
  await program.suspend();
  expect(await program.stop()).toMatchObject({ code: 7 });
  expect(program.logs.tail()).toContain('bye');
});

test('a program that has sent its children to groups of its own making is not torn out of them', async () => {
  const group = join(OWN ?? '', `test-${process.pid}-own`);
  mkdirSync(group);
  onTestFinished(() => removeWhenEmpty(group));
  const script = `sh -c 'echo 0 > ${group}/cgroup.procs; echo up; exec sleep 1000' & wait`;
  const program = await start(script);
  await program.suspend();
  const pids = program.pids();
  expect(pids.map(readState)).toEqual(pids.map(() => 'T'));
  expect(readFileSync(join(group, 'cgroup.procs'), 'utf8')).not.toBe('');
  await program.resume();
  await program.kill();
});

test('what is frozen is gone when the runner is killed, with its group', { timeout: 30_000 }, async () => {
  const child = startScript('child/frozen-holder.ts');
  onTestFinished(() => void child.kill('SIGKILL'));
  const [text]: readonly unknown[] = await once(child.stdout, 'data');
  const told: { pids: readonly number[]; groups: readonly string[] } = JSON.parse(String(text));
  expect(told.groups).toHaveLength(3);
  child.kill('SIGKILL');
  await until(() => told.pids.every(hasEnded) && !told.groups.some((group) => existsSync(group)), {
    timeoutMs: 10_000,
    description: 'everything to be gone',
  });
});

test('an ordinary user to whom a group was delegated has them', { timeout: 30_000 }, async () => {
  const group = join(OWN ?? '', `test-${process.pid}-delegated`);
  mkdirSync(group);
  onTestFinished(() => removeWhenEmpty(group));
  for (const name of ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads'])
    chownSync(join(group, name), ORDINARY_USER, ORDINARY_USER);
  // Where user namespaces are forbidden, so that it is the best there is.
  const child = startScript('child/delegated-script.ts', { args: [group, String(ORDINARY_USER)] });
  let text = '';
  for await (const bytes of child.stdout) text += String(bytes);
  expect(JSON.parse(text)).toEqual({
    uid: ORDINARY_USER,
    isolation: 'cgroup',
    shell: 'cgroup',
    frozen: true,
    left: 0,
    groups: [],
  });
});

test('a shell has one for all its commands', async () => {
  await using $ = await createShell({ isolation: 'cgroup' });
  await $`setsid sleep 1000 >/dev/null 2>&1 &`;
  expect(await $`sleep 1000`.timeout('20ms').nothrow()).toMatchObject({ signal: 'SIGTERM' });
  expect(listGroups()).toHaveLength(1);
  const group = join(OWN ?? '', listGroups()[0] ?? '');
  expect(readFileSync(join(group, 'cgroup.procs'), 'utf8').trim().split('\n')).toHaveLength(1);
  await $[Symbol.asyncDispose]();
  expect(existsSync(group)).toBe(false);
});

test('a group with groups and processes in it is removed', async () => {
  const group = join(OWN ?? '', `test-${process.pid}-full`);
  mkdirSync(join(group, 'a', 'b'), { recursive: true });
  onTestFinished(() => removeWhenEmpty(group));
  const program = await start('echo up; exec sleep 1000', { isolation: 'none' });
  writeFileSync(join(group, 'a', 'b', 'cgroup.procs'), String(program.pid));
  writeFileSync(join(group, 'cgroup.freeze'), '1');
  await until(() => {
    removeCgroup(group);
    return true;
  });
  expect(existsSync(group)).toBe(false);
  await program.waitForExit();
});

async function removeWhenEmpty(group: string): Promise<void> {
  await until(() => {
    if (existsSync(group)) rmdirSync(group);
    return true;
  });
}
