import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { formatOperation } from '../../src/core/operation.js';
import { instrument } from '../../src/faults/instrument.js';
import type { PointsOf } from '../../src/faults/instrument-types.js';
import { FaultPlan } from '../../src/faults/plan.js';

interface Row {
  readonly name: string;
}

class Store {
  readonly #rows = new Map<string, Row>();

  save(row: Row): this {
    this.#rows.set(row.name, row);
    return this;
  }

  find(name: string): Row | undefined {
    return this.#rows.get(name);
  }

  saveBoth(one: Row, other: Row): void {
    this.save(one);
    this.save(other);
  }

  async flush(): Promise<number> {
    return this.#rows.size;
  }

  sync(): Promise<number> {
    return this.flush();
  }

  get size(): number {
    return this.#rows.size;
  }
}

declare module '../../src/faults/points.js' {
  interface FaultPoints
    extends PointsOf<'depot', Store, { save: { readonly name: string; readonly letters: number } }> {}
}

function createStore(): { readonly faults: FaultPlan; readonly store: Store; readonly bare: Store } {
  const faults = new FaultPlan();
  const bare = new Store();
  const store = instrument(bare, {
    faults,
    point: 'depot',
    describe: { save: (row) => ({ name: row.name, letters: row.name.length }) },
    reads: ['find'],
    errors: { save: ['EIO'] },
  });
  return { faults, store, bare };
}

test('private fields, getters and instanceof work through the wrapper, on the same object', () => {
  const { store, bare } = createStore();
  store.save({ name: 'a' });
  expect(store).toBeInstanceOf(Store);
  expect([store.size, bare.size, store.find('a')]).toEqual([1, 1, { name: 'a' }]);
  expect(store.save({ name: 'b' })).toBe(store);
});

test('calls from outside are recorded; those that the object makes of itself are not', () => {
  const { faults, store } = createStore();
  store.saveBoth({ name: 'a' }, { name: 'b' });
  store.save({ name: 'c' });
  store.find('c');
  expect(faults.operations().map(formatOperation)).toEqual(['depot.saveBoth:a:ok', 'depot.save:c:ok']);
  expect(faults.operations({ reads: true }).at(-1)).toMatchObject({
    point: 'depot.find',
    call: { name: 'c', args: ['c'] },
  });
});

test('a synchronous method throws, and describe says what can be filtered', () => {
  const { faults, store } = createStore();
  faults.inject('depot.save', { where: { letters: 2 }, after: 'EIO' });
  store.save({ name: 'a' });
  expect(() => store.save({ name: 'bb' })).toThrow(expect.objectContaining({ code: 'EIO' }));
  expect(store.size).toBe(2);
  expect(faults.descriptor('depot.save').errors).toEqual(['EIO']);
});

test('an async function rejects, and a method that has returned a promise before rejects from then on', async () => {
  const { faults, store } = createStore();
  faults.inject('depot.flush', { before: 'EIO' });
  await expect(store.flush()).rejects.toMatchObject({ code: 'EIO' });
  expect(await store.sync()).toBe(0);
  faults.inject('depot.sync', { before: 'EIO' });
  await expect(store.sync()).rejects.toMatchObject({ code: 'EIO' });
});

test('an after fault on a first call denies what the promise brings', async () => {
  const { faults, store } = createStore();
  faults.inject('depot.sync', { after: 'EIO' });
  await expect(store.sync()).rejects.toMatchObject({ code: 'EIO' });
});

test('a frozen object can be instrumented, and classes and symbols pass through', () => {
  const faults = new FaultPlan();
  const target = Object.freeze({ Row: class {}, go: () => 1, [Symbol.iterator]: () => [1].values() });
  const api = instrument(target, { faults, point: 'api', methods: ['go'] });
  expect(new api.Row()).toBeInstanceOf(target.Row);
  expect([api.go(), ...api]).toEqual([1, 1]);
  expect(faults.points()).toEqual(['api.go']);
});

