import { describe, expect, it } from 'vitest';
import { at, every } from '../../../src/scenarios/disruptions/schedules.js';
import { idle } from '../../../src/scenarios/load/flood.js';
import { steady } from '../../../src/scenarios/load/steady.js';
import { condition } from '../../../src/scenarios/verdicts/condition.js';
import { check } from '../../../src/scenarios/verdicts/thresholds.js';
import { listProblems, listVerdicts, PretendProcess, runOnVirtualClock } from '../support.js';

/** The verdict that stands for problems. */
const problems = (count: number): string =>
  `failed: nothing goes wrong beside the verdicts: ${count === 1 ? '1 problem' : `${count} problems`}`;

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
