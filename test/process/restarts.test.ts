import { expect, onTestFinished, test } from 'vitest';
import { assertNotRestarted, assertRestarted } from '../../src/assertions/process/restarted.js';
import type { RestartHistory } from '../../src/core/restart-history.js';
import { until } from '../../src/core/until.js';
import { observeRestarts, type RestartObserver } from '../../src/process/observe-restarts.js';
import type { Process } from '../../src/process/process.js';
import { spawn } from '../../src/process/spawn.js';
import { keep } from '../support/keep.js';
import { failureOf } from './failure-of.js';

/** Births and deaths, one child at a time: [born, died]. */
function createHistory(lives: readonly (readonly [number, number?])[], observedAtMs = 10_000): RestartHistory {
  return {
    startedAtMs: 0,
    observedAtMs,
    lives: lives.map(([bornAtMs, diedAtMs], index) => ({ pid: 101 + index, isFirst: index === 0, bornAtMs, diedAtMs })),
  };
}

async function supervise(script: string): Promise<{ supervisor: Process; observed: RestartObserver }> {
  const supervisor = keep(await spawn('bash', ['-c', script], { ready: { log: 'up' } }));
  const observed = observeRestarts(supervisor, { where: ({ command }) => command[0] === 'sleep' });
  onTestFinished(() => observed.close());
  return { supervisor, observed };
}

test('the restarts of a real supervisor are seen, with their pauses', async () => {
  const { observed } = await supervise('echo up; for p in 0 0.2 0.8 1000; do sleep 0.15; read -t $p <> <(:); done');
  const history = await observed.waitForRestarts(3);
  expect(() => assertRestarted(history, { atLeast: 3, backoff: { minFactor: 1.2 } })).not.toThrow();
  expect(() => assertRestarted(history, { backoff: { minFactor: 100 } })).toThrow('pauses that grow by 100 expected');
});

test('a child that is killed is started again', async () => {
  const { observed } = await supervise('echo up; while :; do sleep 1000; done');
  const [pid = 0] = await pidsOf(observed);
  expect(() => assertNotRestarted(observed.history())).not.toThrow();
  process.kill(pid, 'SIGKILL');
  const history = await observed.waitForRestarts(1);
  expect(() => assertRestarted(history, { atMost: 1, gaveUp: false })).not.toThrow();
  const error = await failureOf(observed.waitForRestarts(2, { timeoutMs: 50 }));
  expect(error.message).toMatch(/^1 of 2 restarts came in 50 ms\. Seen:\n\s+\d+ ms {2}\d+ /);
});

test('a supervisor that gives up, and one that has ended, restart nothing', async () => {
  const { supervisor, observed } = await supervise('echo up; sleep 0.5; sleep 0.3; read');
  await supervisor.waitForExit();
  const history = observed.history();
  expect(() => assertRestarted(history, { atLeast: 1, atMost: 1, withinMs: 5000, gaveUp: true })).not.toThrow();
});

async function pidsOf(observed: RestartObserver): Promise<readonly number[]> {
  await until(() => observed.pids().length > 0);
  return observed.pids();
}

test('what was expected and not met is told, with what was seen', async () => {
  const history = createHistory(
    [
      [0, 100],
      [200, 300],
      [1000, 1100],
      [1150, 1200],
    ],
    4000,
  );
  const error = await failureOf(
    Promise.resolve().then(() =>
      assertRestarted(history, {
        atLeast: 5,
        atMost: { count: 1, windowMs: 1000 },
        withinMs: 500,
        backoff: { minFactor: 1.5 },
      }),
    ),
  );
  expect(error.message).toBe(`The restarts are not as expected:
  - at least 5 restarts expected; there were 3
  - at most 1 restart in 1000 ms expected; there were 3
  - a restart within 500 ms expected; it took 700 ms after 102 had ended
  - a restart within 500 ms expected; none came in 2800 ms after 104 had ended
  - pauses that grow by 1.5 expected; pause 3 was 50 ms after one of 700 ms
Seen:
       0 ms  101 was there
     100 ms  101 ended
     200 ms  102 was started, 100 ms after a death
     300 ms  102 ended
    1000 ms  103 was started, 700 ms after a death
    1100 ms  103 ended
    1150 ms  104 was started, 50 ms after a death
    1200 ms  104 ended`);
});

test('limits are met at their borders', () => {
  const history = createHistory([[0, 100], [200, 300], [500, 600], [1000, 1100], [1500]]);
  assertRestarted(history, { atMost: 4, withinMs: 400, backoff: { minFactor: 2, ceilingMs: 400 } });
  assertRestarted(history, { atMost: { count: 3, windowMs: 1000 } });
  expect(() => assertRestarted(history, { atMost: { count: 3, windowMs: 1300 } })).toThrow('there were 4');
  expect(() => assertRestarted(history, { gaveUp: true })).toThrow('it was expected to give up');
  expect(() => assertNotRestarted(history)).toThrow('no restart expected; there were 4');
  expect(() => assertRestarted(createHistory([[0]]))).toThrow('at least 1 restart expected; there were 0');
  expect(() => assertRestarted(createHistory([[0, 1]]), { atLeast: 0, gaveUp: false })).toThrow(
    'not started again: 101',
  );
});

test('bad expectations and supervisors are refused', () => {
  // @ts-expect-error mistakes
  expect(() => assertRestarted(createHistory([]), { atLeast: -1, withnMs: 5 })).toThrow(
    'assertRestarted: 2 mistakes:\n  - "withnMs" is no option. Did you mean "withinMs"?\n  - atLeast must be a number, 0 or more, not -1',
  );
  expect(() => assertRestarted(createHistory([]), { atLeast: 3, atMost: 2 })).toThrow('contradict each other');
  expect(() => observeRestarts(0)).toThrow('supervisor must be a Process, a pid, or a function that lists pids, not 0');
});
