import type { TcxPosition } from '../attach.js';
import { ATTACH_FLAG } from './bpf-constants.js';
import type { LinuxCaller } from './linux-caller.js';

/** A position on a TCX hook in the words of the kernel. */
export interface EncodedPosition {
  readonly flags: number;
  /** A descriptor, or with BPF_F_ID an id. */
  readonly relative: number;
  readonly expectedRevision: number;
}

/** `relative_fd`, `relative_id` and their flags: kernel/bpf/mprog.c, bpf_mprog_tuple_relative. An id needs no capability. */
export function encodePosition(caller: LinuxCaller, position: TcxPosition): EncodedPosition {
  const { order, anchor, expectedRevision = 0 } = position;
  let flags = 0;
  if (order === 'before') flags |= ATTACH_FLAG.BEFORE;
  if (order === 'after') flags |= ATTACH_FLAG.AFTER;
  if (anchor === undefined) return { flags, relative: 0, expectedRevision };
  if ('link' in anchor) flags |= ATTACH_FLAG.LINK;
  const ref = 'link' in anchor ? anchor.link : anchor.program;
  if (typeof ref !== 'number') return { flags, relative: caller.fdOf(ref), expectedRevision };
  return { flags: flags | ATTACH_FLAG.ID, relative: ref, expectedRevision };
}
