import { expect, requireCapability, test } from 'glovebox/fixtures';
import { assertScenario } from 'glovebox/scenarios';
import { mixedPriority, scenarios } from '../../scenarios/index.ts';

/** How long a scenario may take where others want the processor, too. */
const TIMEOUT_MS = 90_000;

test.for(scenarios)(
  'scenario "$name", at the small scale',
  { timeout: TIMEOUT_MS },
  async (scenario, { task, skip, seed }) => {
    await requireCapability({ task, skip }, 'netns');
    const result = await scenario.run({ quick: true, seed });
    assertScenario(result);
    expect(result.verdict).toBe(scenario.name === mixedPriority.name ? 'expected-failure' : 'passed');
  },
);
