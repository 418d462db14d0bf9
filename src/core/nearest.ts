/** The names most like a mistyped one, best first: for "did you mean". */
export function findNearest(name: string, candidates: Iterable<string>, count = 3): readonly string[] {
  const limit = Math.max(2, Math.ceil(name.length / 2));
  return [...candidates]
    .map((candidate) => ({ candidate, distance: measureDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** ` Did you mean "a" or "b"?`, or nothing when no name is like it. */
export function suggest(name: unknown, candidates: Iterable<string>): string {
  const nearest = typeof name === 'string' ? findNearest(name.slice(0, 100), candidates) : [];
  return nearest.length === 0 ? '' : `. Did you mean ${nearest.map((each) => JSON.stringify(each)).join(' or ')}?`;
}

/** Levenshtein's distance: how many letters to add, drop or change. */
function measureDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
