import {
  amount,
  atLeast,
  atMost,
  check,
  defineScenario,
  exactlyOnce,
  fairDistribution,
  fromFunction,
  fromProcess,
  span,
  thunderingHerd,
} from 'glovebox/scenarios';
import { taskTopic } from '../src/protocol/topics.ts';
import { startScenarioBus } from './scenario-bus.ts';
import { TaskAccount } from './task-account.ts';

/** All at once: how fast tasks are taken on and done, and whether they are shared out. */
export const tenThousandTasks = defineScenario({
  name: '10,000 tasks over five collectors',
  description: 'All tasks are given at once to a broker that keeps them in its store.',
  // The small scale is the same: shares are told by many.
  parameters: { tasks: 10_000, collectors: 5 },
  timeoutMs: 90_000,
  async actors(run) {
    const started = await startScenarioBus(run, { collectors: run.parameters.collectors });
    return { ...started, account: new TaskAccount(started.client) };
  },
  load: ({ actors: { account }, parameters: { tasks } }) =>
    thunderingHerd({
      name: 'tasks',
      count: tasks,
      maxInFlight: tasks,
      drainMs: 60_000,
      send: account.send,
      flush: account.flush,
    }),
  measures: ({ actors: { client, bus } }) => [
    fromFunction('tasks that wait', async () => (await client.stats()).topics[taskTopic('process')]?.waiting ?? 0, {
      unit: 'tasks',
      intervalMs: 50,
    }),
    fromProcess(bus.broker, { actor: 'broker', intervalMs: 100 }),
  ],
  verdicts: ({ actors: { account, names }, parameters: { tasks } }) => [
    atMost('until all are published', () => span(account.publishedMs), 5000),
    atMost('until all are done', () => span(account.doneMs), 60_000),
    atLeast('rate', () => amount((tasks / account.doneMs) * 1000, 'tasks a second'), 1000),
    check('every task has one result', () =>
      exactlyOnce({ sent: account.sent, received: account.received, what: 'task' }),
    ),
    check('each collector does its share', () =>
      fairDistribution(Object.fromEntries(names.map((name) => [name, account.doneBy.get(name) ?? 0])), {
        withinPercent: 10,
      }),
    ),
  ],
  analysis: ({ actors: { account, names } }) => [
    {
      title: 'Who did how many',
      table: { columns: ['collector', 'tasks'], rows: names.map((name) => [name, account.doneBy.get(name) ?? 0]) },
    },
  ],
});
