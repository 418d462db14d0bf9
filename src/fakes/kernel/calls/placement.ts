import { quote } from '../../../core/errors.js';
import type { RawFlags, TcxPosition } from '../../../kernel/attach.js';
import { refuse } from '../../../kernel/refuse.js';
import type { Caller } from '../caller.js';
import { BPF_F_AFTER, BPF_F_BEFORE, BPF_F_ID, BPF_F_LINK } from '../hooks/tcx-flags.js';
import type { TcxAnchor, TcxPlacement } from '../hooks/tcx-hook.js';
import type { StoredObject } from '../objects/kernel-objects.js';

type Anchor = TcxPosition['anchor'];

/** Where on a TCX hook: the anchor is resolved when bpf_mprog would, so that its errors come in the kernel's order. */
export function toPlacement(caller: Caller, position: TcxPosition & RawFlags, syscall: string): TcxPlacement {
  const { order, anchor, expectedRevision } = position;
  const flags = (position.flags ?? 0) | toOrderFlag(order) | toAnchorFlags(anchor);
  return { flags, expectedRevision, findAnchor: () => findAnchor(caller, anchor, flags, syscall) };
}

function toOrderFlag(order: TcxPosition['order']): number {
  if (order === undefined) return 0;
  return order === 'before' ? BPF_F_BEFORE : BPF_F_AFTER;
}

function toAnchorFlags(anchor: Anchor): number {
  if (anchor === undefined) return 0;
  if ('link' in anchor) return BPF_F_LINK | (typeof anchor.link === 'number' ? BPF_F_ID : 0);
  return typeof anchor.program === 'number' ? BPF_F_ID : 0;
}

/** bpf_mprog_tuple_relative: an id needs no capability here, and 0 stands for no anchor at all. */
function findAnchor(caller: Caller, anchor: Anchor, flags: number, syscall: string): TcxAnchor | undefined {
  const action = 'find the anchor';
  const kind = (flags & BPF_F_LINK) === 0 ? 'program' : 'link';
  const given = anchor === undefined ? 0 : 'link' in anchor ? anchor.link : anchor.program;
  if ((flags & BPF_F_ID) !== 0) {
    // A handle with BPF_F_ID is a file descriptor that is taken for an id: what it hits is anyone's guess, mostly nothing.
    const found = typeof given === 'number' ? caller.machine.table(kind).get(given) : undefined;
    return found === undefined
      ? refuse(
          'ENOENT',
          syscall,
          action,
          `There is no ${kind} with id ${quote(typeof given === 'number' ? given : given.id)}`,
        )
      : toAnchor(found);
  }
  if (given === 0 && kind === 'program') return undefined;
  if (typeof given === 'number') return refuse('EINVAL', syscall, action, 'BPF_F_LINK names no link');
  return toAnchor(kind === 'link' ? caller.link(given, syscall, action) : caller.program(given, syscall, action));
}

function toAnchor(object: StoredObject): TcxAnchor {
  if (object.kind === 'link') return { program: object.program, link: object };
  if (object.kind === 'program') return { program: object, link: undefined };
  throw new TypeError(`a ${object.kind} cannot be an anchor`);
}
