import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { spawn } from '../../src/process/spawn.js';
import { assertScenario } from '../../src/scenarios/assert-scenario.js';
import { runScenarioCommand, type ScenarioCommandOptions } from '../../src/scenarios/command/run-scenario-command.js';
import { defineScenario } from '../../src/scenarios/define-scenario.js';
import { idle } from '../../src/scenarios/load/flood.js';
import { runScenarios } from '../../src/scenarios/run/run-scenarios.js';
import type { ScenarioReport } from '../../src/scenarios/scenario-result.js';
import { check } from '../../src/scenarios/verdicts/thresholds.js';
import { TYPESCRIPT } from '../support/typescript.js';

const answer = (ok: boolean) => ({ ok, expected: '3 of 3', actual: '2 of 3', details: ['task-2 is lost'] });

const actors = (run: { actor(name: string): unknown }): void => void run.actor('server');
const good = defineScenario({ name: 'Thundering herd', description: 'All at once.', actors });
const known = defineScenario({
  name: 'flood',
  actors,
  verdicts: () => [check('none is lost', answer(false)).expectedToFail({ reason: 'no queue yet', link: '#5' })],
});
const bad = defineScenario({ name: 'churn', actors, verdicts: () => [check('none is lost', answer(false))] });

async function runCommand(
  args: readonly string[],
  options: ScenarioCommandOptions = {},
  scenarios = [good, known, bad],
) {
  const lines: string[] = [];
  const reports: (readonly [ScenarioReport, string])[] = [];
  const code = await runScenarioCommand(scenarios, {
    args,
    print: (line) => lines.push(line.replaceAll(/after [\d.]+ m?s/g, 'after some time')),
    write: async (report, folder) => void reports.push([report, folder]),
    ...options,
  });
  return { code, lines, reports };
}

