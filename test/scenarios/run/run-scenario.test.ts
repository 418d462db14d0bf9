import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { defineScenario } from '../../../src/scenarios/define-scenario.js';
import { kill } from '../../../src/scenarios/disruptions/process-disruptions.js';
import { at, every } from '../../../src/scenarios/disruptions/schedules.js';
import { idle } from '../../../src/scenarios/load/flood.js';
import { thunderingHerd } from '../../../src/scenarios/load/herd.js';
import { steady } from '../../../src/scenarios/load/steady.js';
import { fromFunction } from '../../../src/scenarios/measures/sources/from-function.js';
import { runScenario } from '../../../src/scenarios/run/run-scenario.js';
import type { ScenarioProgress } from '../../../src/scenarios/scenario-progress.js';
import { condition } from '../../../src/scenarios/verdicts/condition.js';
import { percentile, ratio } from '../../../src/scenarios/verdicts/figure.js';
import { atLeast, atMost, check } from '../../../src/scenarios/verdicts/thresholds.js';
import { listProblems, listVerdicts, PretendProcess, runOnVirtualClock } from '../support.js';

/** A server that is taken down for a while now and then. */
class Server {
  isUp = true;
  async handle(): Promise<void> {
    if (!this.isUp) throw new Error('connection refused');
  }
}

