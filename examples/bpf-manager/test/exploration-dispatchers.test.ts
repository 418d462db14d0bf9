import { explore } from 'glovebox';
import {
  coveredPoints,
  createAttached,
  detachAndUnload,
  FEW_ERRORS,
  INVARIANTS,
  loadAndAttach,
  ONE_DISPATCHER,
  report,
  scenario,
} from './support/exploration.js';
import { describe, expect, test } from './support/fixture.js';

describe('Exploration', () => {
  test('a batch of three, two of them behind one dispatcher: a fault at every point', async () => {
    const result = await explore(
      scenario((world) => loadAndAttach(world, ONE_DISPATCHER)),
      { errors: FEW_ERRORS },
    );

    report('load a batch of three, two behind one dispatcher', result);
    expect(result.failures).toEqual([]);
    expect(coveredPoints(result)).toEqual(
      expect.arrayContaining(['kernel.updateLink', 'kernel.detach', 'kernel.unload', 'kernel.rmdir']),
    );
  });

  test('detaching and unloading: a fault at every point', async () => {
    const result = await explore(scenario(detachAndUnload, { setup: createAttached, invariants: INVARIANTS }), {
      errors: FEW_ERRORS,
    });

    report('detach and unload four', result);
    expect(result.failures).toEqual([]);
    expect(coveredPoints(result)).toEqual(
      expect.arrayContaining(['store.deleteLink', 'store.deleteProgram', 'store.deleteDispatcher', 'kernel.unload']),
    );
  });
});
