/** What a flag lists, with commas or given several times. */
export function listOf(value: unknown): readonly string[] {
  return [value ?? []]
    .flat()
    .flatMap((each) => String(each).split(','))
    .filter((each) => each !== '');
}
