import { until } from 'glovebox';
import { priorityRespected } from 'glovebox/scenarios';
import { queuedWork } from '../../scenarios/mixed-priority.ts';
import { expect, test } from '../support/fixture.ts';
import { taskOf } from '../support/memory-fleet.ts';
import { WRONG_PROGRAMS } from '../support/wrong/programs.ts';

test('a coordinator whose queue knows no priorities is found out by its log, as a process, too', async ({
  startFleet,
}) => {
  const programs = WRONG_PROGRAMS['no-priority'];
  const { fleet } = await startFleet({ count: 1, slots: 1, deadMs: 60_000, programs });
  const submit = async (priority: 'low' | 'high', count: number): Promise<void> => {
    const goal = fleet.submitted.length + count;
    for (let index = 0; index < count; index += 1)
      void fleet.submit(taskOf(`${priority}-${index}`, { priority, steps: 1 }));
    // Urgent ones overtake others on their way: those have to be there before.
    await until(() => fleet.events(fleet.coordinator, 'submit').length === goal);
  };
  const worker = fleet.worker('worker-1');
  await worker.suspend();
  await submit('low', 4);
  await submit('high', 2);
  await worker.resume();
  await fleet.settle();
  const found = priorityRespected(queuedWork(fleet.events(fleet.coordinator)), { urgent: 'smallest', toleranceMs: 5 });
  expect(found.ok).toBe(false);
  expect(found.details).toEqual(
    [1, 2, 3].map((low) =>
      expect.stringMatching(`^low-${low} .* was begun at .* while high-0 .* had waited since .* and 1 more$`),
    ),
  );
});
