import { quote } from '../../../core/errors.js';

/** When an operation was under way. */
export interface TimedOperation {
  /** Who did it; one client does one operation at a time. */
  readonly client?: string;
  /** When it was begun, in any unit, on one clock for all. */
  readonly calledMs: number;
  /** When its answer came; left out where none did: it may then have taken effect at any later time, or never. */
  readonly returnedMs?: number;
}

/** What is wrong with when an operation was: an empty list when nothing is. */
export function findTimeMistakes(path: string, operation: unknown): readonly string[] {
  if (typeof operation !== 'object' || operation === null)
    return [`${path} must be an operation; received ${quote(operation)}`];
  const { calledMs, returnedMs } = operation as Partial<TimedOperation>;
  if (!Number.isFinite(calledMs)) return [`${path}.calledMs must be a finite number; received ${quote(calledMs)}`];
  if (returnedMs === undefined) return [];
  if (!Number.isFinite(returnedMs))
    return [`${path}.returnedMs must be a finite number; received ${quote(returnedMs)}`];
  return returnedMs < (calledMs ?? 0) ? [`${path} returned at ${returnedMs}, before it was called at ${calledMs}`] : [];
}
