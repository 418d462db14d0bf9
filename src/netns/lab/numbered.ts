/** `host1` | `host2` | `host3` for 3; `host${number}` for over 256, and where only the running test knows how many. */
export type Numbered<Prefix extends string, Count extends number> = number extends Count
  ? `${Prefix}${number}`
  : NumbersTo<Count> extends infer Each extends number
    ? `${Prefix}${Each}`
    : never;

/** The same for one more. */
export type NumberedAndOne<Prefix extends string, Count extends number> = number extends Count
  ? `${Prefix}${number}`
  : Numbered<Prefix, Count> | `${Prefix}${Increment<Count>}`;

/** `link1_2` | `link1_3` | `link2_3` for 3: a name for every two; `link${number}_${number}` for over 64. */
export type NumberedPairs<Prefix extends string, Count extends number> = number extends Count
  ? `${Prefix}${number}_${number}`
  : PairsTo<Prefix, Count>;

/** 1 | 2 | 3 for 3. */
type NumbersTo<Count extends number, Seen extends readonly number[] = []> = Seen['length'] extends Count
  ? Seen[number]
  : Seen['length'] extends 256
    ? number
    : NumbersTo<Count, readonly [...Seen, Next<Seen>]>;

type PairsTo<
  Prefix extends string,
  Count extends number,
  Seen extends readonly number[] = [],
  Found extends string = never,
> = Seen['length'] extends Count
  ? Found
  : Seen['length'] extends 64
    ? `${Prefix}${number}_${number}`
    : PairsTo<
        Prefix,
        Count,
        readonly [...Seen, Next<Seen>],
        Found | (Seen[number] extends infer Each extends number ? `${Prefix}${Each}_${Next<Seen>}` : never)
      >;

type Increment<Count extends number, Seen extends readonly number[] = []> = Seen['length'] extends Count
  ? Next<Seen>
  : Seen['length'] extends 256
    ? number
    : Increment<Count, readonly [...Seen, Next<Seen>]>;

/** How many there are with one more. */
type Next<Seen extends readonly unknown[]> = [...Seen, unknown]['length'] & number;
