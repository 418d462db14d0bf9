/** `host1` | `host2` | `host3` for 3; `host${number}` where the number is known only when the test runs. */
export type Numbered<Prefix extends string, Count extends number> = number extends Count
  ? `${Prefix}${number}`
  : NumbersTo<Count> extends infer Each extends number
    ? `${Prefix}${Each}`
    : never;

/** The same for one more. */
export type NumberedAndOne<Prefix extends string, Count extends number> = number extends Count
  ? `${Prefix}${number}`
  : Numbered<Prefix, Count> | `${Prefix}${Increment<Count>}`;

/** `link1_2` | `link1_3` | `link2_3` for 3: a name for every two. */
export type NumberedPairs<Prefix extends string, Count extends number> = number extends Count
  ? `${Prefix}${number}_${number}`
  : PairsTo<Prefix, Count>;

/** 1 | 2 | 3 for 3. */
type NumbersTo<Count extends number, Seen extends readonly number[] = []> = Seen['length'] extends Count
  ? Seen[number]
  : NumbersTo<Count, readonly [...Seen, Next<Seen>]>;

type PairsTo<
  Prefix extends string,
  Count extends number,
  Seen extends readonly number[] = [],
  Found extends string = never,
> = Seen['length'] extends Count
  ? Found
  : PairsTo<
      Prefix,
      Count,
      readonly [...Seen, Next<Seen>],
      Found | (Seen[number] extends infer Each extends number ? `${Prefix}${Each}_${Next<Seen>}` : never)
    >;

type Increment<Count extends number, Seen extends readonly number[] = []> = Seen['length'] extends Count
  ? Next<Seen>
  : Increment<Count, readonly [...Seen, Next<Seen>]>;

/** How many there are with one more. */
type Next<Seen extends readonly unknown[]> = [...Seen, unknown]['length'] & number;
