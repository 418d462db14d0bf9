import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { defineScenario } from '../../../src/scenarios/define-scenario.js';
import { at, every } from '../../../src/scenarios/disruptions/schedules.js';
import { steady } from '../../../src/scenarios/load/steady.js';
import { runScenario } from '../../../src/scenarios/run/run-scenario.js';
import { condition } from '../../../src/scenarios/verdicts/condition.js';
import { JumpingClock, listProblems, runOnVirtualClock } from '../support.js';

describe('a clock that jumps', () => {
  it('by an hour ends a load of a minute: what was missed is caught up with, once, and told', async () => {
    const clock = new JumpingClock();
    const scenario = defineScenario({
      name: 'jump',
      timeoutMs: 10_000_000,
      actors: (run) => void run.actor('server'),
      load: () => steady({ ratePerSecond: 100, durationMs: 60_000, perform: () => undefined }),
      disruptions: () => [
        every({ periodMs: 1000, lastsMs: 100, disrupt: { kind: 'odd', target: 'server', begin: () => {} } }),
      ],
      always: () => [condition('it is up', () => true)],
    });
    const told: number[] = [];
    const running = runScenario(scenario, { clock, onProgress: ({ elapsedMs }) => told.push(elapsedMs) });
    clock.setTimer(() => clock.jump(3_600_000), 10_050);
    await clock.runAll();
    const result = await running;
    expect(result).toMatchObject({
      verdict: 'passed',
      load: [{ planned: 6000, started: 6000, succeeded: 6000 }],
      events: [
        { name: 'arrivals missed', details: expect.stringContaining('4,995 arrivals began more than 1 s late') },
      ],
    });
    expect(result.disruptions.length).toBeLessThanOrEqual(12);
    expect(told.length).toBeLessThan(20);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });
});

describe('what a result can hold', () => {
  it('is bounded: events beyond the first 10,000 are not kept, and that is told', async () => {
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('server');
        for (let count = 0; count < 20_000; count += 1) run.event('tick');
      },
    });
    expect(result.events).toHaveLength(10_000);
    expect(listProblems(result)).toEqual(['only the first 10000 events are kept']);
  });
});

describe('a run that is called off', () => {
  it('is torn down at once, and what was found out until then is the result', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const steps: string[] = [];
    const scenario = defineScenario({
      name: 'long',
      actors: (run) => {
        run.own({ [Symbol.dispose]: () => void steps.push('disposed') });
        run.actor('server');
      },
      load: () => steady({ ratePerSecond: 10, durationMs: 60_000, perform: () => clock.sleep(150) }),
      disruptions: () => [
        at({
          atMs: 100,
          disrupt: { kind: 'down', target: 'server', begin: () => () => void steps.push('healed') },
        }),
      ],
      verdicts: () => {
        steps.push('judged');
        return [];
      },
    });
    const running = runScenario(scenario, { clock, signal: controller.signal });
    clock.setTimer(() => controller.abort('enough'), 1040);
    await clock.runAll();
    const result = await running;
    expect(steps).toEqual(['healed', 'disposed']);
    expect(listProblems(result)).toEqual(['the run was called off: "enough"']);
    expect(result).toMatchObject({
      verdict: 'failed',
      durationMs: 1040,
      load: [{ planned: 600, started: 11, succeeded: 9, unfinished: 2 }],
      disruptions: [{ kind: 'down', fromMs: 100, untilMs: 1040 }],
    });
    expect(clock.pendingTimers).toBeLessThanOrEqual(2);
  });

  it('before it began makes nothing', async () => {
    const made: number[] = [];
    const result = await runOnVirtualClock({ actors: () => void made.push(1) }, { signal: AbortSignal.abort('no') });
    expect([made, result.verdict]).toEqual([[], 'failed']);
    expect(listProblems(result)).toEqual(['the run was called off: "no"']);
  });

  it('by the end of its time has a result', async () => {
    const result = await runOnVirtualClock({
      timeoutMs: 2000,
      load: () => steady({ ratePerSecond: 10, durationMs: 60_000, perform: () => undefined }),
    });
    expect(listProblems(result)).toEqual(['the run was not over after 2 s; raise timeoutMs if it is only slow']);
    expect(result.load).toMatchObject([{ planned: 600, started: 20 }]);
  });
});
