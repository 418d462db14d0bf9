import { findUnknownOptions } from '../core/check-options.js';
import { quote, UsageError } from '../core/errors.js';
import { isThenable } from '../core/is-thenable.js';
import { suggest } from '../core/nearest.js';
import type { DynamicPoint } from './injection-point.js';
import type { InstrumentOptions, MethodCall } from './instrument-types.js';
import { FaultPlan } from './plan.js';
import type { PointDescriptor } from './points.js';

const OPTIONS = ['faults', 'point', 'methods', 'describe', 'errors', 'reads', 'returns'];

/**
 * Wraps an object so that every call of its methods from outside passes a point of the plan: counted, recorded, and made
 * to fail as injected. The result has the same type and works on the same object, private fields included.
 *
 * Synchronous methods stay synchronous. Properties, getters and symbols pass through. Calls that the object makes of its
 * own methods, by `this`, and objects that it returns (a statement of a database) are not instrumented.
 *
 * @throws UsageError with every mistake in the options, such as names that are no methods.
 *
 * @example
 * ```ts
 * const store = instrument(new ProgramStore(), { faults, point: 'store', errors: { save: ['EIO'] } });
 * faults.inject('store.save', { nth: 2, after: 'EIO' });
 * ```
 */
export function instrument<T extends object, const Prefix extends string = string>(
  target: T,
  options: InstrumentOptions<T, Prefix>,
): T {
  checkOptions(target, options);
  const { faults, point, methods, describe, errors, reads, returns } = options;
  const names: readonly string[] = methods ?? listMethods(target);
  const points = new Map<string, DynamicPoint>();
  const pointOf = (name: string): DynamicPoint => {
    const known = points.get(name);
    if (known !== undefined) return known;
    const made = faults.dynamicPoint(`${point}.${name}`, createDescriptor(name, { describe, errors, reads }));
    points.set(name, made);
    return made;
  };
  refuseTaken(faults, point, names);
  for (const name of names) pointOf(name);

  // What every object has is none of this one's methods: printing or comparing it must not look like a call.
  const isPoint = (key: string | symbol, method: object): key is string => {
    if (typeof key !== 'string') return false;
    if (methods !== undefined) return names.includes(key);
    return key !== 'constructor' && method !== Reflect.get(Object.prototype, key);
  };
  const returnsPromise = new Set<string>(Array.isArray(returns) ? returns : returns === 'promise' ? names : []);

  const callMethod = (name: string, method: object, args: readonly unknown[], effect: () => unknown): unknown => {
    const at = pointOf(name);
    const call = describeCall(name, args, describe);
    if (returns === 'promise' || returnsPromise.has(name) || isAsyncFunction(method)) return at.run(call, effect);
    const result = at.runEither(call, effect);
    if (result instanceof Promise) returnsPromise.add(name);
    return result;
  };
  return createProxy(target, (key, method, args, effect, standIn) => {
    if (!isPoint(key, method)) return standIn(effect());
    const result = callMethod(key, method, args, effect);
    return result instanceof Promise ? result.then(standIn) : standIn(result);
  });
}

type Interceptor = (
  key: string | symbol,
  method: object,
  args: readonly unknown[],
  effect: () => unknown,
  /** Puts the instrumented object in the place of the object itself. */
  standIn: (result: unknown) => unknown,
) => unknown;

/**
 * A stand-in for `target` whose methods run on `target` itself. The proxy is not over the target: of a frozen object it
 * would have to return the methods as they are.
 */
function createProxy<T extends object>(target: T, intercept: Interceptor): T {
  const wrappers = new WeakMap<object, Map<string | symbol, unknown>>();
  const standIn = (result: unknown): unknown => (result === target ? proxy : result);
  const wrap = (key: string | symbol, method: object): unknown => {
    const byKey = wrappers.get(method) ?? new Map<string | symbol, unknown>();
    wrappers.set(method, byKey);
    if (!byKey.has(key)) {
      const apply = (_method: object, receiver: unknown, args: unknown[]): unknown => {
        if (typeof method !== 'function') return undefined;
        const self = receiver === proxy ? target : receiver;
        return intercept(key, method, args, () => Reflect.apply(method, self, args), standIn);
      };
      byKey.set(key, new Proxy(method, { apply }));
    }
    return byKey.get(key);
  };
  const shadow: object = Object.create(Object.getPrototypeOf(target));
  const proxy = new Proxy(shadow, {
    get: (_shadow, key) => {
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' && key !== 'constructor' ? wrap(key, value) : value;
    },
    set: (_shadow, key, value) => Reflect.set(target, key, value, target),
    has: (_shadow, key) => Reflect.has(target, key),
    deleteProperty: (_shadow, key) => Reflect.deleteProperty(target, key),
    ownKeys: () => Reflect.ownKeys(target),
    getOwnPropertyDescriptor: (_shadow, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
      return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
    },
    defineProperty: (_shadow, key, descriptor) => Reflect.defineProperty(target, key, descriptor),
    getPrototypeOf: () => Reflect.getPrototypeOf(target),
    preventExtensions: () => {
      throw new UsageError('instrument', 'an instrumented object cannot be frozen or sealed: do that before');
    },
  });
  // Every trap answers for the target, so the proxy is what the target is.
  return proxy as T;
}

