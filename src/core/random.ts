/** A seeded source of randomness: the same seed gives the same values on every machine. */
export interface Random {
  /** The seed this source was made from. */
  readonly seed: number;
  /** An integer from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** A number from 0 (included) to 1 (not included), with 53 random bits. */
  float(): number;
  /** `true` with the given probability, 0 to 1. */
  chance(probability: number): boolean;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(list: readonly T[]): T[];
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** An independent source that depends only on this seed and the label, not on what was drawn before. */
  fork(label: string): Random;
}
