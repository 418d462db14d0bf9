import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { explore } from '../../../src/faults/explore/explore.js';
import { ExploreError } from '../../../src/faults/explore/explore-error.js';
import type { Scenario, ScenarioTools } from '../../../src/faults/explore/scenario.js';
import type { FaultPlan } from '../../../src/faults/plan.js';

/** Makes three things or none; what is there survives a crash. */
class Trio {
  readonly made = new Set<string>();
  readonly faults: FaultPlan;

  constructor({ faults }: ScenarioTools) {
    faults.declare({ 'toy.make': { errors: ['EIO', 'ENOMEM'] }, 'toy.undo': { errors: ['EBUSY'] } });
    this.faults = faults;
  }

  make(name: string): void {
    this.faults.passSync('toy.make', { name, size: 1 }, () => void this.made.add(name));
  }

  undo(name: string): void {
    this.faults.passSync('toy.undo', { name, size: 1 }, () => void this.made.delete(name));
  }
}

const NAMES = ['a', 'b', 'c'];

type Undo = (trio: Trio, tried: readonly string[]) => void;

/** Undoes everything that was tried, also what was reported as failed; each again until it is done. */
const undoAll: Undo = (trio, tried) => {
  for (const name of tried) {
    for (let attempts = 0; attempts < 2; attempts += 1) {
      try {
        trio.undo(name);
        break;
      } catch {}
    }
  }
};

/** Forgets that a failed call may have taken effect. */
const undoSuccesses: Undo = (trio, tried) => undoAll(trio, tried.slice(0, -1));

/** Stops at the first thing that cannot be undone. */
const undoOnce: Undo = (trio, tried) => tried.forEach((name) => void trio.undo(name));

function createScenario(undo: Undo): Scenario<Trio> {
  return {
    setup: (tools) => new Trio(tools),
    run: (trio) => {
      const tried: string[] = [];
      try {
        for (const name of NAMES) {
          tried.push(name);
          trio.make(name);
        }
      } catch (error) {
        undo(trio, tried);
        throw error;
      }
    },
    recover: (trio) => undoAll(trio, NAMES),
    invariants: {
      'three or none': ({ made }) => expect([0, 3]).toContain(made.size),
    },
  };
}

describe('what it finds', () => {
  test('a right rollback passes every case', async () => {
    const result = await explore(createScenario(undoAll), { seed: 1 });
    // Two runs without faults; three calls × (two errors × two times × two durations + two crashes).
    expect(result).toMatchObject({ runs: 2 + 3 * 10, failures: [], notFired: 0, skipped: 0, warnings: [] });
    expect(result.points).toEqual([{ point: 'toy.make', passes: 3, cases: 30, fired: 30 }]);
  });

  test('a rollback that forgets the call that failed is found, and told with its token', async () => {
    const failure: unknown = await explore(createScenario(undoSuccesses), { seed: 7 }).catch((error: unknown) => error);
    if (!(failure instanceof ExploreError)) throw new Error('exploration found nothing');
    expect(failure.result?.failures.every(({ faults }) => faults[0]?.effect === 'after')).toBe(true);
    expect(failure.result?.failures[0]?.token).toBe('gx1.7.toy.make~1~after~EIO~once');
    expect(failure.message.split('\n').slice(4, 9)).toEqual([
      'smallest failing case: EIO after call 1 of toy.make',
      expect.stringMatching(/^the run ended with: error KernelError: toy.make "a": EIO/),
      'what it did:',
      '  - toy.make:a:error   <- injected',
      'what did not hold:',
    ]);
    expect(failure.message).toContain('replay: explore.replay("gx1.7.toy.make~1~after~EIO~once", scenario)');
  });

  test('a rollback that gives up is found by two faults only', async () => {
    const scenario = createScenario(undoOnce);
    await expect(explore(scenario)).resolves.toMatchObject({ failures: [] });
    const { failures } = await explore(scenario, { pairs: true, throwOnFailure: false });
    expect(failures[0]?.faults.map(({ point }) => point)).toEqual(['toy.make', 'toy.undo']);
    await expect(explore.replay(failures[0]?.token ?? '', scenario)).rejects.toThrow(ExploreError);
  });

  test('a replay runs its case alone, with the seed of its token', async () => {
    const token = 'gx1.7.toy.make~1~after~EIO~once';
    const replayed = await explore(createScenario(undoSuccesses), { token, throwOnFailure: false });
    expect(replayed).toMatchObject({ runs: 1, seed: 7, failures: [{ token }] });
    await expect(explore.replay(token, createScenario(undoAll))).resolves.toMatchObject({ runs: 1, failures: [] });
  });

  test('the same seed gives the same runs', async () => {
    const act = async (): Promise<unknown> => {
      const result = await explore(createScenario(undoOnce), { seed: 3, pairs: true, throwOnFailure: false });
      return [result.runs, result.points, result.failures.map(({ token }) => token)];
    };
    expect(await act()).toEqual(await act());
  });
});

