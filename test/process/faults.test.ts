import { expect, test } from 'vitest';
import { formatOperation } from '../../src/core/operation.js';
import { FaultPlan } from '../../src/faults/plan.js';
import { PROCESS_POINTS } from '../../src/process/points.js';
import { hasEnded } from '../../src/process/proc/processes.js';
import type { Process } from '../../src/process/process.js';
import { spawn } from '../../src/process/spawn.js';
import { keep } from '../support/keep.js';
import { failureOf } from './failure-of.js';

function createPlan(): FaultPlan {
  const faults = new FaultPlan({ seed: 1 });
  faults.declare(PROCESS_POINTS);
  return faults;
}

async function startSleep(faults: FaultPlan): Promise<Process> {
  return keep(await spawn('sleep', ['1000'], { faults }));
}

test('a program is not started where a fault says so, and nothing was done', async () => {
  const faults = createPlan();
  faults.inject('process.spawn', { where: { name: 'sleep' }, once: true, before: 'EAGAIN' });
  const error = await failureOf(startSleep(faults));
  expect(error).toMatchObject({ code: 'EAGAIN', syscall: 'spawn' });
  expect((await startSleep(faults)).state).toBe('running');
  expect(faults.operations().map(formatOperation)).toEqual(['process.spawn:sleep:error', 'process.spawn:sleep:ok']);
});

test('a start that is done and reported failed leaves nothing', async () => {
  const faults = createPlan();
  faults.inject('process.spawn', { once: true, after: 'ENOMEM' });
  let pid = 0;
  const ready = async (target: { readonly pid: number }): Promise<void> => {
    pid = target.pid;
  };
  await expect(spawn('sleep', ['1000'], { faults, ready })).rejects.toMatchObject({ code: 'ENOMEM' });
  expect(pid).toBe(0);
  const program = await startSleep(faults);
  faults.inject('process.spawn', { once: true, after: 'EIO' });
  const before = program.pid;
  await expect(program.restart()).rejects.toMatchObject({ code: 'EIO' });
  expect(hasEnded(before)).toBe(true);
  expect(program.state).toBe('ended');
  await program.restart();
  expect(program.state).toBe('running');
});

test('signals fail before and after they are sent; what is killed is killed', async () => {
  const faults = createPlan();
  const program = await startSleep(faults);
  faults.inject('process.signal', { where: { signal: 'SIGTERM' }, nth: 1, before: 'EPERM' });
  faults.inject('process.signal', { where: { signal: 'SIGTERM' }, nth: 2, after: 'EPERM' });
  faults.inject('process.signal', { where: { signal: 'SIGSTOP' }, before: 'EPERM' });
  expect(() => program.signal('SIGTERM')).toThrow('EPERM');
  await expect(program.suspend()).rejects.toThrow('EPERM');
  expect(program.state).toBe('running');
  expect(() => program.signal('SIGTERM')).toThrow('EPERM');
  expect(await program.waitForExit()).toMatchObject({ signal: 'SIGTERM' });
  faults.assertAllFired();
});

test('a test that crashes the one who starts programs leaves none', async () => {
  const faults = createPlan();
  const program = await startSleep(faults);
  faults.inject('process.spawn', { crash: 'after' });
  await expect(startSleep(faults)).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_CRASH' });
  await expect(program.stop()).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_CRASH' });
  await program.kill();
  expect(program.state).toBe('ended');
});

test('what is no plan is refused', async () => {
  // @ts-expect-error no plan
  await expect(spawn('true', [], { faults: {} })).rejects.toThrow('spawn: faults must be a FaultPlan, not {}');
});
