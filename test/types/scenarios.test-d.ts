// Checked by tsc alone (`npm run typecheck`): each line that must not compile says so.

import { type AnyScenario, defineScenario } from '../../src/scenarios/define-scenario.js';
import { steady } from '../../src/scenarios/load/steady.js';
import { runScenario } from '../../src/scenarios/run/run-scenario.js';
import { runScenarios } from '../../src/scenarios/run/run-scenarios.js';

declare class Bus {
  submit(task: number): Promise<void>;
}

const churn = defineScenario({
  name: 'churn',
  parameters: { ratePerSecond: 100, compress: true, kinds: ['a'] },
  quick: { ratePerSecond: 10, compress: false },
  async actors(run) {
    const rate: number = run.parameters.ratePerSecond;
    // @ts-expect-error there are none yet
    run.actors;
    return { bus: new Bus(), rate };
  },
  load: ({ actors, parameters }) =>
    steady({
      ratePerSecond: parameters.ratePerSecond,
      durationMs: actors.rate,
      perform: ({ id }) => actors.bus.submit(id),
    }),
  eventually: ({ actors }) => {
    // @ts-expect-error what actors did not return
    actors.bsu;
    return [];
  },
  verdicts: (run) => {
    const succeeded: number = run.load().succeeded;
    // @ts-expect-error parameters cannot be changed
    run.parameters.ratePerSecond = succeeded;
    return [];
  },
});

void runScenario(churn, { parameters: { ratePerSecond: 5 } });
// @ts-expect-error a parameter of another type
void runScenario(churn, { parameters: { ratePerSecond: '5' } });
// @ts-expect-error an unknown parameter
void runScenario(churn, { parameters: { rate: 5 } });

const plain = defineScenario({ name: 'plain', actors: (run) => void run.actor('server') });
const all: readonly AnyScenario[] = [churn, plain];
void runScenarios(all);

// @ts-expect-error a scenario without actors
defineScenario({ name: 'nobody' });
defineScenario({
  name: 'quick',
  parameters: { workers: 3 },
  // @ts-expect-error no parameter is called so
  quick: { wrokers: 1 },
  actors: () => undefined,
});
defineScenario({
  name: 'misspelt',
  actors: () => undefined,
  // @ts-expect-error no part of a scenario is called so
  verdict: () => [],
});
