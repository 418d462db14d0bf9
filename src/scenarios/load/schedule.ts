import type { Random } from '../../core/random.js';
import type { ScheduledArrival } from './load.js';

/** How arrivals of one rate follow each other: at equal distances, or as independent people come. */
export type Spacing = 'regular' | 'poisson';

export interface RateSpan {
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly spacing: Spacing;
}

/** The moments of one rate, from the first one, at 0, on. */
export function* spaceRegularly({ ratePerSecond, durationMs }: Omit<RateSpan, 'spacing'>): Generator<number> {
  // Each from its number and none from the one before: sums of fractions drift.
  for (let count = 0, atMs = 0; atMs < durationMs; atMs = (count * 1000) / ratePerSecond) {
    yield atMs;
    count += 1;
  }
}

/** The moments of a Poisson process of a rate: gaps are distributed exponentially. */
export function* spaceRandomly(
  { ratePerSecond, durationMs }: Omit<RateSpan, 'spacing'>,
  random: Random,
): Generator<number> {
  for (let atMs = drawGapMs(ratePerSecond, random); atMs < durationMs; atMs += drawGapMs(ratePerSecond, random)) {
    yield atMs;
  }
}

export function space(span: RateSpan, random: Random): Generator<number> {
  return span.spacing === 'regular' ? spaceRegularly(span) : spaceRandomly(span, random);
}

/**
 * The moments of a rate that goes evenly from one to another. Regular ones are where the integral of the rate is a whole
 * number; of random ones, the integral grows by an exponential draw each time.
 */
export function* spaceRamp(
  span: {
    readonly fromPerSecond: number;
    readonly toPerSecond: number;
    readonly durationMs: number;
    readonly spacing: Spacing;
  },
  random: Random,
): Generator<number> {
  const { fromPerSecond, toPerSecond, durationMs, spacing } = span;
  const durationS = durationMs / 1000;
  const slope = (toPerSecond - fromPerSecond) / durationS;
  const total = ((fromPerSecond + toPerSecond) / 2) * durationS;
  const step = (): number => (spacing === 'regular' ? 1 : -Math.log(1 - random.float()));
  for (let area = spacing === 'regular' ? 0 : step(); area < total; area += step()) {
    // The form of the quadratic's root that is exact for a slope near 0, too.
    const root = Math.sqrt(Math.max(0, fromPerSecond * fromPerSecond + 2 * slope * area));
    const atS = area === 0 ? 0 : (2 * area) / (fromPerSecond + root);
    if (atS >= durationS) return;
    yield atS * 1000;
  }
}

/** Moments as arrivals. */
export function* asArrivals(moments: Iterable<number>): Generator<ScheduledArrival> {
  for (const atMs of moments) yield { atMs };
}

/** Moments as arrivals of kinds, each drawn by its weight. */
export function* drawKinds(
  moments: Iterable<number>,
  shares: Readonly<Record<string, number>>,
  random: Random,
): Generator<ScheduledArrival> {
  const kinds = Object.entries(shares);
  const total = kinds.reduce((sum, [, weight]) => sum + weight, 0);
  for (const atMs of moments) {
    let left = random.float() * total;
    let drawn = kinds[0]?.[0] ?? '';
    for (const [kind, weight] of kinds) {
      if (weight > 0) drawn = kind;
      left -= weight;
      if (left < 0) break;
    }
    yield { atMs, kind: drawn };
  }
}

/** Two schedules as one, in order of time; of two at the same moment, the first's comes first. */
export function* merge(
  first: Iterable<ScheduledArrival>,
  second: Iterable<ScheduledArrival>,
): Generator<ScheduledArrival> {
  const ones = first[Symbol.iterator]();
  const others = second[Symbol.iterator]();
  let one = ones.next();
  let other = others.next();
  while (!one.done || !other.done) {
    if (!one.done && (other.done || one.value.atMs <= other.value.atMs)) {
      yield one.value;
      one = ones.next();
    } else if (!other.done) {
      yield other.value;
      other = others.next();
    }
  }
}

function drawGapMs(ratePerSecond: number, random: Random): number {
  return (-Math.log(1 - random.float()) * 1000) / ratePerSecond;
}