describe('how far it goes', () => {
  test('maxRuns and stopAtFirst leave cases out, and say so', async () => {
    const options = { throwOnFailure: false };
    expect(await explore(createScenario(undoAll), { ...options, maxRuns: 5 })).toMatchObject({ runs: 5, skipped: 27 });
    const first = await explore(createScenario(undoSuccesses), { ...options, stopAtFirst: true });
    expect(first.failures).toHaveLength(1);
    expect(first.runs + first.skipped).toBe(32);
  });

  test('a sample is drawn with the seed, of pairs too, and what it leaves out is told', async () => {
    const act = async (options: { readonly sample: number; readonly seed?: number; readonly pairs?: boolean }) => {
      const { runs, skipped, points } = await explore(createScenario(undoAll), options);
      return [`${runs} runs, ${skipped} left out`, ...points.map((point) => JSON.stringify(point))];
    };
    const [told, ...points] = await act({ sample: 5, seed: 7 });
    expect(told).toBe('7 runs, 25 left out');
    expect((await act({ sample: 5, seed: 7 })).slice(1)).toEqual(points);
    expect((await act({ sample: 30 }))[0]).toBe('32 runs, 0 left out');
    expect((await act({ sample: 5, pairs: true }))[0]).toMatch(/^12 runs, /);
  });

  test('points, errors and crashes can be chosen', async () => {
    const none = await explore(createScenario(undoAll), { points: ['toy.undo'], throwOnFailure: false });
    expect(none.warnings).toEqual(['the scenario passed no point that is to be tried, but toy.make']);
    const chosen = await explore(createScenario(undoAll), { errors: { 'toy.make': ['EPERM'] }, crash: false });
    expect(chosen.runs).toBe(2 + 3 * 4);
  });

  test('a run that sleeps takes no time, and one that hangs fails without stopping the rest', async () => {
    const result = await explore(
      {
        setup: (tools) => ({ trio: new Trio(tools), clock: tools.clock }),
        run: async ({ trio, clock }) => {
          await clock.sleep(3_600_000);
          try {
            trio.make('a');
          } catch {
            await new Promise(() => {});
          }
        },
        invariants: { any: () => {} },
      },
      { timeoutMs: 200, crash: false, throwOnFailure: false, errors: { 'toy.make': ['EIO'] } },
    );
    expect(result.runs).toBe(6);
    expect(result.failures.map(({ violations }) => violations[0]?.invariant)).toEqual(Array(4).fill('(ends in time)'));
  });

  test('the scope of each run is closed, and a failure of that is a failing case', async () => {
    let closed = 0;
    const scenario = createScenario(undoAll);
    const setup = (tools: ScenarioTools): Trio => {
      const trio = new Trio(tools);
      tools.scope.defer(() => {
        closed += 1;
        if (trio.faults.fired().length > 0) throw new Error('left open');
      });
      return trio;
    };
    const result = await explore({ ...scenario, setup }, { throwOnFailure: false });
    expect(closed).toBe(result.runs);
    expect(result.failures).toHaveLength(30);
    expect(result.failures[0]?.violations[0]?.invariant).toBe('(scope closes)');
  });
});

