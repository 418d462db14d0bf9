import { expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { FaultPlan } from '../../../src/faults/plan.js';
import { DisruptionPlan } from '../../../src/scenarios/disruptions/disruption-plan.js';
import { injectFault } from '../../../src/scenarios/disruptions/machine-disruptions.js';
import { at } from '../../../src/scenarios/disruptions/schedules.js';

test('injectFault: a fault is armed for a time, and the record tells how often it fired', async () => {
  const faults = new FaultPlan({ seed: 1 });
  const write = faults.point('wire.frame');
  const pass = async (): Promise<string> => {
    try {
      return await write.run({} as never, () => 'written');
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'error';
    }
  };
  const clock = new VirtualClock();
  const disrupt = injectFault(faults, 'wire.frame', { before: 'EIO' });
  const run = new DisruptionPlan([at({ atMs: 10, lastsMs: 10, disrupt })]).start({ clock, random: createRandom(1) });
  const answers = [await pass()];
  await clock.advance(10);
  answers.push(await pass(), await pass());
  await clock.advance(10);
  answers.push(await pass());
  await run.completed;
  expect(answers).toEqual(['written', 'EIO', 'EIO', 'written']);
  expect(run.records()).toEqual([
    {
      kind: 'fault',
      target: 'wire.frame',
      fromMs: 10,
      untilMs: 20,
      details: expect.stringMatching(/; fired 2 times$/),
    },
  ]);
  faults.assertAllFired();
});

test('injectFault: one that could never fire, for the same is armed already, is told', async () => {
  const faults = new FaultPlan({ seed: 1 });
  faults.point('wire.frame');
  const clock = new VirtualClock();
  const disrupt = injectFault(faults, 'wire.frame', { before: 'EIO', optional: true });
  const run = new DisruptionPlan([at({ atMs: 1, disrupt: [disrupt, disrupt] })]).start({
    clock,
    random: createRandom(1),
  });
  await clock.advance(5);
  const [first, second] = await run.heal();
  expect(first?.error).toBe(undefined);
  expect(second?.error).toMatch(/could never fire/);
});