/** A point of something else, of a fake kernel say, would record each call twice and forget which fields it has. */
function refuseTaken(faults: FaultPlan, point: string, names: readonly string[]): void {
  const taken = names
    .map((name) => `${point}.${name}`)
    .filter((name) => faults.isDeclared(name) && faults.descriptor(name).fields?.includes('args') === false);
  if (taken.length === 0) return;
  throw new UsageError(
    'instrument',
    `point ${quote(point)}: ${taken.join(', ')} ${taken.length === 1 ? 'is a point' : 'are points'} of something else on this plan; choose another name`,
  );
}

interface DescriptorSources {
  readonly describe: object | undefined;
  readonly errors: object | undefined;
  readonly reads: readonly string[] | undefined;
}

function createDescriptor(name: string, options: DescriptorSources): PointDescriptor {
  const errors: unknown = options.errors === undefined ? undefined : Reflect.get(options.errors, name);
  const reads: readonly string[] = options.reads ?? [];
  const isDescribed = options.describe !== undefined && Object.hasOwn(options.describe, name);
  return {
    read: reads.includes(name),
    ...(isDescribed ? {} : { fields: ['name', 'args'] }),
    ...(Array.isArray(errors) ? { errors } : {}),
  };
}

function describeCall(name: string, args: readonly unknown[], describe: object | undefined): object {
  const describer: unknown =
    describe !== undefined && Object.hasOwn(describe, name) ? Reflect.get(describe, name) : undefined;
  if (typeof describer !== 'function') return { name: nameCall(name, args[0]), args } satisfies MethodCall;
  const call: unknown = Reflect.apply(describer, undefined, args);
  if (typeof call === 'object' && call !== null && !isThenable(call)) return call;
  throw new UsageError('instrument', `describe.${name} must make an object; received ${quote(call)}`);
}

function nameCall(method: string, first: unknown): string {
  if (typeof first === 'string') return first;
  if (typeof first !== 'object' || first === null) return method;
  const named: unknown = 'name' in first ? first.name : undefined;
  const id: unknown = 'id' in first ? first.id : undefined;
  const name = named ?? id;
  return typeof name === 'string' || typeof name === 'number' || typeof name === 'bigint' ? String(name) : method;
}

/** The names of an object's methods, own and inherited; getters are not asked. */
function listMethods(target: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = target; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name !== 'constructor' && typeof descriptor.value === 'function') names.add(name);
    }
  }
  return [...names];
}

function isAsyncFunction(method: object): boolean {
  return Object.prototype.toString.call(method) === '[object AsyncFunction]';
}

function checkOptions(target: unknown, options: object): void {
  if (typeof target !== 'object' || target === null) {
    throw new UsageError('instrument', `target must be an object with methods; received ${quote(target)}`);
  }
  if (typeof options !== 'object' || options === null) {
    throw new UsageError(
      'instrument',
      `options must be an object such as { faults, point: 'store' }; received ${quote(options)}`,
    );
  }
  const given = new Map<string, unknown>(Object.entries(options));
  const mistakes = [...findUnknownOptions(options, OPTIONS)];
  const faults = given.get('faults');
  const point = given.get('point');
  if (!(faults instanceof FaultPlan)) mistakes.push(`faults must be a FaultPlan; received ${quote(faults)}`);
  if (typeof point !== 'string' || point === '') {
    mistakes.push(`point must be a string that is not empty; received ${quote(point)}`);
  }
  for (const field of ['methods', 'describe', 'errors', 'reads', 'returns']) {
    mistakes.push(...findNameMistakes(target, field, given.get(field)));
  }
  mistakes.push(
    ...findValueMistakes('describe', given.get('describe'), 'a function', (it) => typeof it === 'function'),
  );
  mistakes.push(...findValueMistakes('errors', given.get('errors'), 'a list of errors', Array.isArray));
  if (mistakes.length > 0) throw new UsageError('instrument', mistakes);
}

/** What is wrong with what is given by method. */
function findValueMistakes(
  field: string,
  value: unknown,
  expected: string,
  isRight: (value: unknown) => boolean,
): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value)
    .filter(([, each]: [string, unknown]) => each !== undefined && !isRight(each))
    .map(([name, each]: [string, unknown]) => `${field}.${name} must be ${expected}; received ${quote(each)}`);
}

function findNameMistakes(target: object, field: string, value: unknown): readonly string[] {
  if (value === undefined || (field === 'returns' && value === 'promise')) return [];
  if (typeof value !== 'object' || value === null) return [`${field} must name methods; received ${quote(value)}`];
  if (Array.isArray(value) && (field === 'errors' || field === 'describe')) {
    return [`${field} must be an object by method, such as { save: … }; received ${quote(value)}`];
  }
  const names: readonly unknown[] = Array.isArray(value) ? value : Object.keys(value);
  return names
    .filter((name) => typeof name !== 'string' || typeof Reflect.get(target, name, target) !== 'function')
    .map((name) => `${field}: the target has no method ${quote(name)}${suggest(name, listMethods(target))}`);
}
