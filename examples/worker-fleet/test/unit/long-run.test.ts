import { VirtualClock } from 'glovebox';
import {
  assertScenario,
  atLeast,
  check,
  condition,
  type Disruption,
  defineScenario,
  every,
  exactlyOnce,
  randomly,
  ratio,
  runScenario,
  steady,
} from 'glovebox/scenarios';
import { expect, test } from 'vitest';
import { MemoryFleet, taskOf } from '../support/memory-fleet.ts';

/** A worker is not heard, does not hear, or both. */
function cut({ network }: MemoryFleet, name: string, ...ways: readonly ('up' | 'down')[]): Disruption {
  return {
    kind: 'cut',
    target: name,
    details: ways.join(', '),
    begin: () => {
      network.cut(name, ...ways);
      return () => network.mend(name);
    },
  };
}

function outage(fleet: MemoryFleet): Disruption {
  return {
    kind: 'outage',
    target: 'coordinator',
    begin: () => {
      fleet.killCoordinator();
      return () => void fleet.startCoordinator();
    },
  };
}

const fourMinutes = defineScenario({
  name: 'four minutes of churn',
  parameters: { workers: 4, durationMs: 4 * 60_000, tasksPerSecond: 0.8 },
  actors: ({ clock, own, actor, seed, parameters }) => {
    if (!(clock instanceof VirtualClock)) throw new TypeError('this scenario is for a virtual clock');
    const heartbeat = { everyMs: 2000, deadMs: 5000 };
    const { workers } = parameters;
    const parts = { coordinator: { heartbeat, leaseMs: 2000 }, client: { heartbeat }, worker: () => ({ heartbeat }) };
    const fleet = own(new MemoryFleet({ clock, seed, workers, slots: 4, ...parts }), 'fleet');
    actor('coordinator', { kind: 'coordinator' });
    for (let number = 1; number <= workers; number += 1) actor(`worker-${number}`, { kind: 'worker' });
    fleet.begin();
    return fleet;
  },
  load: ({ actors: fleet, parameters: { tasksPerSecond: ratePerSecond, durationMs } }) =>
    steady({
      ...{ ratePerSecond, durationMs, spacing: 'poisson', drainMs: 120_000 },
      perform: ({ id }) => fleet.perform(taskOf(`task-${id}`, { steps: 40, stepMs: 200, checkpointEvery: 4 })),
    }),
  disruptions: ({ actors: fleet, parameters: { workers } }) => [
    randomly({
      meanMs: 12_000,
      lastsMs: { minMs: 1000, maxMs: 40_000 },
      disrupt: (random) =>
        cut(fleet, `worker-${random.int(1, workers)}`, ...random.pick([['up'], ['down'], ['up', 'down']] as const)),
    }),
    every({ periodMs: 70_000, lastsMs: 4000, disrupt: outage(fleet) }),
  ],
  eventually: ({ actors: fleet }) => [
    condition(
      'everybody is connected',
      () => fleet.workers.every(({ connection }) => connection.state === 'connected'),
      {
        withinMs: 60_000,
      },
    ),
  ],
  verdicts: (run) => [
    atLeast('tasks that succeed', () => ratio(run.load().succeeded, run.load().planned), 0.95),
    check('each task has one outcome', () =>
      exactlyOnce({ sent: run.actors.submitted, received: run.actors.outcomes.map(({ taskId }) => taskId) }),
    ),
    atLeast(
      'tasks taken up from a checkpoint',
      () => run.actors.events('begin').filter(({ step }) => step !== 0).length,
      1,
    ),
  ],
});

test('four minutes of churn take a second, and come out the same again', async () => {
  const runOnce = async () => {
    const clock = new VirtualClock();
    const running = runScenario(fourMinutes, { clock, seed: 7 });
    let isOver = false;
    const end = running.finally(() => {
      isOver = true;
    });
    while (!isOver) await clock.advance(1000);
    return end;
  };
  const [first, second] = [await runOnce(), await runOnce()];
  assertScenario(first);
  expect(first.load[0]?.planned).toBeGreaterThan(120);
  expect(first.disruptions.length).toBeGreaterThan(15);
  const { startedAt: _first, ...one } = first;
  const { startedAt: _second, ...other } = second;
  expect(other).toEqual(one);
});
