import { runScenarioCommand } from '../../../src/scenarios/command/run-scenario-command.js';
import { defineScenario } from '../../../src/scenarios/define-scenario.js';
import { idle } from '../../../src/scenarios/load/flood.js';

/** A program whose run can be called off, and whose teardown never ends. */
const hanging = defineScenario({
  name: 'hanging',
  actors: (run) => {
    run.actor('client');
    run.own({ [Symbol.asyncDispose]: () => new Promise<void>(() => {}) });
  },
  load: () => idle({ durationMs: 3_600_000 }),
});

process.exitCode = await runScenarioCommand([hanging], { args: [], onProgress: ({ phase }) => console.log(phase) });