describe('what it refuses', () => {
  test('a scenario that fails without any fault', async () => {
    const broken = { ...createScenario(undoAll), invariants: { never: () => Promise.reject(new Error('no')) } };
    await expect(explore(broken)).rejects.toThrow(
      'explore: the scenario fails without any fault: "never" does not hold: Error: no',
    );
  });

  test('a scenario that takes another way each time is told', async () => {
    let run = 0;
    const scenario = createScenario(undoAll);
    const twisted = {
      ...scenario,
      run: (trio: Trio) => (run++ % 2 === 0 ? trio.make('a') : trio.undo('a')),
      invariants: { any: () => {} },
    };
    const { warnings } = await explore(twisted);
    expect(warnings[0]).toContain('the scenario takes another way each time (call 1 was toy.make, then toy.undo)');
  });

  test('wrong scenarios and options, all mistakes at once', async () => {
    const act = Reflect.apply(explore, undefined, [
      { setup: 1, run: () => 1, invariants: {} },
      { seed: -1, maxRuns: 0 },
    ]);
    await expect(act).rejects.toThrow(UsageError);
    await expect(Reflect.apply(explore, undefined, [null])).rejects.toThrow('scenario must be an object');
  });

  test('a token of another scenario', async () => {
    await expect(explore.replay('gx1.1.toy.none~1~before~EIO~once', createScenario(undoAll))).rejects.toThrow(
      'the scenario has no point "toy.none"; is the token from another one?',
    );
  });
});

describe('options and runs that are wrong', () => {
  const scenario: Scenario<Trio> = {
    setup: (tools) => new Trio(tools),
    run: (trio) => trio.make('a'),
    invariants: { 'nothing is wrong': () => {} },
  };
  const exploreRaw = (options: unknown): Promise<unknown> => Reflect.apply(explore, undefined, [scenario, options]);

  test.each<[unknown, string]>([
    [null, 'explore: options must be an object; received null'],
    [{ pair: true }, 'explore: "pair" is no option. Did you mean "pairs"?'],
    [{ errors: { 'toy.make': 'EIO' } }, 'explore: errors["toy.make"] must be a list; received "EIO"'],
  ])('options %j are refused', async (options, message) => {
    await expect(exploreRaw(options)).rejects.toEqual(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) }),
    );
  });

  test('errors and points that the scenario does not know are told of', async () => {
    const { warnings } = await explore(scenario, { errors: { 'toy.mak': ['EIO'], 'toy.undo': ['EIO'] } });
    expect(warnings).toEqual(['errors names "toy.mak", which is no point of the scenario']);
  });

  test('an exploration that has nothing to try is no success', async () => {
    await expect(explore(scenario, { points: ['toy.undo'] })).rejects.toThrow(
      'explore tried nothing: the scenario passed no point that is to be tried, but toy.make',
    );
    await expect(explore({ ...scenario, run: () => {} })).rejects.toThrow(
      'explore tried nothing: the scenario passed no point: make its fakes with the plan of setup',
    );
  });

  test('a scenario that fails without any fault tells what its run threw beside the invariant', async () => {
    const broken = explore({
      ...scenario,
      run: () => {
        throw new Error('no such device');
      },
      invariants: { 'it is up': () => expect(0).toBe(1) },
    });
    await expect(broken).rejects.toThrow(
      /"it is up" does not hold: AssertionError: .*, after its run threw Error: no such device\. Mend the scenario first/s,
    );
  });

  test('a report has its token whole, however long', async () => {
    const twice: Scenario<Trio> = {
      ...scenario,
      run: (trio) => {
        undoAll(trio, NAMES);
        trio.make('a');
      },
      invariants: { 'one fault': (_trio, { faults }) => expect(faults.length).toBeLessThan(2) },
    };
    const failure = await explore(twice, { pairs: true, seed: 4_294_967_295 }).catch((error: unknown) => error);
    if (!(failure instanceof ExploreError)) throw new Error('nothing was found');
    const token = failure.result?.failures[0]?.token ?? '';
    expect(token.length).toBeGreaterThan(60);
    expect(failure.message).toContain(`explore.replay("${token}", scenario)`);
  });

  test('a run that hangs ended with an error, not well', async () => {
    const hanging = { ...scenario, run: (trio: Trio) => attemptOrHang(trio) };
    const { failures } = await explore(hanging, { timeoutMs: 20, maxRuns: 3, throwOnFailure: false });
    expect(failures[0]?.outcome).toMatchObject({ status: 'error', error: { name: 'TimeoutError' } });
  });
});

async function attemptOrHang(trio: Trio): Promise<void> {
  try {
    trio.make('a');
  } catch {
    await new Promise(() => {});
  }
}