describe('runScenario', () => {
  it('goes through its phases in order, and tells all that it found out', async () => {
    const steps: string[] = [];
    const result = await runOnVirtualClock(
      {
        name: 'churn',
        description: 'A server goes down now and then.',
        parameters: { ratePerSecond: 10, durationMs: 60_000, downMs: 300 },
        quick: { durationMs: 10_000 },
        actors: (run) => {
          steps.push(`actors at ${run.elapsedMs()}`);
          run.own({ [Symbol.dispose]: () => void steps.push('disposed') });
          run.actor('server', { kind: 'server', totals: () => ({ handled: 97 }) });
          return new Server();
        },
        load: ({ parameters, actors }) => {
          steps.push('load');
          const { ratePerSecond, durationMs } = parameters;
          return steady({ name: 'requests', ratePerSecond, durationMs, perform: () => actors.handle() });
        },
        disruptions: ({ actors, parameters, event }) => [
          every({
            periodMs: 4000,
            lastsMs: parameters.downMs,
            disrupt: {
              kind: 'down',
              target: 'server',
              begin: () => {
                actors.isUp = false;
                return () => {
                  actors.isUp = true;
                  event('up again', { actor: 'server' });
                };
              },
            },
          }),
        ],
        measures: ({ actors, measures }) => {
          measures.counter('own').add(3);
          return [fromFunction('is up', () => Number(actors.isUp))];
        },
        always: ({ actors }) => [
          condition('it is up', () => actors.isUp, { knownFailure: { reason: 'it is taken down', link: '#7' } }),
          condition('it is there', () => actors),
        ],
        eventually: ({ actors }) => [condition('it is up in the end', () => actors.isUp)],
        verdicts: (run) => [
          atLeast('requests that succeed', () => ratio(run.load().succeeded, run.load().planned), 0.9),
          atMost('p99', () => percentile(run.measure('requests latency'), 99), 1),
          check('the server handled them', {
            ok: run.actorResults[0]?.totals['handled'] === 97,
            expected: '97',
            actual: '97',
          }),
          check('disruptions are told', { ok: run.disruptions.length === 2, expected: '2', actual: '2' }),
        ],
        analysis: (run) => [{ title: 'Downtimes', paragraphs: [`${run.disruptions.length} times`] }],
      },
      { quick: true },
    );
    expect(steps).toEqual(['actors at 0', 'load', 'disposed']);
    expect(result).toMatchObject({
      version: 1,
      name: 'churn',
      description: 'A server goes down now and then.',
      verdict: 'expected-failure',
      seed: 1,
      quick: true,
      durationMs: 10_000,
      parameters: { ratePerSecond: 10, durationMs: 10_000, downMs: 300 },
      actors: [{ name: 'server', kind: 'server', spells: [{ fromMs: 0 }], totals: { handled: 97 } }],
      load: [
        {
          name: 'requests',
          shape: 'steady, 10 a second for 10 s',
          planned: 100,
          started: 100,
          succeeded: 94,
          failed: 6,
          unfinished: 0,
          failures: [{ message: 'connection refused', count: 6 }],
        },
      ],
      disruptions: [
        { kind: 'down', target: 'server', fromMs: 4000, untilMs: 4300 },
        { kind: 'down', target: 'server', fromMs: 8000, untilMs: 8300 },
      ],
      events: [
        { atMs: 4000, name: 'no longer holds: it is up', details: 'it was false' },
        { atMs: 4300, name: 'up again', actor: 'server' },
        { atMs: 8300, name: 'up again', actor: 'server' },
      ],
      analysis: [{ title: 'Downtimes', paragraphs: ['2 times'] }],
      problems: [],
    });
    expect(result.measures.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'histogram requests latency',
      'counter requests succeeded',
      'counter requests failed',
      'counter own',
      'gauge requests in flight',
      'gauge is up',
    ]);
    expect(listVerdicts(result)).toEqual([
      'expected-failure: always: it is up: it did not at 4 s, and at 6 of 102 looks in all',
      'passed: always: it is there: it did, at 102 looks',
      'passed: eventually: it is up in the end: it did after 0 ms',
      'passed: requests that succeed: 94 % (94 of 100)',
      expect.stringMatching(/^passed: p99: 0 ms \(94 samples/),
      'passed: the server handled them: 97',
      'passed: disruptions are told: 2',
    ]);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it('gives the same load, disruptions and draws for the same seed, and others for another', async () => {
    const definition = () => ({
      actors: ({
        actor,
        random,
      }: {
        actor: (name: string) => unknown;
        random: { fork(label: string): { float(): number } };
      }) => {
        actor('server');
        return random.fork('mine').float();
      },
      load: () =>
        steady({ ratePerSecond: 100, durationMs: 2000, spacing: 'poisson' as const, perform: () => undefined }),
      verdicts: ({ actors }: { readonly actors: number }) => [
        check(`drew ${actors}`, { ok: true, expected: '', actual: '' }),
      ],
    });
    const summarize = async (seed: number): Promise<unknown> => {
      const { load, verdicts, measures } = await runOnVirtualClock<object, number>(definition(), { seed });
      return { load, verdicts, measures };
    };
    expect(await summarize(3)).toEqual(await summarize(3));
    expect(await summarize(3)).not.toEqual(await summarize(4));
  });

  it('takes a seed that nobody chose, and tells it', async () => {
    const seeds = await Promise.all(
      [1, 2].map(async () => {
        const clock = new VirtualClock();
        const scenario = defineScenario({ name: 'a', actors: (run) => void run.actor('server') });
        const running = runScenario(scenario, { clock });
        await clock.runAll();
        return (await running).seed;
      }),
    );
    expect(seeds[0]).not.toBe(seeds[1]);
  });

  it('calls a process that is disrupted as its actor, unless the disruption has a name for it', async () => {
    const server = Object.assign(new PretendProcess(), { state: 'running', command: 'node', kill: async () => {} });
    const result = await runOnVirtualClock({
      actors: (run) => void run.actor('worker-3', { process: server, mayExit: true }),
      load: () => idle({ durationMs: 1000 }),
      disruptions: () => [
        at({ atMs: 100, disrupt: kill(server) }),
        at({ atMs: 200, disrupt: () => [kill(server), kill({ ...server })] }),
        at({ atMs: 300, disrupt: kill(server, { name: 'the third' }) }),
        at({ atMs: 5000, disrupt: kill(server) }),
      ],
    });
    expect(result.disruptions.map(({ target }) => target)).toEqual([
      'worker-3',
      'worker-3',
      'node',
      'the third',
      'worker-3',
    ]);
    expect(result.problems.at(-1)).toMatchObject({
      message: expect.stringMatching(/^kill of worker-3 never begun/),
      subject: 'worker-3',
    });
  });

  it('counts times of disruptions from the beginning of the load, and tells them from that of the run', async () => {
    const result = await runOnVirtualClock({
      actors: async (run) => {
        run.actor('server');
        await run.clock.sleep(5000);
      },
      disruptions: () => [at({ atMs: 100, lastsMs: 50, disrupt: { kind: 'odd', target: 'server', begin: () => {} } })],
      load: () => thunderingHerd({ count: 1, withinMs: 1000, perform: () => undefined }),
    });
    expect(result.disruptions).toMatchObject([{ fromMs: 5100, untilMs: 5150 }]);
  });

  it('lets the disruptions take their time where there is no load', async () => {
    const result = await runOnVirtualClock({
      disruptions: () => [
        at({ atMs: 3000, lastsMs: 500, disrupt: { kind: 'odd', target: 'server', begin: () => {} } }),
      ],
    });
    expect(result).toMatchObject({ verdict: 'passed', durationMs: 3500, load: [] });
  });

  it('waits at the end until what must come true has', async () => {
    let isDone = false;
    const result = await runOnVirtualClock({
      load: ({ clock }) =>
        thunderingHerd({
          count: 1,
          perform: () => {
            clock.setTimer(() => {
              isDone = true;
            }, 2000);
          },
        }),
      eventually: () => [
        condition('it is done', () => isDone),
        condition('it is done at once', () => isDone, { withinMs: 100 }),
        condition(
          'it can be asked',
          () => {
            throw new Error('not connected');
          },
          { withinMs: 10, knownFailure: { reason: 'nobody answers' } },
        ),
      ],
    });
    expect(listVerdicts(result)).toEqual([
      expect.stringMatching(/^passed: eventually: it is done: it did after 2(\.0\d+)? s$/),
      'failed: eventually: it is done at once: it did not',
      'expected-failure: eventually: it can be asked: it did not: not connected',
    ]);
    expect(result.verdict).toBe('failed');
  });

  it('passes nothing over that always had to hold: what throws, what never answers', async () => {
    const result = await runOnVirtualClock({
      load: () => thunderingHerd({ count: 1, withinMs: 1000, perform: () => undefined }),
      always: ({ elapsedMs }) => [
        condition('it does not throw', () => {
          if (elapsedMs() >= 500) throw new Error('gone');
          return true;
        }),
        condition('it answers', () => new Promise(() => {}), { everyMs: 10 }),
      ],
    });
    expect(listVerdicts(result)).toEqual([
      'failed: always: it does not throw: it did not at 500 ms, and at 6 of 11 looks in all',
      'failed: always: it answers: the look at 0 ms was never answered, after 0 looks that were',
    ]);
    expect(result.verdicts[0]?.details).toEqual(['it threw: gone']);
  });

  it('says that what was expected to fail has passed', async () => {
    const result = await runOnVirtualClock({
      verdicts: () => [
        check('a', { ok: true, expected: 'x', actual: 'x' }).expectedToFail({
          reason: 'known',
          link: 'https://x.test/1',
        }),
      ],
    });
    expect(result.verdict).toBe('unexpectedly-passed');
    expect(result.verdicts).toEqual([
      {
        name: 'a',
        status: 'unexpectedly-passed',
        expected: 'x',
        actual: 'x',
        reason: 'known',
        link: 'https://x.test/1',
      },
    ]);
  });

  it('counts as unfinished what has not been answered in the end', async () => {
    const result = await runOnVirtualClock({
      load: () => thunderingHerd({ count: 3, perform: ({ id }) => (id === 0 ? undefined : new Promise(() => {})) }),
    });
    expect(result.load).toMatchObject([{ succeeded: 1, failed: 0, unfinished: 2 }]);
    expect(result.durationMs).toBe(5000);
  });

  it('tells how far it is at every change of phase, and once a second between', async () => {
    const told: ScenarioProgress[] = [];
    const result = await runOnVirtualClock(
      { load: () => steady({ ratePerSecond: 10, durationMs: 2500, perform: () => undefined }) },
      { onProgress: (progress) => told.push(progress) },
    );
    expect(
      told.map(({ phase, elapsedMs, started, ratePerSecond }) => [phase, elapsedMs, started, ratePerSecond]),
    ).toEqual([
      ['actors', 0, 0, 0],
      ['load', 0, 0, 0],
      ['load', 1000, 10, 10],
      ['load', 2000, 20, 10],
      ['eventually', 2500, 25, 10],
      ['verdicts', 2500, 25, 0],
      ['teardown', 2500, 25, 0],
      ['done', 2500, 25, 0],
    ]);
    expect(told.at(-1)).toMatchObject({
      name: 'a scenario',
      plannedMs: 2500,
      loadMs: 2500,
      succeeded: 25,
      problems: 0,
    });
    expect(result.verdict).toBe('passed');
  });

  it('survives an onProgress that fails', async () => {
    const result = await runOnVirtualClock(
      {},
      {
        onProgress: () => {
          throw new Error('no terminal');
        },
      },
    );
    expect(listProblems(result)).toEqual(['onProgress failed: no terminal']);
  });

  it('lets what it hands out be taken out of it', async () => {
    const result = await runOnVirtualClock({
      actors: ({ actor, own, event, elapsedMs, findActor }) => {
        own({ [Symbol.dispose]: () => {} }, 'a thing');
        actor('one');
        event(`at ${elapsedMs()}, ${findActor('one')?.name}`);
        return undefined;
      },
      load: () => thunderingHerd({ count: 1, perform: () => undefined }),
      verdicts: ({ load, measure }) => [
        check(`${load('load').succeeded} ${measure('load succeeded').name}`, { ok: true, expected: '', actual: '' }),
      ],
    });
    expect(listProblems(result)).toEqual([]);
    expect(listVerdicts(result)).toEqual(['passed: 1 load succeeded: ']);
  });
});

describe('runScenario refuses before anything is begun', () => {
  it('options and parameters that cannot be, all at once', async () => {
    let begun = 0;
    const scenario = defineScenario({
      name: 'churn',
      parameters: { workers: 3, durationMs: 100 },
      actors: () => {
        begun += 1;
      },
    });
    const options: unknown = { seed: -1, quick: 'yes', parameters: { worker: 2, durationMs: -1 }, clock: 5, sed: 1 };
    await expect(runScenario(scenario, options as object)).rejects.toThrow(
      [
        'runScenario: 6 mistakes:',
        '  - "sed" is no option. Did you mean "seed"?',
        '  - seed must be an integer from 0 to 4294967295; received -1',
        '  - quick must be true or false; received "yes"',
        '  - clock must be a Clock; received 5',
        '  - parameters.worker is no parameter. Did you mean "workers"?',
        '  - parameters.durationMs must be 0 or more; received -1',
      ].join('\n'),
    );
    expect(begun).toBe(0);
  });

  it('what the scenario itself finds wrong with its parameters', async () => {
    const scenario = defineScenario({
      name: 'churn',
      parameters: { workers: 3 },
      findMistakes: ({ workers }) => (workers < 2 ? [`workers must be 2 or more; received ${workers}`] : []),
      actors: (run) => void run.actor('server'),
    });
    await expect(runScenario(scenario, { parameters: { workers: 1 } })).rejects.toThrow(
      'scenario "churn": workers must be 2 or more; received 1',
    );
  });

  it('what is no scenario', async () => {
    await expect(runScenario({} as never)).rejects.toThrow(
      'runScenario: it takes what defineScenario returned; received {}',
    );
  });
});
