import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import type { Clock } from '../core/clock.js';
import { quote, UsageError } from '../core/errors.js';
import { suggest } from '../core/nearest.js';
import type { Operation } from '../core/operation.js';
import { createRandom, type Random, randomSeed } from '../core/random.js';
import { RealClock } from '../core/real-clock.js';
import { ArmedFault } from './armed-fault.js';
import { FaultEngine, type Pass } from './engine.js';
import type { Fault, FaultOptions } from './fault.js';
import { type DynamicPoint, type InjectionPoint, PlanPoint } from './injection-point.js';
import { type OperationFilter, OperationLog } from './operation-log.js';
import type { FaultCall, FaultPoint, PointDescriptor } from './points.js';
import { describeRule, type FaultRule, isShadowed } from './rule.js';
import { explainUnfired, UnfiredFaultError } from './unfired.js';
import { createRule, findErrorMistakes } from './validate.js';

/** How a {@link FaultPlan} is made. */
export interface FaultPlanOptions {
  /** The clock that delays wait on. @defaultValue a RealClock */
  readonly clock?: Clock;
  /** Where faults with a probability draw from; give this or `seed`. @defaultValue made from `seed` */
  readonly random?: Random;
  /** The seed of the plan's randomness, an integer from 0 to 4294967295. @defaultValue a new one, see `plan.seed` */
  readonly seed?: number;
  /** How many operations are kept; of more, the oldest are dropped. @defaultValue no limit */
  readonly recordLimit?: number;
}

/**
 * The faults of one test and the record of what it did. Everything that can be made to fail sends its calls through a
 * point of a plan; the plan counts and records them, and lets those fail that a fault was injected for.
 *
 * Each fault counts the calls that match it since it was armed. Faults on one point are asked in the order in which
 * they were injected: all of them count, the first whose turn it is decides how the call ends, and delays add up.
 *
 * @example
 * ```ts
 * const faults = new FaultPlan({ seed: 42 });
 * const kernel = new FakeKernel({ faults });
 * faults.inject('kernel.attach', { where: { name: 'b' }, nth: 2, after: 'EBUSY' });
 * ```
 */
export class FaultPlan {
  readonly #engine: FaultEngine;
  readonly #points = new Map<string, PlanPoint>();
  #random: Random | undefined;
  #faults: ArmedFault[] = [];

