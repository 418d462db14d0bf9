import { explore } from 'glovebox';
import {
  coveredPoints,
  FEW_ERRORS,
  loadAndAttach,
  loadBatch,
  MIXED,
  report,
  scenario,
  TRACEPOINT,
  XDP,
} from './support/exploration.js';
import { describe, expect, test } from './support/fixture.js';

describe('Exploration', () => {
  test('a batch of three, each attached: every fault at every point', async () => {
    const result = await explore(scenario((world) => loadAndAttach(world, MIXED)));

    report('load a batch of three and attach each', result);
    expect(result.failures).toEqual([]);
    expect(result.skipped).toBe(0);
    expect(coveredPoints(result)).toEqual([
      'kernel.attach',
      'kernel.createClsact',
      'kernel.load',
      'kernel.mapUpdate',
      'kernel.mkdir',
      'kernel.pin',
      'store.dispatcher',
      'store.link',
      'store.links',
      'store.nextLinkId',
      'store.program',
      'store.saveDispatcher',
      'store.saveLink',
      'store.saveProgram',
    ]);
  });

  test('a batch of three: every fault, and every second one while it is rolled back', async () => {
    const result = await explore(
      scenario((world) => loadBatch(world, [XDP, TRACEPOINT, TRACEPOINT])),
      {
        pairs: true,
        errors: FEW_ERRORS,
      },
    );

    report('load a batch of three, two faults at once', result);
    expect(result.failures).toEqual([]);
  });
});
