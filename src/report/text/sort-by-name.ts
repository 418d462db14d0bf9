/** In the order of their names, as people count: `worker-2` before `worker-10`. */
export function sortByName<T extends { readonly name: string }>(list: readonly T[]): readonly T[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return list.toSorted((a, b) => compare(a.name, b.name));
}
