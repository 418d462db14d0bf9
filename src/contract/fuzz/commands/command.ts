import type * as FastCheck from 'fast-check';
import { type FuzzRef, MAX_HANDLE, type Session } from '../session.js';

/** fast-check, given by who has loaded it: it is an optional package of the user's. */
export type Fc = typeof FastCheck;

/** A kind of command: what it can be asked, and what it does on a kernel. */
export interface CommandKind<Args = unknown> {
  readonly name: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  readonly arguments: (fc: Fc) => FastCheck.Arbitrary<Args>;
  /** Makes the call and answers what both kernels must agree in. */
  readonly run: (session: Session, args: Args) => Promise<unknown>;
}

/** A command as it is generated and printed: plain data. */
export interface Command {
  readonly name: string;
  readonly args: unknown;
}

/** Declares a kind of command; what it is asked stays typed inside, and is plain data outside. */
export function defineCommand<Args>(kind: CommandKind<Args>): CommandKind {
  // Arguments come back to `run` from the arbitrary of the same kind, and from nowhere else.
  return kind as unknown as CommandKind;
}

/** What a command answers when nothing was made yet that it could be about: the same on both kernels. */
export const NOTHING = 'nothing there';

/** Which process makes a call: mostly the first. */
export function byOf(fc: Fc): FastCheck.Arbitrary<number> {
  return fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4);
}

/** A device: mostly the first, so that things meet there. */
export function deviceOf(fc: Fc): FastCheck.Arbitrary<number> {
  return fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5);
}

/** An object: mostly by its handle. */
export function refTo(fc: Fc): FastCheck.Arbitrary<FuzzRef> {
  return fc.record({
    n: fc.nat(MAX_HANDLE),
    as: fc.oneof(
      { weight: 12, arbitrary: fc.constant('handle' as const) },
      { weight: 4, arbitrary: fc.constant('id' as const) },
      { weight: 1, arbitrary: fc.constant('dead' as const) },
    ),
  });
}

/** Mostly `common`, now and then one of the others. */
export function rarely<T>(fc: Fc, common: T, ...others: readonly T[]): FastCheck.Arbitrary<T> {
  return fc.oneof({ weight: 15, arbitrary: fc.constant(common) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}
