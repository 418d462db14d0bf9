import type { FaultPoint } from '../faults/points.js';

/** How an operation ended: as asked, with an error, or not at all because the program under test crashed there. */
export type OperationOutcome = 'ok' | 'error' | 'crash';

/** One call that passed a point, in the order it ended. */
export interface Operation {
  /** Its place in the order of everything that passed the plan's points, from 1. */
  readonly sequence: number;
  readonly point: FaultPoint;
  /** The last part of the point's name: `load` of `kernel.load`. */
  readonly verb: string;
  /** What it was done to. */
  readonly name: string;
  readonly outcome: OperationOutcome;
  /** The error's code, for an error that has one: `EBUSY`. */
  readonly code: string | undefined;
  /** Whether the outcome was made by a fault. */
  readonly injected: boolean;
  /** Whether the call changes nothing. Listings of operations leave reads out unless asked for. */
  readonly read: boolean;
  /** What the call told of itself. */
  readonly call: object;
}

/**
 * An operation as a line: `load:prog_one:ok`, `load:prog_two:error`. Operations of the kernel go by their verb alone,
 * all others by their whole point: `store.save:prog_one:ok`.
 */
export function formatOperation(operation: Operation): string {
  const verb = operation.point.startsWith('kernel.') ? operation.verb : operation.point;
  return `${verb}:${operation.name}:${operation.outcome}`;
}
