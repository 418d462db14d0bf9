import { explore } from 'glovebox';
import {
  DIRECT,
  expectCovered,
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
  test('a batch of three, each attached: every fault at every point', async ({ createWorld, explored }) => {
    const result = await explore(
      scenario(createWorld, (world) => loadAndAttach(world, MIXED)),
      explored,
    );

    report('load a batch of three and attach each', result);
    expect(result.failures).toEqual([]);
    expectCovered(result, [
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

  test('a batch of three: every fault, and every second one while it is rolled back', async ({
    createWorld,
    explored,
  }) => {
    const result = await explore(
      scenario(createWorld, (world) => loadBatch(world, [XDP, TRACEPOINT, TRACEPOINT])),
      {
        pairs: true,
        errors: FEW_ERRORS,
        ...explored,
      },
    );

    report('load a batch of three, two faults at once', result);
    expect(result.failures).toEqual([]);
  });

  test('a batch of three, each attached directly: every fault at every point', async ({ createWorld, explored }) => {
    const result = await explore(
      scenario(createWorld, (world) => loadAndAttach(world, DIRECT)),
      explored,
    );

    report('load a batch of three and attach each directly', result);
    expect(result.failures).toEqual([]);
    expectCovered(result, [
      'kernel.attach',
      'kernel.load',
      'kernel.pin',
      'store.links',
      'store.nextLinkId',
      'store.program',
      'store.saveLink',
      'store.saveProgram',
    ]);
  });
});
