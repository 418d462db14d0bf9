import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { defineScenario, type ScenarioDefinition } from '../../src/scenarios/define-scenario.js';

const actors = (): void => {};

/** What is thrown for a definition that the compiler would not let pass. */
function refuse(definition: unknown): readonly string[] {
  try {
    defineScenario(definition as ScenarioDefinition<object, unknown>);
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
  }
  return [];
}

describe('defineScenario', () => {
  it('begins nothing', () => {
    let begun = 0;
    const scenario = defineScenario({
      name: 'quiet',
      description: 'Nothing happens.',
      actors: () => {
        begun += 1;
      },
    });
    expect([scenario.name, scenario.description, begun]).toEqual(['quiet', 'Nothing happens.', 0]);
  });

  it('tells all mistakes at once', () => {
    expect(
      refuse({
        name: ' ',
        description: 5,
        parameters: { durationMs: Number.NaN, ratePerSecond: -1, at: new Date(0), deep: [{ lossPercent: -3 }] },
        quick: { durationMs: '5', workres: 3 },
        timeoutMs: 0,
        verdicts: [],
        laod: () => [],
      }),
    ).toEqual([
      '"laod" is no option. Did you mean "load"?',
      'name must be a string that is not empty; received " "',
      'description must be a string; received 5',
      'actors must be a function that makes all that takes part: without actors there is nothing to run; received undefined',
      'verdicts must be a function; received []',
      'timeoutMs must be a finite number of milliseconds above 0; received 0',
      'parameters.durationMs must be a finite number; received NaN',
      'parameters.ratePerSecond must be 0 or more; received -1',
      'parameters.at must be plain data, that JSON can write and read back; received "1970-01-01T00:00:00.000Z"',
      'parameters.deep[0].lossPercent must be 0 or more; received -3',
      'quick.durationMs must be a number, as the parameter is; received "5"',
      'quick.workres is no parameter; there are durationMs, ratePerSecond, at, deep',
    ]);
  });

  it('names the parameter that was meant', () => {
    expect(refuse({ name: 'a', actors, parameters: { workers: 3 }, quick: { worker: 1 } })).toEqual([
      'quick.worker is no parameter. Did you mean "workers"?',
    ]);
    expect(refuse({ name: 'a', actors, quick: { workers: 1 } })).toEqual([
      'quick.workers is no parameter; there are none',
    ]);
  });

  it('refuses parameters that hold themselves', () => {
    const parameters: Record<string, unknown> = {};
    parameters['self'] = parameters;
    expect(refuse({ name: 'a', actors, parameters })).toEqual([
      expect.stringMatching(/^parameters(\.self)+ is nested too deeply, or in itself$/),
    ]);
  });

  it.each([undefined, null, 'churn', 5])('refuses %j', (definition) => {
    expect(refuse(definition)).toEqual([expect.stringMatching(/^it takes an object; received /)]);
  });
});