  /** @throws UsageError for a seed or limit that is none, and when both `random` and `seed` are given. */
  constructor(options: FaultPlanOptions = {}) {
    checkOptions('FaultPlan', options);
    const { clock, random, seed, recordLimit = Number.POSITIVE_INFINITY } = options;
    const mistakes = [...findUnknownOptions(options, ['clock', 'random', 'seed', 'recordLimit'])];
    if (clock !== undefined && !hasMethods(clock, ['now', 'setTimer', 'sleep'])) {
      mistakes.push(`clock must be a Clock, such as a VirtualClock; received ${quote(clock)}`);
    }
    if (random !== undefined && !hasMethods(random, ['fork', 'chance'])) {
      mistakes.push(`random must be a Random, made by createRandom(seed); received ${quote(random)}`);
    }
    if (random !== undefined && seed !== undefined) {
      mistakes.push(`random and seed contradict each other: give one of them; received the seed ${quote(seed)}`);
    }
    if (recordLimit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(recordLimit) && recordLimit >= 1)) {
      mistakes.push(`recordLimit must be an integer, 1 or more; received ${quote(recordLimit)}`);
    }
    if (mistakes.length > 0) throw new UsageError('FaultPlan', mistakes);
    this.#random = random ?? (seed === undefined ? undefined : createRandom(seed));
    this.#engine = new FaultEngine(clock ?? new RealClock(), new OperationLog(recordLimit));
  }

  /** The seed of the plan's randomness: print it, and a failure can be had again. */
  get seed(): number {
    return this.#source().seed;
  }

  /** The clock that delays wait on. */
  get clock(): Clock {
    return this.#engine.clock;
  }

  /** Whether the program under test is dead, because a fault let it crash. */
  get crashed(): boolean {
    return this.#engine.crash !== undefined;
  }

  /** How many operations the record has dropped, because there were more than `recordLimit`. */
  get droppedOperations(): number {
    return this.#engine.log.dropped;
  }

  /**
   * Makes points known, so that faults can be armed on them and calls sent through them. Safe to repeat; what is said
   * of a point later is added to what was said before.
   *
   * @throws UsageError for an empty name or a descriptor that is none.
   */
  declare(points: Readonly<Record<string, PointDescriptor>>): void {
    checkOptions('FaultPlan.declare', points);
    const mistakes = Object.entries(points)
      .filter(([name, descriptor]) => this.#points.get(name)?.descriptor !== descriptor)
      .flatMap(([name, descriptor]) => findDescriptorMistakes(name, descriptor));
    if (mistakes.length > 0) throw new UsageError('FaultPlan.declare', mistakes);
    for (const name of Object.keys(points)) this.#declareOne(name, points[name] ?? {});
  }

  /** The names of the points that were declared. */
  points(): readonly FaultPoint[] {
    return [...this.#points.values()].map((point) => point.name);
  }

  /** Whether a point was declared: for names that are known at run time only. */
  isDeclared(name: string): name is FaultPoint {
    return this.#points.has(name);
  }

  /** What was declared of a point. @throws UsageError for an unknown point. */
  descriptor(point: FaultPoint): PointDescriptor {
    return this.#find('FaultPlan.descriptor', point).descriptor;
  }

  /**
   * A point to send calls through from the middle of a function; declares it.
   *
   * @throws UsageError for an empty name or a descriptor that is none.
   */
  point<P extends FaultPoint>(name: P, descriptor: PointDescriptor = {}): InjectionPoint<FaultCall<P>> {
    return this.dynamicPoint(name, descriptor);
  }

  /**
   * As `point`, for a name that no type knows, because it is made at run time: for adapters such as `instrument`.
   *
   * @throws UsageError for an empty name or a descriptor that is none.
   */
  dynamicPoint(name: string, descriptor: PointDescriptor = {}): DynamicPoint {
    this.declare({ [name]: descriptor });
    return this.#find('FaultPlan.point', name);
  }

  /**
   * Arms a fault.
   *
   * @throws UsageError for an unknown point, for options that are wrong or contradict each other, and for a fault that
   * could never fire because one that is armed already decides every call that it is for. Nothing is armed then.
   */
  inject<P extends FaultPoint>(point: P, options: FaultOptions<P>): Fault {
    const subject = `FaultPlan.inject(${quote(point)})`;
    const at = this.#find(subject, point);
    const rule = createRule(subject, options, at.descriptor);
    const label = rule.label ?? describeRule(rule, at.name);
    const shadow = at.faults.find((each) => isShadowed(each.rule, each.matched, rule));
    if (shadow !== undefined) {
      throw new UsageError(
        subject,
        `fault ${JSON.stringify(label)} could never fire: fault ${JSON.stringify(shadow.label)}, injected before, decides every call that it is for. Remove that one, or narrow its where or its count`,
      );
    }
    const fault = new ArmedFault(at.name, label, rule, this.#forkFor(at.name, label, rule), (removed) => {
      at.faults = at.faults.filter((each) => each !== removed);
    });
    at.faults = [...at.faults, fault];
    this.#faults.push(fault);
    return fault;
  }

  /**
   * Sends an asynchronous call through a point.
   *
   * @throws what the effect throws, what a fault injects; CrashError when the program under test is dead; UsageError for
   * an unknown point.
   */
  async pass<P extends FaultPoint, R>(point: P, call: FaultCall<P>, effect: () => R | PromiseLike<R>): Promise<R> {
    return this.#find('FaultPlan.pass', point).run(call, effect);
  }

  /**
   * Sends a synchronous call through a point.
   *
   * @throws UsageError when a fault would delay it and the plan's clock is not a RealClock; otherwise as `pass`.
   */
  passSync<P extends FaultPoint, R>(point: P, call: FaultCall<P>, effect: () => R): R {
    return this.#find('FaultPlan.passSync', point).runSync(call, effect);
  }

  /** How many calls have passed a point. @throws UsageError for an unknown point. */
  calls(point: FaultPoint): number {
    return this.#find('FaultPlan.calls', point).calls;
  }

  /** What has passed the points, in the order in which it ended; without reads, unless they are asked for. */
  operations(filter: OperationFilter = {}): readonly Operation[] {
    checkOptions('FaultPlan.operations', filter);
    return this.#engine.log.list(filter);
  }

  /** Forgets the record; counters and faults stay. */
  clearOperations(): void {
    this.#engine.log.clear();
  }

  /** Every fault that was injected, also those taken back, in order. */
  faults(): readonly Fault[] {
    return [...this.#faults];
  }

  /** The faults that have taken effect. */
  fired(): readonly Fault[] {
    return this.#faults.filter((fault) => fault.fired > 0);
  }

  /** The faults that have not taken effect and are not optional. */
  unfired(): readonly Fault[] {
    return this.#unfired();
  }

  /** @throws UnfiredFaultError when a fault that is not optional has not taken effect. */
  assertAllFired(): void {
    const unfired = this.#unfired();
    if (unfired.length > 0) throw new UnfiredFaultError(unfired, unfired.map(explainUnfired));
  }

  /** Calls `listener` when a fault lets the program under test crash. @returns A function that takes the listener back. */
  onCrash(listener: () => void): () => void {
    checkListener('FaultPlan.onCrash', listener);
    this.#engine.crashListeners.add(listener);
    return () => {
      this.#engine.crashListeners.delete(listener);
    };
  }

  /** Begins the life of the next process after a crash: calls have effects again. Faults stay armed. */
  restart(): void {
    this.#engine.crash = undefined;
  }

  /** Takes every fault back; their counts stay, for the report. */
  disarm(): void {
    for (const fault of this.#faults) fault.remove();
  }

  /** Makes everything as new: no faults, no record, counters at zero, no crash. Points stay declared, listeners stay. */
  reset(): void {
    this.disarm();
    this.#faults = [];
    this.#engine.reset();
    for (const point of this.#points.values()) point.calls = 0;
  }

  /**
   * Calls `listener` with every call before it is decided, except those of a dead program.
   *
   * @returns A function that takes the listener back.
   */
  trace(listener: (pass: Pass) => void): () => void {
    checkListener('FaultPlan.trace', listener);
    this.#engine.tracers.add(listener);
    return () => {
      this.#engine.tracers.delete(listener);
    };
  }

  #unfired(): readonly ArmedFault[] {
    return this.#faults.filter((fault) => fault.fired === 0 && !fault.optional);
  }

  #source(): Random {
    this.#random ??= createRandom(randomSeed());
    return this.#random;
  }

  /** A fault's own randomness depends on the fault alone, so that adding another one changes nothing for it. */
  #forkFor(point: FaultPoint, label: string, rule: FaultRule): Random | undefined {
    if (rule.probability === undefined) return undefined;
    const twins = this.#faults.filter((fault) => fault.point === point && fault.label === label).length;
    return this.#source().fork(`fault ${point} ${label} ${twins}`);
  }

  #declareOne(name: string, descriptor: PointDescriptor): void {
    const known = this.#points.get(name);
    if (known === undefined) {
      // A declared name is a point, whatever the types were told of it.
      this.#points.set(name, new PlanPoint(name as FaultPoint, descriptor, this.#engine));
    } else if (known.descriptor !== descriptor) {
      known.descriptor = { ...known.descriptor, ...descriptor };
      known.read = known.descriptor.read ?? false;
    }
  }

  #find(subject: string, name: string): PlanPoint {
    const point = this.#points.get(name);
    if (point !== undefined) return point;
    if (this.#points.size === 0) {
      throw new UsageError(
        subject,
        `no point is declared on this plan yet; received ${quote(name)}. Make the fake or the instrumented object with this plan first`,
      );
    }
    throw new UsageError(
      subject,
      `there is no point ${quote(name)}${suggest(name, this.#points.keys()) || `. There are: ${[...this.#points.keys()].join(', ')}. ${WHEN_KNOWN}`}`,
    );
  }
}

