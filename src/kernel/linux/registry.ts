import type { ObjectKind } from '../backend.js';
import type { Direction, LinkType, MapInfo, ProgramType } from '../objects.js';

/** What is known of a program that was loaded here, beside what the kernel tells. */
export interface ProgramRecord {
  readonly name: string;
  /** Several types of the contract are one to the kernel. */
  readonly type: ProgramType;
  readonly dispatcher: boolean;
  /** The function that it was loaded for. */
  readonly target: string | undefined;
  /** The program that it was loaded to extend. */
  readonly extendedId: number | undefined;
  /** The maps that were created with it. */
  readonly madeMapIds: readonly number[];
}

/** What is known of a link that was made here. */
export interface LinkRecord {
  readonly type: LinkType;
  /** The name of the program that it was made with. */
  readonly name: string;
  /** The inode of its device's network namespace, and the path by which that was named. */
  readonly netns?: number;
  readonly netnsPath?: string | undefined;
  readonly ifindex?: number;
  readonly direction?: Direction;
  readonly target?: string;
  /** The program that it was last updated to here. */
  readonly programId?: number;
}

/** What is known of a map that was made here. */
export interface MapRecord {
  readonly name: string;
  /** What the kernel tells of it, which stays as it is. */
  readonly info: MapInfo;
  /** Whether it holds the variables of an object file. */
  readonly isVariables?: boolean;
}

/**
 * What was made here, by its id: for listings that show nothing else, and for what the kernel does not tell. An id comes
 * again only when the kernel has counted through two thousand millions, so what is known of it may stay.
 */
export class Registry {
  readonly program = new Map<number, ProgramRecord>();
  readonly link = new Map<number, LinkRecord>();
  readonly map = new Map<number, MapRecord>();
  /** The ids that were not yet seen to be gone. */
  readonly #alive = { program: new Set<number>(), link: new Set<number>(), map: new Set<number>() };

  addProgram(id: number, record: ProgramRecord): void {
    this.program.set(id, record);
    this.#alive.program.add(id);
  }

  addLink(id: number, record: LinkRecord): void {
    this.link.set(id, record);
    this.#alive.link.add(id);
  }

  /** A link has another program now. */
  noteUpdate(id: number, programId: number): void {
    const record = this.link.get(id);
    if (record !== undefined) this.link.set(id, { ...record, programId });
  }

  addMap(id: number, record: MapRecord): void {
    this.map.set(id, record);
    this.#alive.map.add(id);
  }

  /** A map holds the variables of an object file. */
  noteVariables(id: number): void {
    const record = this.map.get(id);
    if (record !== undefined) this.map.set(id, { ...record, isVariables: true });
  }

  has(kind: ObjectKind, id: number): boolean {
    return this[kind].has(id);
  }

  /** Those that may still be there, in ascending order. */
  ids(kind: ObjectKind): readonly number[] {
    return [...this.#alive[kind]].sort((a, b) => a - b);
  }

  /** An id is not given out any more. */
  markGone(kind: ObjectKind, id: number): void {
    this.#alive[kind].delete(id);
  }
}
