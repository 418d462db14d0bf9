import type { ObjectKind } from '../backend.js';
import type { Direction, LinkType, ProgramType } from '../objects.js';

/** What is known of a program that was loaded here, beside what the kernel tells. */
export interface ProgramRecord {
  readonly name: string;
  /** Several types of the contract are one to the kernel. */
  readonly type: ProgramType;
  readonly dispatcher: boolean;
  /** The function that it was loaded for. */
  readonly target: string | undefined;
  /** The maps that were created with it. */
  readonly madeMapIds: readonly number[];
}

/** What is known of a link that was made here. */
export interface LinkRecord {
  readonly type: LinkType;
  /** The name of the program that it was made with. */
  readonly name: string;
  /** The inode of its device's network namespace. */
  readonly netns?: number;
  readonly direction?: Direction;
  readonly target?: string;
}

/** What is known of a map that was made here. */
export interface MapRecord {
  readonly name: string;
}

/**
 * What was made here, by its id: for listings that show nothing else, and for what the kernel does not tell. An id comes
 * again only when the kernel has counted through two thousand millions, so nothing has to be forgotten in time.
 */
export class Registry {
  readonly program = new Map<number, ProgramRecord>();
  readonly link = new Map<number, LinkRecord>();
  readonly map = new Map<number, MapRecord>();

  has(kind: ObjectKind, id: number): boolean {
    return this[kind].has(id);
  }

  /** In ascending order. */
  ids(kind: ObjectKind): readonly number[] {
    return [...this[kind].keys()].sort((a, b) => a - b);
  }

  forget(kind: ObjectKind, id: number): void {
    this[kind].delete(id);
  }
}
