import { type AnyScenario, runScenario, type Scenario } from 'glovebox/scenarios';
import { expect, requireCapability, test } from 'glovebox/fixtures';
import { scenarios } from '../../scenarios/index.ts';

test.for(scenarios)('scenario "$name", at the small scale', async (scenario, { task, skip, seed }) => {
  await requireCapability({ task, skip }, 'netns');
  const result = await scenario.run({ quick: true, seed });
  const others = result.verdicts.filter(({ status }) => status !== 'passed');
  expect(result.problems).toEqual([]);
  const expected = scenario.name === 'mixed priority' ? ['expected-failure'] : [];
  expect(others.map(({ status }) => status), JSON.stringify(others, undefined, 2)).toEqual(expected);
});
