import type { ObjectKind } from '../backend.js';
import { readLinkInfo } from './link-info.js';
import { readMapInfo, readProgramInfo } from './object-info.js';

/** The id of what a descriptor refers to. @throws KernelError */
export function readId(kind: ObjectKind, fd: number): number {
  if (kind === 'program') return readProgramInfo(fd).id;
  return kind === 'map' ? readMapInfo(fd).id : readLinkInfo(fd).id;
}
