import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/core/virtual-clock.js';
import { defineScenario } from '../../src/scenarios/define-scenario.js';
import { at, every } from '../../src/scenarios/disruptions/schedules.js';
import { idle } from '../../src/scenarios/load/flood.js';
import { thunderingHerd } from '../../src/scenarios/load/herd.js';
import { steady } from '../../src/scenarios/load/steady.js';
import { runScenario } from '../../src/scenarios/run-scenario.js';
import { condition } from '../../src/scenarios/verdicts/condition.js';
import { check } from '../../src/scenarios/verdicts/thresholds.js';
import { JumpingClock, listProblems, listVerdicts, PretendProcess, runOnVirtualClock } from './support.js';

const fail = (message: string) => (): never => {
  throw new Error(message);
};

/** The verdict that stands for problems. */
const problems = (count: number): string =>
  `failed: nothing goes wrong beside the verdicts: ${count === 1 ? '1 problem' : `${count} problems`}`;

describe('an error in a function of the scenario is a problem, and the rest is kept:', () => {
  it('actors', async () => {
    const disposed: string[] = [];
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.own({ [Symbol.dispose]: () => void disposed.push('a') });
        run.own({ [Symbol.dispose]: () => void disposed.push('b') });
        run.actor('server');
        return fail('no port is free')();
      },
      verdicts: () => [check('never asked', { ok: false, expected: '', actual: '' })],
    });
    expect(listProblems(result)).toEqual(['actors failed: no port is free']);
    expect(listVerdicts(result)).toEqual([problems(1)]);
    expect(disposed).toEqual(['b', 'a']);
    expect(result).toMatchObject({ verdict: 'failed', actors: [{ name: 'server' }], load: [] });
  });

  it('actors that hang, at the end of the time that the whole may take', async () => {
    const result = await runOnVirtualClock({
      timeoutMs: 3000,
      actors: async (run) => {
        run.actor('server');
        await new Promise(() => {});
      },
    });
    expect(listProblems(result)).toEqual(['the run was not over after 3 s; raise timeoutMs if it is only slow']);
    expect(result.durationMs).toBe(3000);
  });

  it('actors that are none', async () => {
    const result = await runOnVirtualClock({ actors: () => undefined });
    expect(listProblems(result)).toEqual([
      'nobody takes part: tell of each actor by run.actor(name, { kind, process })',
    ]);
    expect(result.verdict).toBe('failed');
  });

  it('load, disruptions, measures, conditions, all in one run', async () => {
    const result = await runOnVirtualClock({
      load: () => steady({ ratePerSecond: -5, durationMs: 1000, perform: () => undefined }),
      disruptions: fail('no such link'),
      measures: fail('no endpoint'),
      always: () => [condition('', () => true)],
      eventually: () => 5 as never,
      verdicts: (run) => [check('what was done', { ok: run.load().succeeded > 0, expected: '', actual: '' })],
    });
    expect(listProblems(result)).toEqual([
      'load failed: steady: ratePerSecond must be a finite number above 0; received -5',
      'disruptions failed: no such link',
      'measures failed: no endpoint',
      'always failed: condition: name must be a string that is not empty; received ""',
      'eventually failed: eventually: it must give a list; received 5',
      'verdicts failed: run.load: say which: there is none',
    ]);
    expect(listVerdicts(result)).toEqual([problems(6)]);
  });

  it('a load that is none, and two of one name', async () => {
    const none = await runOnVirtualClock({ load: () => ({ ratePerSecond: 5 }) as never });
    expect(listProblems(none)).toEqual([
      'load failed: load: it must be a load, such as steady({ … }) returns; received {"ratePerSecond":5}',
    ]);
    const herd = () => thunderingHerd({ name: 'herd', count: 1, perform: () => undefined });
    const own = { shape: { description: '', durationMs: Number.NaN }, work: { perform: () => undefined } };
    const two = await runOnVirtualClock({ load: () => [herd(), own] });
    expect(listProblems(two)).toEqual([
      [
        'load failed: load: 3 mistakes:',
        '  - [1]: shape.description must be a string that is not empty; received ""',
        '  - [1]: shape.durationMs must be a number of milliseconds, 0 or more; received NaN',
        '  - [1]: shape must have either arrivals or closed',
      ].join('\n'),
    ]);
    const twice = await runOnVirtualClock({ load: () => [herd(), herd()] });
    expect(listProblems(twice)).toEqual(['load failed: load: two loads are called "herd": give one another name']);
  });

  it('a disruption without a schedule, before anything is disrupted', async () => {
    const disruption = { kind: 'odd', target: 'server', begin: () => {} };
    const result = await runOnVirtualClock({ disruptions: () => [disruption as never] });
    expect(listProblems(result)).toEqual([
      expect.stringContaining('It is a disruption: say when, such as at({ atMs: 1000, disrupt: … })'),
    ]);
  });

  it('a disruption that cannot be begun, or taken back', async () => {
    const result = await runOnVirtualClock({
      load: () => idle({ durationMs: 1000 }),
      disruptions: () => [
        at({ atMs: 100, lastsMs: 100, disrupt: { kind: 'down', target: 'a', begin: fail('it is not there') } }),
        at({ atMs: 500, lastsMs: 100, disrupt: { kind: 'down', target: 'b', begin: () => fail('it is stuck') } }),
      ],
    });
    expect(listProblems(result)).toEqual([
      'down of a could not be begun: it is not there',
      'down of b could not be taken back: it is stuck',
    ]);
    expect(result.problems.map(({ subject }) => subject)).toEqual(['a', 'b']);
  });

  it('a load whose errors cannot be read', async () => {
    const hostile = Object.defineProperty(new Error(), 'message', { get: fail('never') });
    const result = await runOnVirtualClock({
      load: () => thunderingHerd({ count: 2, withinMs: 10, perform: () => Promise.reject(hostile) }),
    });
    expect(result.load).toMatchObject([
      { failed: 2, failures: [{ message: 'an error that cannot be read', count: 2 }] },
    ]);
  });

  it.each([
    ['its beginning', () => new Promise<never>(() => {})],
    ['taking it back', () => () => new Promise<never>(() => {})],
  ])('a disruption that never ends: %s', async (_, begin) => {
    const result = await runOnVirtualClock({
      load: () => idle({ durationMs: 100 }),
      disruptions: () => [at({ atMs: 10, lastsMs: 10, disrupt: { kind: 'down', target: 'a', begin } })],
    });
    expect(result.problems).toMatchObject([{ message: 'down of a has not been taken back after 60 s', subject: 'a' }]);
    expect(result).toMatchObject({ verdict: 'failed', disruptions: [{ kind: 'down', fromMs: 10 }] });
    expect(result.load).toMatchObject([{ planned: 0 }]);
  });

  it('a slip, of which is told where it was', async () => {
    const result = await runOnVirtualClock({
      analysis: (run) => {
        const none: unknown = run.actors;
        return (none as { readonly lab: never[] }).lab;
      },
    });
    expect(listProblems(result)).toEqual([
      expect.stringMatching(
        /^analysis failed: Cannot read properties of undefined \(reading 'lab'\) \(\S*failures\.test\.ts:\d+:\d+\)$/,
      ),
    ]);
  });

  it('totals of one that is gone, which never answers', async () => {
    const result = await runOnVirtualClock({
      actors: (run) => run.actor('a', { totals: () => new Promise(() => {}) }).markEnded(),
    });
    expect(result).toMatchObject({ verdict: 'passed', actors: [{ totals: {} }] });
  });

  it('totals that are no numbers', async () => {
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('a', { totals: () => ({ done: 3, share: Number.NaN, bytes: 5n as never }) });
        run.actor('b', { totals: () => 'none' as never });
      },
    });
    expect(listProblems(result)).toEqual([
      [
        'totals of a failed: totals: 2 mistakes:',
        '  - share must be a finite number; received NaN',
        '  - bytes must be a finite number; received 5n',
      ].join('\n'),
      'totals of b failed: totals: it must give an object of numbers; received "none"',
    ]);
  });

  it('measures that are no list', async () => {
    const result = await runOnVirtualClock({ measures: () => 5 as never, load: () => idle({ durationMs: 10 }) });
    expect(listProblems(result)).toEqual([
      'measures failed: measures: it must give a list of sources, such as [fromLog(…)]; received 5. What the test counts itself goes into run.measures',
    ]);
    expect(result.load).toMatchObject([{ planned: 0 }]);
  });

  it('an analysis that is none', async () => {
    const wrong = [{ title: 5, table: { columns: 1, rows: [[{}]] } }, { title: 'right' }] as never;
    expect(listProblems(await runOnVirtualClock({ analysis: () => wrong }))).toEqual([
      [
        'analysis failed: analysis: 3 mistakes:',
        '  - section 0: title must be a string; received 5',
        '  - section 0: table.columns must be a list of strings; received 1',
        '  - section 0: table.rows must be a list of lists of strings and finite numbers; received [[{}]]',
      ].join('\n'),
    ]);
    expect(listProblems(await runOnVirtualClock({ analysis: () => 5 as never }))).toEqual([
      'analysis failed: analysis: it must give a list of sections, each with a title; received 5',
    ]);
  });

  it('what was measured while the actors were made is kept', async () => {
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.measures.counter('started').add(3);
        return fail('no port is free')();
      },
    });
    expect(result.measures).toMatchObject([{ name: 'started', total: 3 }]);
  });

  it('an actor with options that there are not', async () => {
    const result = await runOnVirtualClock({
      actors: (run) => void run.actor('a', { proces: 5, mayExit: 'yes' } as never),
    });
    expect(listProblems(result)).toEqual([
      [
        'actors failed: run.actor: 2 mistakes:',
        '  - "proces" is no option. Did you mean "process"?',
        '  - mayExit must be true or false; received "yes"',
      ].join('\n'),
    ]);
  });

  it('totals that fail or hang', async () => {
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('a', { totals: fail('no answer') });
        run.actor('b', { totals: () => new Promise(() => {}) });
        run.actor('c', { totals: () => ({ done: 3 }) });
      },
    });
    expect(listProblems(result)).toEqual([
      'totals of a failed: no answer',
      'totals of b failed: totals of b has not ended after 5 s',
    ]);
    expect(result.actors.map(({ totals }) => totals)).toEqual([{}, {}, { done: 3 }]);
  });

  it('a verdict that throws is failed, whatever was expected of it; the others are asked', async () => {
    const known = { reason: 'known' };
    const assertion = Object.assign(new Error('expected 3 to be 5\n- 5\n+ 3'), { name: 'AssertionError' });
    const result = await runOnVirtualClock({
      verdicts: () => [
        check('throws', fail('no answer')).expectedToFail(known),
        check('hangs', () => new Promise(() => {})),
        check('asserts', () => {
          throw assertion;
        }).expectedToFail(known),
        check('is no answer', () => 5 as never),
        check('is good', { ok: true, expected: 'x', actual: 'x' }),
      ],
    });
    expect(listVerdicts(result)).toEqual([
      'failed: throws: it could not be judged: no answer',
      'failed: hangs: it could not be judged: verdict "hangs" has not ended after 30 s',
      'expected-failure: asserts: expected 3 to be 5',
      'failed: is no answer: it could not be judged: verdict: judge must give { ok, expected, actual }; received 5',
      'passed: is good: x',
    ]);
    expect(result.verdicts[2]?.details).toEqual(['- 5', '+ 3']);
  });

  it('verdicts that are none, and two of one name', async () => {
    const good = check('good', { ok: true, expected: '', actual: '' });
    const result = await runOnVirtualClock({ verdicts: () => [good, good, { ok: true } as never] });
    expect(listProblems(result)).toEqual([
      'verdicts failed: verdicts: 2 mistakes:\n  - two verdicts are called "good"\n  - verdict 2 must be one, such as atLeast(…) returns; received {"ok":true}',
    ]);
  });

  it('analysis', async () => {
    const result = await runOnVirtualClock({ analysis: fail('nothing to say') });
    expect(listProblems(result)).toEqual(['analysis failed: nothing to say']);
  });

  it('teardown, each failure, in reverse', async () => {
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('server');
        run.own({ [Symbol.dispose]: fail('it is busy') }, 'the lab');
        run.own({ [Symbol.asyncDispose]: async () => fail('it is gone')() }, 'the process');
      },
    });
    expect(listProblems(result)).toEqual([
      'the process could not be torn down: it is gone',
      'the lab could not be torn down: it is busy',
    ]);
    expect(result.verdict).toBe('failed');
  });

  it('a teardown that hangs: what it is of, and the rest is torn down', async () => {
    const disposed: string[] = [];
    const hangs = { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) };
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('server');
        run.own({ [Symbol.dispose]: () => void disposed.push('folder') });
        run.own(hangs, 'the lab');
        run.own({ ...hangs, name: 'worker-3' });
        run.own({ ...hangs, command: 'node', args: ['coordinator.js', '--port', '80'] });
        run.scope.child('network').use({ ...hangs });
        run.own({ [Symbol.dispose]: () => void disposed.push('socket') });
      },
    });
    expect(listProblems(result)).toEqual([
      'network / resource #1 could not be torn down: it has not ended after 30 s',
      'node coordinator.js --port 80 could not be torn down: it has not ended after 30 s',
      'worker-3 could not be torn down: it has not ended after 1 s',
      'the lab could not be torn down: it has not ended after 1 s',
    ]);
    expect(disposed).toEqual(['socket', 'folder']);
  });

  it('leaks that are told', async () => {
    const result = await runOnVirtualClock({ leaks: () => ['namespace lab-3', 'file /tmp/x'] });
    expect(result.verdicts).toEqual([
      {
        name: 'nothing is left',
        status: 'failed',
        expected: 'nothing',
        actual: '2 things',
        details: ['namespace lab-3', 'file /tmp/x'],
      },
    ]);
    expect(listVerdicts(await runOnVirtualClock({ leaks: () => [] }))).toEqual(['passed: nothing is left: nothing']);
  });
});

