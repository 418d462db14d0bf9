import {
  at,
  atLeast,
  check,
  condition,
  defineScenario,
  every,
  exactlyOnce,
  fromFunction,
  ratio,
  restart,
  steady,
  suspend,
} from 'glovebox/scenarios';
import { membersOf } from '../test/support/bus-under-test.ts';
import { startScenarioBus } from './scenario-bus.ts';
import { TaskAccount } from './task-account.ts';

/** Everything fails in turn while tasks come steadily, and nothing may be lost or counted twice. */
export const churn = defineScenario({
  name: 'steady load while everything fails',
  description: 'Collectors are killed and suspended, and the broker is killed, while tasks come at a steady rate.',
  parameters: { collectors: 4, tasksPerSecond: 200, durationMs: 10_000, heartbeatMs: 300 },
  quick: { durationMs: 3000 },
  async actors(run) {
    const { collectors, heartbeatMs } = run.parameters;
    const started = await startScenarioBus(run, { collectors, heartbeatMs, collector: { paceMs: 5, window: 16 } });
    return { ...started, account: new TaskAccount(started.client) };
  },
  load: ({ actors: { account }, parameters: { tasksPerSecond: ratePerSecond, durationMs } }) =>
    steady({ ratePerSecond, durationMs, drainMs: 20_000, send: account.send, flush: account.flush }),
  disruptions: ({ actors: { bus, collectors, names }, parameters: { durationMs } }) => {
    const [killed, suspended] = collectors;
    if (killed === undefined || suspended === undefined) return [];
    return [
      every({
        periodMs: 1500,
        firstMs: 500,
        lastsMs: 300,
        disrupt: restart(killed, { signal: 'SIGKILL', name: names[0] ?? 'collector' }),
      }),
      every({
        periodMs: 2500,
        firstMs: 800,
        lastsMs: 1200,
        disrupt: suspend(suspended, { name: names[1] ?? 'collector' }),
      }),
      // Long after the suspended one was found out: what it had is failed over, and not recovered.
      at({
        atMs: durationMs * 0.75,
        lastsMs: 300,
        disrupt: restart(bus.broker, { signal: 'SIGKILL', name: 'broker' }),
      }),
    ];
  },
  measures: ({ actors: { account } }) => [
    fromFunction('tasks done', () => account.received.length, { kind: 'counter', unit: 'tasks', intervalMs: 100 }),
    fromFunction('tasks failed over', () => account.failedOver.length, {
      kind: 'counter',
      unit: 'tasks',
      intervalMs: 100,
    }),
  ],
  eventually: ({ actors: { client, names } }) => [
    condition(
      'every collector is back',
      async () => {
        const members = membersOf(await client.stats()).filter(({ state }) => state === 'present');
        return members.length === names.length;
      },
      { withinMs: 10_000 },
    ),
  ],
  verdicts: (run) => {
    const { account } = run.actors;
    const { succeeded, planned } = run.load();
    return [
      atLeast('tasks that succeed', () => ratio(succeeded, planned), 1),
      check('every task has one result', () =>
        exactlyOnce({ sent: account.sent, received: account.received, what: 'task' }),
      ),
      atLeast('tasks that were given to another', () => account.failedOver.length, 1),
    ];
  },
});
