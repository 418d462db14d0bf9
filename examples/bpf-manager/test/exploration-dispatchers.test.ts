import { explore } from 'glovebox';
import {
  attached,
  detachAndUnload,
  expectCovered,
  FEW_ERRORS,
  INVARIANTS,
  loadAndAttach,
  ONE_DISPATCHER,
  report,
  scenario,
} from './support/exploration.js';
import { describe, expect, test } from './support/fixture.js';

describe('Exploration', () => {
  test('a batch of three, two of them behind one dispatcher: a fault at every point', async ({
    createWorld,
    explored,
  }) => {
    const result = await explore(
      scenario(createWorld, (world) => loadAndAttach(world, ONE_DISPATCHER)),
      { errors: FEW_ERRORS, ...explored },
    );

    report('load a batch of three, two behind one dispatcher', result);
    expect(result.failures).toEqual([]);
    expectCovered(result, ['kernel.updateLink', 'kernel.detach', 'kernel.unload', 'kernel.rmdir']);
  });

  test('detaching and unloading: a fault at every point', async ({ createWorld, explored }) => {
    const result = await explore(scenario(attached(createWorld), detachAndUnload, { invariants: INVARIANTS }), {
      errors: FEW_ERRORS,
      ...explored,
    });

    report('detach and unload four', result);
    expect(result.failures).toEqual([]);
    expectCovered(result, ['store.deleteLink', 'store.deleteProgram', 'store.deleteDispatcher', 'kernel.unload']);
  });
});
