/** What differs between the database, the kernel and the file system. */
export type FindingKind =
  | 'link-without-program'
  | 'link-only-in-database'
  | 'link-only-in-kernel'
  | 'link-off-its-hook'
  | 'detach-unfinished'
  | 'interface-gone'
  | 'netns-gone'
  | 'dispatcher-off-its-hook'
  | 'dispatcher-only-in-database'
  | 'dispatcher-only-in-kernel'
  | 'program-only-in-database'
  | 'program-only-in-kernel'
  | 'prototype-left-over'
  | 'pin-missing'
  | 'pin-only-on-file-system'
  | 'foreign-xdp';

/**
 * The order of repairs: whatever depends on something comes before it. What is to be tried again comes last, when
 * nothing that was left over is in its way.
 */
export const REPAIR_ORDER = [
  'links',
  'hooks',
  'dispatchers',
  'orphans',
  'programs',
  'pins',
  'directories',
  'retries',
  'nothing',
] as const;

/** One difference, and how to mend it. */
export interface Finding {
  readonly kind: FindingKind;
  /** What it is about: `program 7 ("prog_one")`, or a path. */
  readonly subject: string;
  readonly detail: string;
  readonly stage: (typeof REPAIR_ORDER)[number];
  /** `undefined` where there is nothing that this manager may do. Finding the work done already is success. */
  readonly repair: (() => Promise<void>) | undefined;
}