describe('an actor that dies', () => {
  it('before the load begins ends the run: nothing that follows would mean anything', async () => {
    const process = new PretendProcess();
    const performed: number[] = [];
    const result = await runOnVirtualClock({
      actors: async (run) => {
        run.actor('server', { kind: 'server', process });
        run.clock.setTimer(() => process.end(3), 100);
        await run.clock.sleep(60_000);
      },
      load: () => steady({ ratePerSecond: 10, durationMs: 1000, perform: () => void performed.push(1) }),
    });
    expect(listProblems(result)).toEqual(['server exited with code 3, before the load began']);
    expect(result).toMatchObject({
      verdict: 'failed',
      durationMs: 100,
      actors: [{ spells: [{ fromMs: 0, untilMs: 100, end: 'exited with code 3' }] }],
      events: [{ name: 'ended early', details: 'server died before the load began' }],
    });
    expect(performed).toEqual([]);
  });

  it('and is the last of its kind ends the load; what was found out until then is kept and judged', async () => {
    const process = new PretendProcess();
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('server', { kind: 'server', process });
        run.actor('client', { kind: 'client' });
        run.clock.setTimer(() => process.end(), 450);
      },
      load: () => steady({ ratePerSecond: 10, durationMs: 60_000, perform: () => undefined }),
      eventually: () => [condition('all is done', () => false)],
      verdicts: (run) => [check('some were served', { ok: run.load().succeeded === 5, expected: '5', actual: '5' })],
    });
    expect(listProblems(result)).toEqual(['server exited with code 1, though nothing in the scenario ended it']);
    expect(result.problems[0]).toMatchObject({ atMs: 450, subject: 'server' });
    expect(listVerdicts(result)).toEqual([
      'failed: eventually: all is done: the run ended before it did: no server is left',
      'passed: some were served: 5',
      'passed: nothing is left: nothing',
      problems(1),
    ]);
    expect(result).toMatchObject({ durationMs: 450, load: [{ planned: 600, started: 5 }] });
  });

  it('and has others of its kind beside it is a problem, and the load goes on', async () => {
    const process = new PretendProcess();
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('worker-1', { kind: 'worker', process });
        run.actor('worker-2', { kind: 'worker' });
        run.clock.setTimer(() => process.end(), 450);
      },
      load: () => idle({ durationMs: 2000 }),
    });
    expect(listProblems(result)).toEqual(['worker-1 exited with code 1, though nothing in the scenario ended it']);
    expect(result.durationMs).toBe(2000);
  });

  it('and may is none', async () => {
    const process = new PretendProcess();
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('job', { process, mayExit: true });
        run.clock.setTimer(() => process.end(0), 450);
      },
      load: () => idle({ durationMs: 2000 }),
    });
    expect(result).toMatchObject({
      verdict: 'passed',
      actors: [{ spells: [{ fromMs: 0, untilMs: 450, end: 'exited with code 0' }] }],
    });
  });

  it('tells the last that it wrote, as far as that is kept', async () => {
    const [talking, silent] = [new PretendProcess(), new PretendProcess()];
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const logs = (kept: readonly string[]) => ({ logs: { tail: (count: number) => kept.slice(-count) } });
    const result = await runOnVirtualClock({
      actors: async (run) => {
        run.actor('server', { process: Object.assign(talking, logs(lines)) });
        run.actor('client', { process: Object.assign(silent, logs([])) });
        talking.end(3);
        silent.end(4);
        await run.clock.sleep(10);
      },
    });
    expect(listProblems(result)).toEqual([
      ['server exited with code 3, before the load began; the last it wrote:', ...lines.slice(-10)].join('\n  '),
      'client exited with code 4, before the load began; it wrote nothing',
    ]);
  });

  it('by what a disruption does to its process is none, and there is another spell when it is started again', async () => {
    const process = new PretendProcess();
    const result = await runOnVirtualClock({
      actors: (run) => void run.actor('worker', { process }),
      load: () => idle({ durationMs: 5000 }),
      disruptions: () => [
        every({
          periodMs: 2000,
          lastsMs: 500,
          disrupt: {
            kind: 'restart',
            target: 'worker',
            begin: (context) =>
              context.hold(process, 'down', true, (held) => {
                if (held.length > 0) process.end(143);
                else process.start();
              }),
          },
        }),
      ],
    });
    expect(listProblems(result)).toEqual([]);
    expect(result.actors[0]?.spells).toEqual([
      { fromMs: 0, untilMs: 2000, end: 'exited with code 143' },
      { fromMs: expect.closeTo(2500, -2), untilMs: 4000, end: 'exited with code 143' },
      { fromMs: expect.closeTo(4500, -2) },
    ]);
  });

  it('after such a disruption, by itself, is a problem', async () => {
    const process = new PretendProcess();
    const result = await runOnVirtualClock({
      actors: (run) => {
        run.actor('worker', { process });
        run.clock.setTimer(() => process.end(1), 3000);
      },
      load: () => idle({ durationMs: 5000 }),
      disruptions: () => [
        at({
          atMs: 1000,
          lastsMs: 500,
          disrupt: {
            kind: 'freeze',
            target: 'worker',
            begin: (context) => context.hold(process, 'frozen', true, () => {}),
          },
        }),
        at({
          atMs: 2000,
          disrupt: {
            kind: 'poke',
            target: 'worker',
            lasts: 'none',
            begin: (context) => context.inTurn(process, () => {}),
          },
        }),
      ],
    });
    expect(listProblems(result)).toEqual(['worker exited with code 1, though nothing in the scenario ended it']);
  });

  it('and was never handed to the run is left', async () => {
    const process = new PretendProcess();
    const result = await runOnVirtualClock({ actors: (run) => void run.actor('worker', { process }) });
    expect(result.verdicts).toMatchObject([
      {
        name: 'nothing is left',
        status: 'failed',
        details: ['worker: its process 4711 still runs; hand it to run.own()'],
      },
    ]);
  });
});

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

