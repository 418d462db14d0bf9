import { runScenario, type ScenarioResult } from 'glovebox/scenarios';
import { churn } from '../../scenarios/churn.ts';
import { roundTrips } from '../../scenarios/round-trips.ts';
import { smallBroker } from '../../scenarios/small-broker.ts';
import { tenThousandTasks } from '../../scenarios/ten-thousand-tasks.ts';
import { describe, expect, test } from '../support/fixture.ts';

/** What did not pass, and what went wrong beside; nothing where all is well. */
function failuresOf({ verdicts, problems }: ScenarioResult): readonly string[] {
  return [
    ...verdicts
      .filter(({ status }) => status !== 'passed')
      .map(({ name, actual, expected, details = [] }) =>
        [`${name}: ${actual}, not ${expected}`, ...details].join('\n'),
      ),
    ...problems.map(({ subject = 'problem', message }) => `${subject}: ${message}`),
  ];
}

/** The figures of a run, for whoever reads the report. */
const figuresOf = ({ verdicts }: ScenarioResult): string =>
  verdicts.map(({ name, actual }) => `${name}: ${actual}`).join('; ');

describe('Under load', () => {
  test('10,000 tasks are published in 5 s and done in 60 s, each once, by five who share them', async ({
    annotate,
    seed,
  }) => {
    const result = await runScenario(tenThousandTasks, { seed });
    await annotate(figuresOf(result));
    expect(failuresOf(result)).toEqual([]);
  });

  test('of 1,000 round trips half take less than 500 µs, and 99 of 100 less than 1 ms, where bare sockets are not slow', async ({
    annotate,
    seed,
  }) => {
    const result = await runScenario(roundTrips, { seed });
    await annotate(figuresOf(result));
    expect(failuresOf(result)).toEqual([]);
  });

  test('a broker with ten collectors takes less than 50 MB more than an idle Node', async ({ annotate, seed }) => {
    const result = await runScenario(smallBroker, { seed, quick: true });
    await annotate(figuresOf(result));
    expect(failuresOf(result)).toEqual([]);
  });

  test('no task is lost or counted twice while collectors and the broker fail in turn', async ({ annotate, seed }) => {
    const result = await runScenario(churn, { seed, quick: true });
    await annotate(figuresOf(result));
    expect(failuresOf(result)).toEqual([]);
    expect(result.disruptions.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['restart', 'suspend']));
  });
});
