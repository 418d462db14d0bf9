/** A test that was skipped. */
export interface SkippedTest {
  readonly title: string;
  /** `rung`: missing here; `kernel`: the running kernel lacks it; `elsewhere`: for another rung or user; or `unknown`. */
  readonly kind: string;
  readonly reason: string;
  readonly requirement?: string;
  /** Where the test would have run, if that is to be told. */
  readonly rung?: string;
}

/** Tests that were skipped for one reason. */
export interface SkipGroup extends Omit<SkippedTest, 'title'> {
  readonly titles: readonly string[];
}

/** What no setting of the machine mends; all else is a failure where everything is required. */
const HARMLESS = ['kernel', 'elsewhere'];

/** Skipped tests by their reason, the most frequent first. */
export function groupSkips(tests: readonly SkippedTest[]): readonly SkipGroup[] {
  const groups = new Map<string, SkipGroup & { readonly titles: string[] }>();
  for (const { title, ...skip } of tests) {
    const key = JSON.stringify([skip.rung, skip.kind, skip.requirement, skip.reason]);
    const group = groups.get(key) ?? { ...skip, titles: [] };
    group.titles.push(title);
    groups.set(key, group);
  }
  return [...groups.values()].toSorted((a, b) => b.titles.length - a.titles.length);
}

/** Whether a skip is a failure where everything is required. */
export function isMissing({ kind }: Pick<SkipGroup, 'kind'>): boolean {
  return !HARMLESS.includes(kind);
}

/** A group on one line; the titles are told where there are few. */
export function describeSkips({ rung, reason, titles }: SkipGroup): string {
  const told = titles.length > 3 ? '' : ` (${titles.map((title) => `"${title}"`).join(', ')})`;
  const place = rung === undefined ? '' : ` at the ${rung} rung`;
  return `${titles.length} skipped${place}: ${reason}${told}`;
}
