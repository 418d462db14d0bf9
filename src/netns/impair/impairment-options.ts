import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { Impairment } from '../wire/impairment-model.js';

/** How a link is to be impaired: from its first end to its second, back, or both ways. */
export interface ImpairOptions {
  /** From the first end of the spec to the second. */
  readonly aToB?: Impairment;
  readonly bToA?: Impairment;
  /** Both ways; what `aToB` and `bToA` say goes before it. */
  readonly both?: Impairment;
  /** What decides which frames are hit, 0 to 4294967295. @defaultValue a new one for each lab, see `link.seed` */
  readonly seed?: number;
}

/** Six hours, beyond which nothing is worth waiting for. */
const MAX_DELAY_MS = 21_600_000;
const MAX_U32 = 0xffffffff;

const RANGES: Readonly<Record<keyof Impairment, readonly [least: number, most: number, whole: boolean]>> = {
  delayMs: [0, MAX_DELAY_MS, false],
  jitterMs: [0, MAX_DELAY_MS, false],
  lossPercent: [0, 100, false],
  duplicatePercent: [0, 100, false],
  corruptPercent: [0, 100, false],
  reorderPercent: [0, 100, false],
  rateBitsPerSecond: [8, 1e13, false],
  limitPackets: [1, MAX_U32, true],
};

/** @throws UsageError with every mistake */
export function checkImpairOptions(subject: string, options: ImpairOptions): void {
  checkOptions(subject, options);
  const { aToB, bToA, both, seed } = options;
  const mistakes = [...findUnknownOptions(options, ['aToB', 'bToA', 'both', 'seed'])];
  if (aToB === undefined && bToA === undefined && both === undefined)
    mistakes.push('give aToB, bToA or both, such as { both: { lossPercent: 5 } }');
  for (const [name, impairment] of Object.entries({ aToB, bToA, both })) {
    if (impairment !== undefined) mistakes.push(...findImpairmentMistakes(name, impairment));
  }
  if (seed !== undefined && !(Number.isInteger(seed) && seed >= 0 && seed <= MAX_U32))
    mistakes.push(`seed must be an integer from 0 to ${MAX_U32}; received ${quote(seed)}`);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

function findImpairmentMistakes(name: string, impairment: unknown): readonly string[] {
  if (typeof impairment !== 'object' || impairment === null)
    return [`${name} must be an object such as { delayMs: 20 }; received ${quote(impairment)}`];
  const mistakes = findUnknownOptions(impairment, Object.keys(RANGES)).map((mistake) => `${name}: ${mistake}`);
  for (const [field, [least, most, whole]] of Object.entries(RANGES)) {
    const value: unknown = Reflect.get(impairment, field);
    if (value === undefined) continue;
    const isIn = typeof value === 'number' && value >= least && value <= most;
    if (!isIn || (whole && !Number.isInteger(value))) {
      mistakes.push(
        `${name}.${field} must be ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}; received ${quote(value)}`,
      );
    }
  }
  return mistakes;
}
