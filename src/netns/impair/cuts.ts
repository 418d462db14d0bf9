import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';

/** Hosts that are no longer heard by others; those still hear them, unless another cut says so. */
export interface Cut<Host extends string = string> {
  readonly from: readonly Host[];
  readonly to: readonly Host[];
}

/** Groups that no longer hear each other, or cuts one by one. */
export type PartitionArguments<Host extends string> =
  | readonly [cut: Cut<Host>, ...more: readonly Cut<Host>[]]
  | readonly [group: readonly Host[], other: readonly Host[], ...more: readonly (readonly Host[])[]];

/**
 * Every host hears a majority, and no two hear the same one. With an even majority some hear hosts that do not hear them.
 *
 * @throws UsageError for fewer than three hosts
 *
 * @example
 * ```ts
 * using _ring = lab.partition(...majoritiesRing(['a', 'b', 'c', 'd', 'e']));
 * ```
 */
export function majoritiesRing<Host extends string>(
  hosts: readonly Host[],
): readonly [Cut<Host>, ...(readonly Cut<Host>[])] {
  const count = hosts.length;
  const majority = Math.floor(count / 2) + 1;
  const before = Math.floor((majority - 1) / 2);
  const [first, ...others] = hosts.map((host, index): Cut<Host> => {
    const isHeard = (other: number): boolean => (other - index + before + count) % count < majority;
    return { from: hosts.filter((_each, other) => !isHeard(other)), to: [host] };
  });
  if (first === undefined || count < 3)
    throw new UsageError('majoritiesRing', `it takes three hosts at least; received ${quote(hosts)}`);
  return [first, ...others];
}

/** Who is not heard by each host: the names of the sources by the name of the one that drops. @throws UsageError */
export function readCuts(
  parts: readonly unknown[],
  hosts: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const mistakes: string[] = [];
  const readGroup = (place: string, value: unknown): readonly string[] => {
    if (!Array.isArray(value) || value.length === 0) {
      mistakes.push(`${place} must be a list of hosts, such as ["a", "b"]; received ${quote(value)}`);
      return [];
    }
    return value.filter((name: unknown): name is string => {
      const isKnown = typeof name === 'string' && hosts.includes(name);
      if (!isKnown)
        mistakes.push(
          `${place}: ${quote(name)} is no host or router${suggest(name, hosts) || ` of ${hosts.join(', ')}`}`,
        );
      return isKnown;
    });
  };
  const cuts = parts.every((part) => Array.isArray(part))
    ? toCuts(parts.map((group, index) => readGroup(`group ${index + 1}`, group)))
    : parts.map((cut, index) => ({
        from: readGroup(`cut ${index + 1}: from`, Reflect.get(Object(cut), 'from')),
        to: readGroup(`cut ${index + 1}: to`, Reflect.get(Object(cut), 'to')),
      }));
  if (parts.length < 1 || (parts.length === 1 && Array.isArray(parts[0])))
    mistakes.push('give two groups at least, such as partition(["a", "b"], ["c"]), or { from, to }');
  const deaf = new Map<string, Set<string>>();
  for (const { from, to } of cuts) {
    for (const name of to) {
      if (from.includes(name)) mistakes.push(`${quote(name)} is on both sides`);
      const sources = deaf.get(name) ?? new Set();
      for (const source of from) sources.add(source);
      deaf.set(name, sources);
    }
  }
  if (mistakes.length > 0) throw new UsageError('lab.partition', [...new Set(mistakes)]);
  return deaf;
}

function toCuts(groups: readonly (readonly string[])[]): readonly Cut[] {
  return groups.flatMap((to) => groups.filter((from) => from !== to).map((from) => ({ from, to })));
}
