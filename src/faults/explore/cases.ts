import { UsageError } from '../../core/errors.js';
import type { FaultError, FaultOptions } from '../fault.js';
import type { FaultPlan } from '../plan.js';
import type { FaultPoint } from '../points.js';
import type { CaseFault } from './scenario.js';

/** A call that a run made: the `call`th at its point. */
export interface TracedPass {
  readonly point: FaultPoint;
  readonly call: number;
  readonly read: boolean;
  /** The keys of the errors that are plausible there, as tokens name them. */
  readonly errors: readonly string[];
}

/** Errors by point, in place of those that the point was declared with. */
export type ErrorsByPoint = Readonly<Record<string, readonly FaultError[]>>;

/** The errors to try at a point, by the keys that tokens name them by. */
export function listErrors(
  plan: FaultPlan,
  point: FaultPoint,
  override: ErrorsByPoint,
): ReadonlyMap<string, FaultError> {
  const errors = (Object.hasOwn(override, point) ? override[point] : undefined) ?? plan.descriptor(point).errors ?? [];
  if (errors.length === 0) {
    return new Map([['injected', (): Error => new Error(`injected at ${point}`)]]);
  }
  return new Map(errors.map((error, index) => [typeof error === 'string' ? error : `e${index}`, error]));
}

/** Every fault to try at a call. Of a call that changes nothing, only failing is worth a run. */
export function listFaults(
  pass: TracedPass,
  options: { readonly crash: boolean; readonly firstErrorOnly: boolean },
): CaseFault[] {
  const { point, call, read } = pass;
  const errors = options.firstErrorOnly ? pass.errors.slice(0, 1) : pass.errors;
  const effects = read ? (['before'] as const) : (['before', 'after'] as const);
  const faults: CaseFault[] = effects.flatMap((effect) =>
    errors.flatMap((error) =>
      (['once', 'persistent'] as const).map((lasts) => ({ point, call, effect, error, lasts })),
    ),
  );
  if (options.crash && !read)
    faults.push({ point, call, effect: 'crash-before' }, { point, call, effect: 'crash-after' });
  return faults;
}

/**
 * The second faults after a first: at every call that the run with the first made after it, rollback included. A point
 * that fails persistently already has nothing left to fail.
 */
export function listSecondFaults(first: CaseFault, trace: readonly TracedPass[], crash: boolean): CaseFault[] {
  if (!('error' in first)) return [];
  const place = trace.findIndex((pass) => pass.point === first.point && pass.call === first.call);
  if (place < 0) return [];
  return trace
    .slice(place + 1)
    .filter((pass) => first.lasts === 'once' || pass.point !== first.point)
    .flatMap((pass) => listFaults(pass, { crash, firstErrorOnly: true }));
}

/** The options that arm a fault of exploration on a plan. @throws UsageError when its point or error is not there. */
export function createFaultOptions(
  plan: FaultPlan,
  fault: CaseFault,
  override: ErrorsByPoint,
): { readonly point: FaultPoint; readonly options: FaultOptions } {
  const { point, call } = fault;
  if (!plan.isDeclared(point)) {
    throw new UsageError(
      'explore',
      `the scenario has no point ${JSON.stringify(point)}; is the token from another one?`,
    );
  }
  if (!('error' in fault)) {
    return {
      point,
      options: { nth: call, crash: fault.effect === 'crash-before' ? 'before' : 'after', optional: true },
    };
  }
  const error = listErrors(plan, point, override).get(fault.error);
  if (error === undefined) {
    throw new UsageError(
      'explore',
      `${point} has no error ${JSON.stringify(fault.error)}; is the token from another scenario?`,
    );
  }
  const occurrence = fault.lasts === 'once' ? { nth: call } : { from: call };
  const effect = fault.effect === 'before' ? { before: error } : { after: error };
  return { point, options: { ...occurrence, ...effect, optional: true } };
}