test('all mistakes in the options are told at once', () => {
  const wrong = { faults: {}, point: '', reads: ['fnd'], option: 1 };
  const act = (): unknown => Reflect.apply(instrument, undefined, [new Store(), wrong]);
  expect(act).toThrow(UsageError);
  expect(act).toThrow(
    [
      'instrument: 4 mistakes:',
      '  - "option" is no option',
      '  - faults must be a FaultPlan; received {}',
      '  - point must be a string that is not empty; received ""',
      '  - reads: the target has no method "fnd". Did you mean "find"?',
    ].join('\n'),
  );
});

test('a list of errors for all methods is refused with the form that is meant', () => {
  const wrong = { faults: new FaultPlan(), point: 'store', errors: ['EIO'] };
  const act = (): unknown => Reflect.apply(instrument, undefined, [{ save: () => {} }, wrong]);
  expect(act).toThrow(
    new UsageError('instrument', 'errors must be an object by method, such as { save: … }; received ["EIO"]'),
  );
});

test('a point of your own in the middle of a function', () => {
  const faults = new FaultPlan();
  const point = faults.point('depot.find', { errors: ['EIO'] });
  faults.inject('depot.find', { instead: () => undefined });
  expect(point.runSync({ name: 'a', args: ['a'] }, () => 1)).toBeUndefined();
});

test('an object that a method resolves to itself stays instrumented', async () => {
  const faults = new FaultPlan();
  const base = {
    async open() {
      return this;
    },
    save() {},
  };
  const opened = await instrument(base, { faults, point: 'store' }).open();
  opened.save();
  expect(faults.operations().map(formatOperation)).toEqual(['store.open:open:ok', 'store.save:save:ok']);
});

test('what every object has is no point: printing and comparing leave no trace', () => {
  const faults = new FaultPlan();
  const store = instrument({ save() {} }, { faults, point: 'store' });
  expect([String(store), Object.hasOwn(store, 'save'), store.valueOf() === store]).toEqual([
    '[object Object]',
    true,
    true,
  ]);
  expect(faults.operations()).toEqual([]);
});

describe('thenables that are no promises', () => {
  const createQueries = () => {
    let runs = 0;
    const query = {
      where: () => query,
      // biome-ignore lint/suspicious/noThenProperty: it is what query builders are
      then(done: (rows: readonly string[]) => void) {
        runs += 1;
        done(['row']);
      },
    };
    const faults = new FaultPlan();
    const source = { select: () => query };
    return { faults, db: instrument(source, { faults, point: 'db' }), countRuns: () => runs };
  };

  test('a query builder keeps its methods, runs once when it is awaited, and is recorded then', async () => {
    const { faults, db, countRuns } = createQueries();
    const query = db.select().where();
    expect([countRuns(), faults.operations()]).toEqual([0, []]);
    expect([await query, await query]).toEqual([['row'], ['row']]);
    expect(countRuns()).toBe(1);
    expect(faults.operations().map(formatOperation)).toEqual(['db.select:select:ok']);
  });

  test('a fault after the effect comes when it is awaited', async () => {
    const { faults, db } = createQueries();
    Reflect.apply(faults.inject, faults, ['db.select', { after: new Error('lost') }]);
    const failed = await Promise.resolve(db.select().where()).catch((error: unknown) => error);
    expect(String(failed)).toBe('Error: lost');
  });
});

test.each<[object, string]>([
  [{ errors: { save: 'EIO' } }, 'errors.save must be a list of errors; received "EIO"'],
  [{ describe: { save: 'row' } }, 'describe.save must be a function; received "row"'],
])('values by method that are of the wrong kind are refused: %j', (options, message) => {
  const make = (): unknown => Reflect.apply(instrument, undefined, [{ save() {} }, { ...options, point: 's' }]);
  expect(make).toThrow(message);
});

test('an instrumented object cannot be frozen half', () => {
  const store = instrument({ save() {} }, { faults: new FaultPlan(), point: 'store' });
  expect(() => Object.freeze(store)).toThrow(UsageError);
  expect(Object.keys(store)).toEqual(['save']);
});
