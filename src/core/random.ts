import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { quote, UsageError } from './errors.js';

const MAX_SEED = 2 ** 32 - 1;
/** 2^32 divided by the golden ratio: spreads the four words of a generator's state. */
const GOLDEN_STEP = 0x9e3779b9;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

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

/**
 * Makes a source of randomness from a seed. Print the seed when a test fails, and the failure can be had again.
 *
 * @param seed - An integer from 0 to 4294967295 (32 bits).
 * @throws UsageError for any other seed. The methods of the source throw it, too, for an empty range or list, and for
 * a probability outside 0 to 1; nothing is drawn then.
 *
 * @example
 * ```ts
 * const random = createRandom(42);
 * const order = random.fork('order').shuffle(['attach', 'detach', 'unload']);
 * ```
 */
export function createRandom(seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
    throw new UsageError('createRandom', `seed must be an integer from 0 to ${MAX_SEED}; received ${quote(seed)}`);
  }
  // The generator's own way of seeding starts neighbouring seeds with nearly the same values.
  const generator = xoroshiro128plusFromState([1, 2, 3, 4].map((step) => mix(seed + Math.imul(step, GOLDEN_STEP))));
  const draw = (min: number, max: number): number => uniformInt(generator, min, max);

  return {
    seed,
    int(min, max) {
      checkRange(min, max);
      return draw(min, max);
    },
    float: () => uniformFloat64(generator),
    chance(probability) {
      if (!(typeof probability === 'number' && probability >= 0 && probability <= 1)) {
        throw new UsageError('random.chance', `probability must be from 0 to 1; received ${quote(probability)}`);
      }
      return uniformFloat64(generator) < probability;
    },
    pick<T>(list: readonly T[]): T {
      checkList('random.pick', list);
      if (list.length === 0) throw new UsageError('random.pick', 'list must not be empty; received []');
      return list[draw(0, list.length - 1)] as T;
    },
    shuffle<T>(list: readonly T[]): T[] {
      checkList('random.shuffle', list);
      const copy = [...list];
      for (let last = copy.length - 1; last > 0; last -= 1) {
        const other = draw(0, last);
        [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
      }
      return copy;
    },
    bytes(length) {
      if (!Number.isSafeInteger(length) || length < 0) {
        throw new UsageError('random.bytes', `length must be an integer, 0 or more; received ${quote(length)}`);
      }
      return Uint8Array.from({ length }, () => draw(0, 255));
    },
    fork(label) {
      if (typeof label !== 'string' || label === '') {
        throw new UsageError('random.fork', `label must be a string that is not empty; received ${quote(label)}`);
      }
      return createRandom(hashLabel(seed, label));
    },
  };
}

/**
 * A seed nobody chose, for a run that was given none: the one value in glovebox that no seed decides. Print it, and
 * the run can be had again with `createRandom(seed)`.
 */
export function randomSeed(): number {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return seed;
}

function checkList(subject: string, list: unknown): void {
  if (!Array.isArray(list)) throw new UsageError(subject, `list must be an array; received ${quote(list)}`);
}

function checkRange(min: number, max: number): void {
  const mistakes = Object.entries({ min, max })
    .filter(([, value]) => !Number.isSafeInteger(value))
    .map(([name, value]) => `${name} must be a safe integer; received ${quote(value)}`);
  if (min > max) mistakes.push(`min must not be above max; received ${quote(min)} and ${quote(max)}`);
  if (mistakes.length > 0) throw new UsageError('random.int', mistakes);
}

/** FNV-1a over the label's UTF-16 units, begun with the seed; mixed, because FNV-1a leaves short labels alike. */
function hashLabel(seed: number, label: string): number {
  let hash = mix(seed) ^ FNV_OFFSET;
  for (let index = 0; index < label.length; index += 1) {
    const unit = label.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), FNV_PRIME);
    hash = Math.imul(hash ^ (unit >>> 8), FNV_PRIME);
  }
  return mix(hash);
}

/** A bijection of 32-bit numbers in which each bit of the input moves about half of the output's (MurmurHash3's last step). */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
