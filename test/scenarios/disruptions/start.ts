import { createRandom } from '../../../src/core/random.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import type { MockWorker } from '../../../src/process/workers/mock-worker.js';
import { startWorker, type WorkerOptions } from '../../../src/process/workers/start-worker.js';
import type { Disruption } from '../../../src/scenarios/disruptions/disruption.js';
import { DisruptionPlan } from '../../../src/scenarios/disruptions/disruption-plan.js';
import { at } from '../../../src/scenarios/disruptions/schedules.js';
import type { DisruptionRecord } from '../../../src/scenarios/scenario-result.js';
import { keep } from '../../support/keep.js';

type Subject = typeof import('./child/subject.js').default;

/** A process to disrupt, which ends with the test. */
export async function startSubject(options: WorkerOptions = {}): Promise<MockWorker<Subject>> {
  return keep(
    await startWorker<Subject>(new URL('./child/subject.ts', import.meta.url), {
      name: 'subject',
      args: {},
      ...options,
    }),
  );
}

/** One disruption that was begun for real, in steps: what a test does while it is in effect lies between. */
export interface Begun {
  /** Ends it. */
  end(): Promise<DisruptionRecord | undefined>;
}

/** Begins disruptions together; in effect when this resolves. */
export async function begin(...disrupt: readonly Disruption[]): Promise<Begun> {
  const clock = new VirtualClock();
  let tell = (): void => {};
  const changes: DisruptionRecord[] = [];
  const inEffect = new Promise<void>((resolve) => {
    tell = resolve;
  });
  let waiting = disrupt.length;
  const counted = disrupt.map(
    (each): Disruption => ({
      ...each,
      async begin(context) {
        try {
          return await each.begin(context);
        } finally {
          waiting -= 1;
          if (waiting === 0) tell();
        }
      },
    }),
  );
  const run = new DisruptionPlan([at({ atMs: 0, disrupt: counted })]).start({
    clock,
    random: createRandom(1),
    onChange: (record) => changes.push(record),
  });
  await clock.advance(0);
  await inEffect;
  return { end: async () => (await run.heal())[0] };
}
