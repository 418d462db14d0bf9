import { describe, expect, test } from 'vitest';
import { CONTRACT_CASES } from '../../src/contract/cases/index.js';
import { fakeDriver } from '../../src/contract/drivers/fake-driver.js';
import { findObstacle, runCase } from '../../src/contract/run-contract.js';
import { KERNEL_PROFILES } from '../../src/fakes/kernel/profiles.js';

// What is of other releases is no test here. What the fake lacks is one, and fails.
describe.each(KERNEL_PROFILES)('the fake kernel as %s', (profile) => {
  const driver = fakeDriver(profile);
  const cases = CONTRACT_CASES.filter((each) => findObstacle(driver, each)?.verdict !== 'other-releases');

  test.each(cases.map((each) => [each.id, each.title, each] as const))('%s: %s', async (_id, _title, each) => {
    const result = await runCase(driver, each);
    if (result.error !== undefined) throw result.error;
    expect(result).toMatchObject({ verdict: 'holds' });
  });
});
