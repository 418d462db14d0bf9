import type { DispatcherKey, DispatcherRecord, LinkRecord, ProgramRecord } from '../model.js';

/** Which links to list; everything given must be so. */
export interface LinkFilter {
  readonly programId?: number;
  readonly dispatcher?: DispatcherKey;
}

/** The manager's account of what it did. Each method is one transaction; what is deleted may be gone already. */
export interface ProgramStore {
  /** @throws ConflictError when another program has this id, this name or this instance. */
  saveProgram(program: ProgramRecord): void;
  deleteProgram(programId: number): void;
  program(programId: number): ProgramRecord | undefined;
  /** In the order of ids. */
  programs(): readonly ProgramRecord[];

  /** An id that no link ever had. */
  nextLinkId(): number;
  saveLink(link: LinkRecord): void;
  deleteLink(linkId: number): void;
  /** Remembers that a link was to be detached and could not be. */
  markDetachPending(linkId: number): void;
  link(linkId: number): LinkRecord | undefined;
  /** In the order of ids. */
  links(filter?: LinkFilter): readonly LinkRecord[];

  /** Saves a dispatcher and its links; links that it had and that are not among these are deleted. */
  saveDispatcher(dispatcher: DispatcherRecord, links: readonly LinkRecord[]): void;
  /** Deletes a dispatcher and its links. */
  deleteDispatcher(key: DispatcherKey): void;
  dispatcher(key: DispatcherKey): DispatcherRecord | undefined;
  dispatchers(): readonly DispatcherRecord[];
}
