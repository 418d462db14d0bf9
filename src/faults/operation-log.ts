import type { Operation, OperationOutcome } from '../core/operation.js';
import type { FaultPoint } from './points.js';

/** What the log needs to know of a point. */
export interface LoggedPoint {
  readonly name: FaultPoint;
  readonly verb: string;
  readonly read: boolean;
}

/** Which operations a listing shows. */
export interface OperationFilter {
  /** Whether calls that change nothing are listed, too. @defaultValue false */
  readonly reads?: boolean;
  /** Only the operations at this point, or at one of these. @defaultValue every point */
  readonly point?: FaultPoint | readonly FaultPoint[];
  /** Only the operations at points whose name begins so: `kernel.`. @defaultValue '' */
  readonly prefix?: string;
}

const OUTCOMES = ['ok', 'error', 'crash'] as const satisfies readonly OperationOutcome[];

/** An outcome as the log keeps it: an index of {@link OUTCOMES}, plus 4 when a fault made it. */
export const OK = 0;
export const ERROR = 1;
export const CRASH = 2;
export const INJECTED = 4;

/**
 * The record of operations, in columns: a million operations cost some 32 MB beside the calls themselves. With a limit
 * it is a ring, and the oldest go first.
 */
export class OperationLog {
  readonly #limit: number;
  readonly #points: LoggedPoint[] = [];
  readonly #calls: object[] = [];
  readonly #outcomes: number[] = [];
  readonly #codes: (string | undefined)[] = [];
  /** The sequence of the operation that was recorded last. */
  #sequence = 0;
  /** How many of the operations since the last clearing are kept or were dropped. */
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many operations were dropped since the log was last cleared. */
  get dropped(): number {
    return this.#count - this.#calls.length;
  }

  /** @returns The operation's sequence. */
  record(point: LoggedPoint, call: object, outcome: number, code: string | undefined): number {
    const slot = this.#count < this.#limit ? this.#count : this.#count % this.#limit;
    this.#points[slot] = point;
    this.#calls[slot] = call;
    this.#outcomes[slot] = outcome;
    this.#codes[slot] = code;
    this.#count += 1;
    this.#sequence += 1;
    return this.#sequence;
  }

  list(filter: OperationFilter): Operation[] {
    const { reads = false, point, prefix = '' } = filter;
    const wanted = point === undefined ? undefined : new Set<string>(typeof point === 'string' ? [point] : point);
    const operations: Operation[] = [];
    for (let place = 0; place < this.#calls.length; place += 1) {
      const slot = (this.dropped + place) % this.#limit;
      const of = this.#points[slot];
      if (of === undefined || (of.read && !reads)) continue;
      if ((wanted !== undefined && !wanted.has(of.name)) || !of.name.startsWith(prefix)) continue;
      operations.push(this.#read(slot, of, this.#sequence - this.#calls.length + place + 1));
    }
    return operations;
  }

  /** Forgets the operations; their numbering goes on. */
  clear(): void {
    for (const column of [this.#points, this.#calls, this.#outcomes, this.#codes]) column.length = 0;
    this.#count = 0;
  }

  /** Forgets the operations and their numbering. */
  reset(): void {
    this.clear();
    this.#sequence = 0;
  }

  #read(slot: number, point: LoggedPoint, sequence: number): Operation {
    const call = this.#calls[slot] ?? {};
    const outcome = this.#outcomes[slot] ?? OK;
    return {
      sequence,
      point: point.name,
      verb: point.verb,
      name: nameOfCall(call, point.verb),
      outcome: OUTCOMES[outcome & 3] ?? 'ok',
      code: this.#codes[slot],
      injected: (outcome & INJECTED) !== 0,
      read: point.read,
      call,
    };
  }
}

/** What a call is about: its `name`, when that is a string. */
export function nameOfCall(call: object, fallback: string): string {
  return 'name' in call && typeof call.name === 'string' ? call.name : fallback;
}

/** The `code` that an error carries in the manner of Node's errors. */
export function codeOfError(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
