/** Something that holds or does not: for `always`, `eventually` and disruptions that wait for it. */
export interface Condition {
  /** In words: `the coordinator is up`. */
  readonly name: string;
  /** Whether it holds now. What it throws means that it does not. */
  readonly holds: () => unknown;
  /** For `eventually`: how long it may take from the end of the load on, in milliseconds. @defaultValue 5000 */
  readonly withinMs?: number;
  /** How often it is looked at, in milliseconds. @defaultValue 100 */
  readonly everyMs?: number;
}
