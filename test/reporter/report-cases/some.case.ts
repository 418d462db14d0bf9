import { describe, expect, recordMeasures, recordScenario, test } from '../../../src/fixtures/index.js';
import { defineScenario, idle, Measures } from '../../../src/scenarios/index.js';
import { makeChurn } from '../../report/sample-report.js';

describe('a suite', () => {
  test('fails with a diff, a seed and a fault', async ({ fakeKernel, faults }) => {
    faults.inject('kernel.load', { where: { name: 'prog_one' }, before: 'ENOMEM' });
    await expect(fakeKernel.load({ name: 'prog_one', type: 'xdp' })).toRejectWithErrno('ENOMEM');
    await fakeKernel.load({ name: 'prog_two', type: 'xdp' });
    expect({ programs: fakeKernel.programCount() }).toEqual({ programs: 0 });
  });

  test('leaves what its program wrote', async ({ spawn }) => {
    await spawn('sh', ['-c', 'echo hello; exec sleep 60'], { ready: { log: /hello/ } });
    throw new Error('it failed <on purpose>');
  });
});

test('runs a scenario', async ({ task, annotate }) => {
  const measures = new Measures();
  measures.counter('things', { unit: 'things' }).add(3);
  await annotate('see the scenario');
  await recordMeasures(task, measures.results());
  await recordScenario(task, makeChurn({ workers: 3 }));
});

test('runs a scenario of its own', async ({ runScenario }) => {
  const silence = defineScenario({
    name: 'silence',
    actors: (run) => run.actor('nobody', { kind: 'nobody' }),
    load: () => idle({ durationMs: 10 }),
  });
  await runScenario(silence);
});

test('needs a later kernel', { tags: ['kernel>=99.1'] }, () => {
  expect.unreachable();
});

test.todo('is to be written');

test.fails('is known to fail', () => {
  expect(1).toBe(2);
});
