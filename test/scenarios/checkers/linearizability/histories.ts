import fc from 'fast-check';
import type { SequentialModel } from '../../../../src/scenarios/checkers/linearizability/linearize.js';
import type { TimedOperation } from '../../../../src/scenarios/checkers/linearizability/operation.js';

/** Tries every order of every choice of what took effect: slow, and plainly right. Endless ones had not returned yet. */
export function isLinearizable<Operation extends TimedOperation, State>(
  history: readonly Operation[],
  model: Pick<SequentialModel<Operation, State>, 'initial' | 'step'>,
): boolean {
  const place = (left: readonly Operation[], state: State): boolean => {
    if (left.every(({ returnedMs = Number.POSITIVE_INFINITY }) => returnedMs === Number.POSITIVE_INFINITY)) return true;
    return left.some((operation) => {
      const others = left.filter((other) => other !== operation);
      const mustWait = others.some(({ returnedMs }) => returnedMs !== undefined && returnedMs < operation.calledMs);
      if (mustWait) return false;
      const next = model.step(state, operation);
      return next !== undefined && place(others, next);
    });
  };
  return place(history, model.initial);
}

/** When an operation of a small history was under way; a quarter never return. */
export const times: fc.Arbitrary<{ calledMs: number; returnedMs?: number }> = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined, freq: 4 }))
  .map(([calledMs, tookMs]) => (tookMs === undefined ? { calledMs } : { calledMs, returnedMs: calledMs + tookMs }));