const WHEN_KNOWN = 'A point becomes known when the fake or the instrumented object is made with this plan';

function findDescriptorMistakes(name: string, descriptor: unknown): readonly string[] {
  if (name === '') return ['a point needs a name; received ""'];
  if (typeof descriptor !== 'object' || descriptor === null || Array.isArray(descriptor)) {
    return [
      `the descriptor of ${quote(name)} must be an object such as { errors: ['EIO'] }; received ${quote(descriptor)}`,
    ];
  }
  const { errors, read, fields, syscall }: { [K in keyof PointDescriptor]?: unknown } = descriptor;
  const mistakes: string[] = [];
  if (read !== undefined && typeof read !== 'boolean') {
    mistakes.push(`${name}: read must be true or false; received ${quote(read)}`);
  }
  if (fields !== undefined && !(Array.isArray(fields) && fields.every((field) => typeof field === 'string'))) {
    mistakes.push(`${name}: fields must be a list of names; received ${quote(fields)}`);
  }
  if (syscall !== undefined && typeof syscall !== 'string') {
    mistakes.push(`${name}: syscall must be a string; received ${quote(syscall)}`);
  }
  if (errors === undefined) return mistakes;
  if (!Array.isArray(errors)) return [...mistakes, `${name}: errors must be a list; received ${quote(errors)}`];
  return [...mistakes, ...errors.flatMap((error, index) => findErrorMistakes(`${name}: errors[${index}]`, error))];
}

function checkListener(subject: string, listener: unknown): void {
  if (typeof listener === 'function') return;
  throw new UsageError(subject, `listener must be a function; received ${quote(listener)}`);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}
