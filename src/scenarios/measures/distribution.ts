import { createRequire } from 'node:module';
import type { Float64Histogram } from 'hdr-histogram-js';

/** How many samples lie in each of the histogram's cells, of those cells that have any; the cells in order of value. */
export interface Cells {
  readonly indices: readonly number[];
  readonly counts: readonly number[];
  readonly total: number;
}

export const NO_CELLS: Cells = { indices: [], counts: [], total: 0 };

/** Of a sample, these many digits are kept: one in a thousand. */
const SIGNIFICANT_DIGITS = 3;
/** It grows by itself; most things that are measured in milliseconds are under a second, in nanoseconds. */
const FIRST_HIGHEST = 1e9;

type Hdr = typeof import('hdr-histogram-js');

/** It brings WebAssembly along and takes tens of milliseconds: nobody loads it who only checks a history. */
function loadHdr(): Hdr {
  return createRequire(import.meta.url)('hdr-histogram-js');
}

/**
 * Counts whole numbers in cells that are one in a thousand wide: an HDR histogram, with what its library does not
 * tell: the cells themselves, which can be kept, added and asked for any percentile.
 */
export class Distribution {
  readonly #histogram: Float64Histogram;

  constructor() {
    // Counts of 32 bits would overflow in a long run, and the library throws a string then.
    this.#histogram = new (loadHdr().Float64Histogram)(1, FIRST_HIGHEST, SIGNIFICANT_DIGITS);
    this.#histogram.autoResize = true;
  }

  /** @param value - A safe integer, 0 or more; nothing is checked here. */
  record(value: number): void {
    this.#histogram.recordValue(value);
  }

  recordMany(value: number, count: number): void {
    this.#histogram.recordValueWithCount(value, count);
  }

  /** What was counted since the last time that it was emptied. */
  cells(): Cells {
    const histogram = this.#histogram;
    if (histogram.totalCount === 0) return NO_CELLS;
    const indices: number[] = [];
    const counts: number[] = [];
    for (let index = 0; index < histogram.countsArrayLength; index += 1) {
      const count = histogram.getCountAtIndex(index);
      if (count === 0) continue;
      indices.push(index);
      counts.push(count);
    }
    return { indices, counts, total: histogram.totalCount };
  }

  empty(): void {
    if (this.#histogram.totalCount > 0) this.#histogram.reset();
  }

  /** The largest number that is counted in a cell. */
  upperEdge(index: number): number {
    const histogram = this.#histogram;
    return histogram.highestEquivalentValue(histogram.valueFromIndex(index));
  }
}

/** Both together. */
export function addCells(one: Cells, other: Cells): Cells {
  if (one.total === 0) return other;
  if (other.total === 0) return one;
  const indices: number[] = [];
  const counts: number[] = [];
  let left = 0;
  let right = 0;
  while (left < one.indices.length || right < other.indices.length) {
    const leftIndex = one.indices[left] ?? Number.POSITIVE_INFINITY;
    const rightIndex = other.indices[right] ?? Number.POSITIVE_INFINITY;
    const index = Math.min(leftIndex, rightIndex);
    let count = 0;
    if (leftIndex === index) count += one.counts[left++] ?? 0;
    if (rightIndex === index) count += other.counts[right++] ?? 0;
    indices.push(index);
    counts.push(count);
  }
  return { indices, counts, total: one.total + other.total };
}

/** The cell of the sample with this rank: 1 is the smallest, `total` the largest. */
export function findCell(cells: Cells, rank: number): number {
  let seen = 0;
  for (const [place, count] of cells.counts.entries()) {
    seen += count;
    if (seen >= rank) return cells.indices[place] ?? 0;
  }
  return cells.indices.at(-1) ?? 0;
}

/** Neighbouring cells put together until there are at most so many; of each, the last index and the count. */
export function coarsen(cells: Cells, most: number): readonly (readonly [lastIndex: number, count: number])[] {
  for (let shift = 0; ; shift += 1) {
    const groups = new Map<number, number>();
    for (const [place, index] of cells.indices.entries()) {
      const group = index >> shift;
      groups.set(group, (groups.get(group) ?? 0) + (cells.counts[place] ?? 0));
    }
    if (groups.size <= most) {
      return [...groups].map(([group, count]) => [(group + 1) * 2 ** shift - 1, count] as const);
    }
  }
}