describe('run.actor', () => {
  it('refuses names that are taken or empty, and what is no process', async () => {
    const messages: unknown[] = [];
    await runOnVirtualClock({
      actors: (run) => {
        run.actor('a');
        for (const attempt of [
          () => run.actor('a', { kind: '', process: {} as never }),
          () => run.actor('', null as never),
          () => (run as unknown as { readonly actors: unknown }).actors,
        ])
          try {
            attempt();
          } catch (error) {
            messages.push(error instanceof Error ? error.message : error);
          }
      },
    });
    expect(messages).toEqual([
      [
        'run.actor: 3 mistakes:',
        '  - there is an actor "a" already',
        '  - kind must be a string that is not empty; received ""',
        '  - process must be one, such as spawn() gives, or worker.process; received {}',
      ].join('\n'),
      'run.actor: 2 mistakes:\n  - name must be a string that is not empty; received ""\n  - options must be an object; received null',
      'run.actors: they are not there before the function actors has returned them',
    ]);
  });

  it('follows one without a process by what it is told', async () => {
    const result = await runOnVirtualClock({
      actors: (run) => run.actor('client'),
      load: ({ actors, clock }) => {
        clock.setTimer(() => actors.markEnded('disconnected'), 100);
        clock.setTimer(() => actors.markEnded('twice'), 150);
        clock.setTimer(() => actors.markStarted(), 300);
        return idle({ durationMs: 1000 });
      },
    });
    expect(result).toMatchObject({
      verdict: 'passed',
      actors: [{ spells: [{ fromMs: 0, untilMs: 100, end: 'disconnected' }, { fromMs: 300 }] }],
    });
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
