import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectMessages } from '../../src/messages/connect-messages.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';
import { startWorkers } from '../../src/process/workers/start-worker.js';
import { exactlyOnce } from '../../src/scenarios/checkers/delivery.js';
import { defineScenario } from '../../src/scenarios/define-scenario.js';
import { restart, suspend } from '../../src/scenarios/disruptions/process-disruptions.js';
import { at } from '../../src/scenarios/disruptions/schedules.js';
import { steady } from '../../src/scenarios/load/steady.js';
import { fromProcess } from '../../src/scenarios/measures/sources/from-process.js';
import { fromWorker } from '../../src/scenarios/measures/sources/from-worker.js';
import { runScenario } from '../../src/scenarios/run/run-scenario.js';
import type { ScenarioRun } from '../../src/scenarios/scenario-run.js';
import { condition } from '../../src/scenarios/verdicts/condition.js';
import { percentile, ratio } from '../../src/scenarios/verdicts/figure.js';
import { atLeast, atMost, check } from '../../src/scenarios/verdicts/thresholds.js';
import { listProblems, listVerdicts } from './support.js';

type QueueWorker = typeof import('./child/queue-worker.js').default;

const module = new URL('./child/queue-worker.ts', import.meta.url);

/** Two workers with a client each; a task that one does not answer is given to the other. */
async function startQueue(run: ScenarioRun) {
  const folder = run.own(await createTempFolder());
  const addresses = [1, 2].map((number) => join(folder.path, `worker-${number}`));
  const workers = await startWorkers<QueueWorker>(
    module,
    addresses.map((unix, index) => ({ name: `worker-${index + 1}`, args: { unix } })),
  );
  for (const worker of workers) {
    run.own(worker, worker.name);
    run.actor(worker.name, { kind: 'worker', process: worker.process, totals: () => worker.call('stats') });
  }
  const clients = await Promise.all(addresses.map((unix) => connectMessages({ unix }, { reconnect: true })));
  for (const client of clients) run.own(client);
  const done: number[] = [];
  const submit = async (id: number, task: number | string = id): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) {
      const client = clients[(id + turn) % 2];
      const answer = await client?.request({ task }, { timeoutMs: 100 }).catch(() => undefined);
      if (answer !== undefined) return void done.push(id);
      await run.clock.sleep(10);
    }
    throw new Error('no worker answers');
  };
  const [first, second] = workers;
  if (first === undefined || second === undefined) throw new Error('there are no two workers');
  return { workers, first, second, done, submit };
}

it('a scenario with real processes that are frozen, killed and started again has all that happened in its result', async () => {
  const scenario = defineScenario({
    name: 'a queue and its workers',
    parameters: { tasksPerSecond: 100, durationMs: 1500 },
    actors: startQueue,
    load: ({ actors, parameters: { tasksPerSecond: ratePerSecond, durationMs } }) =>
      steady({ name: 'tasks', ratePerSecond, durationMs, perform: ({ id }) => actors.submit(id) }),
    disruptions: ({ actors: { first, second } }) => [
      at({ atMs: 200, lastsMs: 200, disrupt: restart(first.process, { signal: 'SIGKILL' }) }),
      at({ atMs: 1000, lastsMs: 200, disrupt: suspend(second) }),
    ],
    measures: ({ actors: { workers } }) =>
      workers.flatMap((worker) => [
        fromWorker(worker, 'stats', {
          mayBeAway: true,
          intervalMs: 100,
          timeoutMs: 300,
          measures: { done: { kind: 'counter', name: 'tasks done', mayRestart: true } },
        }),
        fromProcess(worker.process, { actor: worker.name, mayBeAway: true }),
      ]),
    always: ({ actors }) => [
      condition('one worker or more is there', () => actors.workers.some(({ process }) => process.state === 'running')),
    ],
    eventually: ({ actors }) => [condition('all are done', () => actors.done.length >= 150)],
    verdicts: (run) => [
      atLeast('tasks that succeed', () => ratio(run.load('tasks').succeeded, run.load('tasks').planned), 1),
      check('each is done', () =>
        exactlyOnce({ sent: Array.from({ length: 150 }, (_, id) => id), received: run.actors.done }),
      ),
      atMost('the median', () => percentile(run.measure('tasks latency'), 50), 200),
    ],
  });
  const result = await runScenario(scenario, { seed: 1 });
  expect(listProblems(result)).toEqual([]);
  expect(listVerdicts(result)).toEqual([
    expect.stringMatching(/^passed: always: one worker or more is there: it did, at \d+ looks$/),
    expect.stringMatching(/^passed: eventually: all are done: it did after/),
    'passed: tasks that succeed: 100 % (150 of 150)',
    expect.stringMatching(/^passed: each is done/),
    expect.stringMatching(/^passed: the median/),
    'passed: nothing is left: nothing',
  ]);
  expect(result.disruptions).toMatchObject([
    { kind: 'restart', target: 'worker-1', untilMs: expect.any(Number) },
    { kind: 'suspend', target: 'worker-2', untilMs: expect.any(Number) },
  ]);
  expect(result.actors).toMatchObject([
    {
      name: 'worker-1',
      kind: 'worker',
      spells: [{ end: 'was ended by SIGKILL' }, {}],
      totals: { done: expect.any(Number) },
    },
    { name: 'worker-2', spells: [{}], totals: { done: expect.any(Number) } },
  ]);
  const counted = result.measures.filter(({ name }) => name === 'tasks done');
  expect(counted.map(({ actor, kind }) => [actor, kind])).toEqual([
    ['worker-1', 'counter'],
    ['worker-2', 'counter'],
  ]);
});

it('a worker that dies of a task is found out, with how it ended, and the last one ends the load', async () => {
  const scenario = defineScenario({
    name: 'poison',
    actors: startQueue,
    load: ({ actors }) =>
      steady({
        ratePerSecond: 50,
        durationMs: 60_000,
        perform: ({ id }) => actors.submit(id, id === 10 ? 'poison' : id),
      }),
    verdicts: (run) => [atLeast('tasks that succeed', () => run.load().succeeded, 5)],
  });
  const result = await runScenario(scenario, { seed: 1 });
  expect(result.verdict).toBe('failed');
  expect(listProblems(result)).toHaveLength(2);
  for (const message of listProblems(result))
    expect(message).toMatch(
      /^worker-[12] exited with code 7, though nothing in the scenario ended it; it wrote nothing$/,
    );
  expect(result.events).toMatchObject([{ name: 'ended early', details: 'no worker is left' }]);
  expect(result.durationMs).toBeLessThan(20_000);
  expect(result.load[0]?.succeeded).toBeGreaterThanOrEqual(5);
});
