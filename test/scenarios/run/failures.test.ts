import { describe, expect, it } from 'vitest';
import { at } from '../../../src/scenarios/disruptions/schedules.js';
import { idle } from '../../../src/scenarios/load/flood.js';
import { thunderingHerd } from '../../../src/scenarios/load/herd.js';
import { steady } from '../../../src/scenarios/load/steady.js';
import { condition } from '../../../src/scenarios/verdicts/condition.js';
import { check } from '../../../src/scenarios/verdicts/thresholds.js';
import { listProblems, listVerdicts, runOnVirtualClock } from '../support.js';

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
    expect(result.problems.map(({ subject, atMs }) => [subject, atMs])).toEqual([
      ['a', 100],
      ['b', 600],
    ]);
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
