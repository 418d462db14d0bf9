export function exactlyOnce({
  sent,
  received,
}: {
  readonly sent: readonly number[];
  readonly received: readonly number[];
}) {
  const all = received.toSorted((a, b) => a - b);
  return { ok: JSON.stringify(all) === JSON.stringify(sent), actual: all };
}
export function atLeastOnce({
  sent,
  received,
}: {
  readonly sent: readonly number[];
  readonly received: readonly number[];
}) {
  const all = new Set(received);
  return { ok: sent.every((n) => all.has(n)), actual: received };
}
export function assertCheck(check: { ok: boolean; actual: unknown }) {
  if (!check.ok) throw new Error(JSON.stringify(check.actual));
}
