import { expect, test } from 'vitest';
import { startContainer } from '../../src/container/start-container.js';
import { defineScenario } from '../../src/scenarios/define-scenario.js';
import { kill, restart, suspend } from '../../src/scenarios/disruptions/process-disruptions.js';
import { at } from '../../src/scenarios/disruptions/schedules.js';
import { when } from '../../src/scenarios/disruptions/when.js';
import { runScenario } from '../../src/scenarios/run/run-scenario.js';
import type { ScenarioRun } from '../../src/scenarios/scenario-run.js';
import { condition } from '../../src/scenarios/verdicts/condition.js';
import { listProblems } from '../scenarios/support.js';
import { listLeft } from './support/list-left.js';

const COMMAND = ['sh', '-c', 'trap "echo asked; exit 7" TERM; echo up; while :; do sleep 0.02; done'];

async function startActors(run: ScenarioRun) {
  const spec = { image: { busybox: true }, command: COMMAND, ready: { log: 'up' } } as const;
  const [frozen, restarted, killed] = await Promise.all([1, 2, 3].map(async () => run.own(await startContainer(spec))));
  if (frozen === undefined || restarted === undefined || killed === undefined) throw new Error('there are three');
  for (const [name, process] of Object.entries({ frozen, restarted, killed }))
    run.actor(name, { kind: 'container', process });
  return { frozen, restarted, killed };
}

test('containers are actors of a scenario, which freezes, restarts and kills them', async () => {
  const scenario = defineScenario({
    name: 'containers that have a bad day',
    actors: startActors,
    disruptions: ({ actors: { frozen, restarted, killed } }) => [
      at({ atMs: 0, disrupt: suspend(frozen) }),
      at({ atMs: 0, lastsMs: 100, disrupt: restart(restarted, { timeoutMs: 60_000 }) }),
      // Unless it comes to be frozen, this is an error.
      when(() => frozen.state === 'suspended', { disrupt: kill(killed) }),
    ],
    eventually: ({ actors: { frozen, restarted, killed } }) => [
      condition('all is as it was, but what was killed', () => {
        const states = [frozen, restarted, killed].map(({ state }) => state).join();
        return states === 'running,running,ended' && restarted.logs.text() === 'up\nasked\nup\n';
      }),
    ],
    verdicts: () => [],
  });
  const result = await runScenario(scenario, { seed: 1 });
  expect(listProblems(result)).toEqual([]);
  expect(result.disruptions).toMatchObject([
    { kind: 'suspend', target: 'frozen', untilMs: expect.any(Number) },
    { kind: 'restart', target: 'restarted', untilMs: expect.any(Number) },
    { kind: 'kill', target: 'killed' },
  ]);
  expect(result.disruptions.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
  expect(result.actors.map(({ name, spells }) => [name, spells[0]?.end])).toEqual([
    ['frozen', undefined],
    ['restarted', 'exited with code 7'],
    ['killed', 'exited with code 137'],
  ]);
  expect(await listLeft()).toEqual([]);
});

test('a container that ends by itself is a problem of its scenario', async () => {
  const scenario = defineScenario({
    name: 'a container that ends',
    actors: startActors,
    disruptions: () => [],
    eventually: ({ actors: { killed } }) => [
      condition('one has ended', async () => {
        await killed.kill('SIGTERM');
        return (await killed.exit).code === 7;
      }),
    ],
    verdicts: () => [],
  });
  const result = await runScenario(scenario, { seed: 1 });
  expect(listProblems(result)).toEqual([expect.stringContaining('killed')]);
});
