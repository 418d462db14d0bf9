/** `2,919`, `0.5`: with at most three digits after the point. */
export function thousands(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

/** `30 s`, `250 ms`: a span of milliseconds. */
export function inSeconds(ms: number): string {
  return ms >= 1000 ? `${thousands(ms / 1000)} s` : `${thousands(ms)} ms`;
}

/** `1 burst`, `3 bursts`. */
export function countWord(count: number, word: string): string {
  return `${thousands(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** With three digits, which are enough in a sentence: `1234`, `12.3`. */
export function roundFigure(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