describe('runScenarioCommand', () => {
  it('runs all of them, tells how each ended, and what the program is to end with', async () => {
    const { code, lines, reports } = await runCommand(['--seed', '7']);
    expect(lines).toEqual([
      'passed: Thundering herd, after some time, seed 7; 0 of 0 verdicts passed',
      'expected-failure: flood, after some time, seed 7; 0 of 1 verdict passed\n  - expected-failure: none is lost: 2 of 3; expected 3 of 3; no queue yet (#5)\n      task-2 is lost',
      'failed: churn, after some time, seed 7; 0 of 1 verdict passed\n  - failed: none is lost: 2 of 3; expected 3 of 3\n      task-2 is lost',
    ]);
    expect([code, reports]).toEqual([1, []]);
  });

  it('runs those that are asked for, and writes the report where it is asked to', async () => {
    const { code, lines, reports } = await runCommand(['--only', 'HERD', '--only=flood', '--quick', '--out', 'here'], {
      title: 'fleet',
    });
    expect([code, lines.at(-1)]).toEqual([0, 'The report is in here']);
    expect(reports).toMatchObject([
      [{ title: 'fleet', scenarios: [{ name: 'Thundering herd', quick: true }, { name: 'flood' }] }, 'here'],
    ]);
  });

  it('writes the report where the program says, unless the command line says otherwise', async () => {
    const folders = await Promise.all(
      [[], ['--out', 'there']].map(
        async (args) => (await runCommand(args, { folder: 'usual' }, [good])).reports[0]?.[1],
      ),
    );
    expect(folders).toEqual(['usual', 'there']);
  });

  it('fails when the report cannot be written', async () => {
    const write = async (): Promise<never> => {
      throw new Error('the disk is full');
    };
    const { code, lines } = await runCommand(['--out', 'x'], { write }, [good]);
    expect([code, lines.at(-1)]).toEqual([1, 'The report could not be written: the disk is full']);
  });

  it('tells what there is, and how it is called, and runs nothing', async () => {
    const { code, lines } = await runCommand(['--list']);
    expect([code, lines]).toEqual([0, ['Thundering herd: All at once.', 'flood', 'churn']]);
    const help = await runCommand(['-h']);
    expect([help.code, help.lines]).toEqual([0, [expect.stringContaining('--seed N')]]);
  });

  it('refuses a command line that cannot be, with all that is wrong with it', async () => {
    const { code, lines } = await runCommand(['--seed', 'x', '--only', 'chrun', '--out', '']);
    expect(code).toBe(2);
    expect(lines[0]).toContain(
      [
        'command line: 3 mistakes:',
        '  - --seed must be an integer from 0 to 4294967295; received "x"',
        '  - --only "chrun": no scenario is called so. Did you mean "churn"?',
        '  - --out must be the path of a folder; received ""',
      ].join('\n'),
    );
    expect((await runCommand(['--sed', '5'])).lines[0]).toContain("command line: Unknown option '--sed'");
    const { write: _, ...silent } = { write: undefined };
    const lonely: string[] = [];
    expect(
      await runScenarioCommand([good], { ...silent, args: ['--out', 'x'], print: (line) => lonely.push(line) }),
    ).toBe(2);
    expect(lonely[0]).toContain('command line: --out: this program writes no report');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'tears down, tells and writes what is there when it is interrupted, and says so: %s',
    async (name, expected) => {
      const disposed: string[] = [];
      const long = defineScenario({
        name: 'long',
        actors: (run) => {
          run.own({ [Symbol.dispose]: () => void disposed.push('lab') });
          run.actor('server');
          process.emit(name);
        },
        load: () => idle({ durationMs: 3_600_000 }),
      });
      const { code, lines, reports } = await runCommand(['--out', 'x', '--seed', '1'], {}, [long, good]);
      expect([code, disposed]).toEqual([expected, ['lab']]);
      expect(lines[0]).toContain(`the run was called off: interrupted by ${name}`);
      expect(lines.at(-1)).toBe('The report is in x');
      expect(reports[0]?.[0].scenarios.map(({ name, verdict }) => [name, verdict])).toEqual([['long', 'failed']]);
      expect(process.listenerCount('SIGINT')).toBe(process.listenerCount('SIGTERM'));
    },
  );

  it('ends at once when it is interrupted twice, whatever hangs', async () => {
    await using program = await spawn(
      process.execPath,
      [...TYPESCRIPT, fileURLToPath(new URL('child/hanging-scenario.ts', import.meta.url))],
      { ready: { log: 'load' }, timeoutMs: 30_000 },
    );
    program.signal('SIGINT');
    await program.logs.waitForLine('teardown');
    program.signal('SIGINT');
    expect(await program.waitForExit()).toMatchObject({ code: 130, signal: undefined });
  });
});

describe('assertScenario', () => {
  it('lets pass what has passed, or failed as was expected', async () => {
    for (const scenario of [good, known]) assertScenario(await scenario.run());
  });

  it('tells else every verdict that was not passed, and the seed', async () => {
    const result = { ...(await bad.run({ seed: 7 })), durationMs: 1500 };
    expect(() => assertScenario(result)).toThrow(
      expect.objectContaining({
        name: 'AssertionError',
        message:
          'Scenario failed: churn, after 1.5 s, seed 7; 0 of 1 verdict passed\n  - failed: none is lost: 2 of 3; expected 3 of 3\n      task-2 is lost',
        actual: 'failed',
        expected: 'passed',
      }),
    );
  });

  it('refuses what is no result', () => {
    expect(() => assertScenario(bad as never)).toThrow(UsageError);
  });
});

describe('runScenarios', () => {
  it('gives a report with where it was run, all with one seed', async () => {
    const told: string[] = [];
    const report = await runScenarios([good, bad], { onResult: ({ name }) => told.push(name) });
    expect(told).toEqual(['Thundering herd', 'churn']);
    expect(report).toMatchObject({
      version: 1,
      title: 'scenarios',
      machine: { node: process.version, platform: 'linux', processors: expect.any(Number), kernel: expect.any(String) },
      scenarios: [{ verdict: 'passed' }, { verdict: 'failed' }],
    });
    expect(report.scenarios[0]?.seed).toBe(report.scenarios[1]?.seed);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('refuses what cannot be before anything is begun', async () => {
    const options: unknown = { title: '', seed: 0.5, parameters: {} };
    await expect(runScenarios([good, good, 5 as never], options as object)).rejects.toThrow(
      [
        'runScenarios: 5 mistakes:',
        '  - two scenarios are called "Thundering herd"',
        '  - scenarios[2] must be what defineScenario returned; received 5',
        '  - seed must be an integer from 0 to 4294967295; received 0.5',
        '  - title must be a string that is not empty; received ""',
        '  - parameters are of one scenario: give them to runScenario',
      ].join('\n'),
    );
    await expect(runScenarios([])).rejects.toThrow(
      'runScenarios: scenarios must be a list of one or more; received []',
    );
  });
});
