import { expect, requireCapability, test } from 'glovebox/fixtures';
import { mixedPriority, scenarios } from '../../scenarios/index.ts';

/** How long a scenario may take where others want the processor, too. */
const TIMEOUT_MS = 90_000;

test.for(scenarios)('scenario "$name", at the small scale', { timeout: TIMEOUT_MS }, async (scenario, context) => {
  await requireCapability(context, 'netns');
  const { verdict, problems, verdicts } = await scenario.run({ quick: true, seed: context.seed });
  const failed = verdicts.filter(({ status }) => status !== 'passed' && status !== 'expected-failure');
  expect(failed).toEqual([]);
  expect(problems).toEqual([]);
  expect(verdict).toBe(scenario.name === mixedPriority.name ? 'expected-failure' : 'passed');
});
