import { expect, test } from 'vitest';
import { FakeNetIfaceResolver } from '../../../src/fakes/interfaces/fake-net-iface-resolver.js';
import { instrument } from '../../../src/faults/instrument.js';
import { FaultPlan } from '../../../src/faults/plan.js';

test('a resolver can be instrumented, and then fails as a plan says', async () => {
  const faults = new FaultPlan();
  const resolver = instrument(new FakeNetIfaceResolver(), { faults, point: 'interfaces' });
  expect((await resolver.interfaceByName('eth0')).index).toBe(2);
  expect(faults.operations({ reads: true })).toHaveLength(1);
});
