import { amount, atLeast, atMost, defineScenario, fromProcess, ratio, steady } from 'glovebox/scenarios';
import { spawnFor, startScenarioBus } from './scenario-bus.ts';
import { TaskAccount } from './task-account.ts';

const MB = 1_000_000;

/** Ten collectors at work, and what their broker takes of the memory. */
export const smallBroker = defineScenario({
  name: 'a broker with ten collectors is small',
  description: 'Its memory at work, above that of a Node that does nothing, which is measured in the same run.',
  parameters: { collectors: 10, tasksPerSecond: 500, durationMs: 5000 },
  quick: { durationMs: 1000 },
  async actors(run) {
    const started = await startScenarioBus(run, { collectors: run.parameters.collectors });
    const idle = await spawnFor(run)(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("ready")'], {
      ready: { log: 'ready' },
    });
    run.actor('idle Node', { kind: 'runtime', process: idle });
    return { ...started, idle, account: new TaskAccount(started.client), most: { aboveBytes: 0 } };
  },
  load: ({ actors: { account }, parameters: { tasksPerSecond: ratePerSecond, durationMs } }) =>
    steady({ ratePerSecond, durationMs, send: account.send, flush: account.flush }),
  measures: ({ actors: { bus, idle } }) => [
    fromProcess(bus.broker, { actor: 'broker', intervalMs: 200 }),
    fromProcess(idle, { actor: 'idle Node', intervalMs: 200 }),
  ],
  verdicts: (run) => {
    const memoryOf = (actor: string): number => {
      const measure = run.measure('memory', actor);
      return measure.kind === 'gauge' ? measure.max : Number.NaN;
    };
    const { succeeded, planned } = run.load();
    return [
      atMost('above an idle Node, at most', () => amount((memoryOf('broker') - memoryOf('idle Node')) / MB, 'MB'), 50),
      atLeast('tasks that succeed', () => ratio(succeeded, planned), 1),
    ];
  },
});
