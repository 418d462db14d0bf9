import type { Series } from '../../scenarios/scenario-result.js';

/** More points than a screen has pixels only make the page large. */
const MAX_POINTS = 1500;

/** A line before it is put beside others. */
export interface Track {
  readonly label: string;
  readonly series: Series;
  readonly isDashed?: boolean;
}

/** Tracks on one axis of time. */
export interface JoinedTracks {
  readonly atMs: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

/** Puts tracks beside each other: all times that any of them has, and `null` where one has no value. */
export function joinTracks(tracks: readonly Track[]): JoinedTracks {
  const thinned = tracks.map(({ series }) => thin(series));
  const atMs = [...new Set(thinned.flatMap((series) => series.atMs.filter(Number.isFinite)))].sort((a, b) => a - b);
  const values = thinned.map((series) => {
    const known = new Map(series.atMs.map((at, index) => [at, series.values[index]]));
    return atMs.map((at) => {
      const value = known.get(at);
      return value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(5));
    });
  });
  return { atMs, values };
}

/** Each nth point, and the last. */
function thin({ atMs, values }: Series): Series {
  const stride = Math.ceil(atMs.length / MAX_POINTS);
  if (stride <= 1) return { atMs, values };
  const isKept = (_: number, index: number) => index % stride === 0 || index === atMs.length - 1;
  return { atMs: atMs.filter(isKept), values: values.filter(isKept) };
}

/** Of intervals, in parts of the usual one: a rate over less is that of a moment, and jumps. */
const SHORTEST = 0.3;

/** How much a total grew per second, at the end of each interval. A total that fell began anew, with what did the counting. */
export function differentiate(total: Series): Series {
  const { atMs, values } = joinShort(thin(total));
  const rates: number[] = [];
  const times: number[] = [];
  for (let index = 1; index < atMs.length; index++) {
    const [from, until] = [atMs[index - 1] ?? 0, atMs[index] ?? 0];
    const [before, after] = [values[index - 1] ?? 0, values[index] ?? 0];
    if (!(until > from)) continue;
    times.push(until);
    rates.push(((after < before ? after : after - before) * 1000) / (until - from));
  }
  return { atMs: times, values: rates };
}

/** Without the points that follow the one before at once, such as a last one at the end of a run. */
function joinShort({ atMs, values }: Series): Series {
  const spans = atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0));
  const shortest = SHORTEST * (spans.toSorted((a, b) => a - b)[Math.floor(spans.length / 2)] ?? 0);
  const kept: number[] = [];
  for (const [index, at] of atMs.entries()) {
    const isClose = kept.length > 1 && at - (atMs[kept.at(-1) ?? 0] ?? 0) < shortest;
    // The last is the whole total, and stands for the one before.
    if (isClose && index === atMs.length - 1) kept.pop();
    if (!isClose || index === atMs.length - 1) kept.push(index);
  }
  return { atMs: kept.map((index) => atMs[index] ?? 0), values: kept.map((index) => values[index] ?? 0) };
}
