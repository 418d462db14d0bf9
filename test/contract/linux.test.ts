import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { readRuns } from '../../scripts/fidelity-page.js';
import { CONTRACT_CASES } from '../../src/contract/cases/index.js';
import { linuxDriver } from '../../src/contract/drivers/linux-driver.js';
import { findObstacle, runCase } from '../../src/contract/run-contract.js';
import type { ContractDriver } from '../../src/contract/world.js';
import { UnsupportedError } from '../../src/core/errors.js';
import { LinuxKernel } from '../../src/kernel/linux/linux-kernel.js';
import { findLeft, listDescriptors, listShown, type MadeIds } from '../kernel/linux/linux-bench.js';
import { takeOwnMounts } from '../support/own-mounts.js';

/** A load may take long on a machine that does much else; every detachment waits for all processors. */
const TIMEOUT_MS = 30_000;

const made: MadeIds[] = [];
const found = await findDriver();

if (found instanceof UnsupportedError) {
  test('the contract on the running kernel', (context) => context.skip(found.message));
} else {
  const driver = noteWhatIsMade(found);
  const tried = CONTRACT_CASES.filter((each) => findObstacle(driver, each) === undefined);
  takeOwnMounts();
  const before = lookAround();

  describe(`the running kernel, ${driver.version}`, { timeout: TIMEOUT_MS }, () => {
    test.each(tried.map((each) => [each.id, each.title, each] as const))('%s: %s', async (_id, _title, each) => {
      const result = await runCase(driver, each);
      if (result.error !== undefined) throw result.error;
      expect(result.verdict).toBe('holds');
    });

    // What this kernel lacks is no test of its own that is skipped: nothing that is done to this machine would mend it.
    test('lacks what the recorded run of its version lacks too, and nothing else', async ({ annotate }) => {
      const lacking = CONTRACT_CASES.flatMap((each) => {
        const obstacle = findObstacle(driver, each);
        return obstacle?.verdict === 'lacking' ? [{ id: each.id, reason: obstacle.reason }] : [];
      });
      for (const reason of new Set(lacking.map((each) => each.reason))) {
        const ids = lacking.filter((each) => each.reason === reason).map(({ id }) => id);
        await annotate(`not tried: ${ids.length} cases need ${reason} (${ids.join(', ')})`);
      }
      const recorded = readRuns().find(({ version }) => version === driver.version);
      const lost = lacking.filter(({ id }) => recorded?.cases[id]?.verdict === 'holds');
      expect(lost).toEqual([]);
    });
  });

  afterAll(async () => {
    // Maps go some time after their program, and whoever lists all that is on the machine holds each for a moment.
    await vi.waitFor(() => expect(made.flatMap(findLeft)).toEqual([]), { timeout: 5000, interval: 10 });
    expect(lookAround()).toEqual(before);
  });
}

async function findDriver(): Promise<ContractDriver | UnsupportedError> {
  try {
    return await linuxDriver();
  } catch (error) {
    if (error instanceof UnsupportedError) return error;
    throw error;
  }
}

/** Notes the ids of everything that is there when a world is closed. */
function noteWhatIsMade(driver: ContractDriver): ContractDriver {
  return {
    ...driver,
    async open(options) {
      const world = await driver.open(options);
      return {
        ...world,
        async [Symbol.asyncDispose]() {
          if (world.kernel instanceof LinuxKernel) made.push(listShown(world.kernel.snapshot()));
          await world[Symbol.asyncDispose]();
        },
      };
    },
  };
}

/** The mounts, the namespaces of every thread, and the descriptors of what the driver opens, with what they lead to. */
function lookAround(): readonly string[] {
  const namespaces = readdirSync('/proc/self/task').map((thread) => readlinkSync(`/proc/self/task/${thread}/ns/net`));
  return [
    ...readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n'),
    ...new Set(namespaces),
    ...[...listDescriptors().values()].sort(),
  ];
}
