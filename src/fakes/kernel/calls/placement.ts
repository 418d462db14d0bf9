import { quote } from '../../../core/errors.js';
import type { TcxPosition } from '../../../kernel/attach.js';
import type { Caller } from '../caller.js';
import type { TcxAnchor, TcxPlacement } from '../hooks/tcx-hook.js';
import { refuse } from './refuse.js';

/** Where on a TCX hook: the anchor is resolved when bpf_mprog would, so that its errors come in the kernel's order. */
export function toPlacement(caller: Caller, position: TcxPosition, syscall: string): TcxPlacement {
  const { order, anchor, expectedRevision } = position;
  return {
    order,
    expectedRevision,
    findAnchor: anchor === undefined ? undefined : () => findAnchor(caller, anchor, syscall),
  };
}

/** bpf_mprog_prog and bpf_mprog_link: an id needs no capability here. */
function findAnchor(caller: Caller, anchor: NonNullable<TcxPosition['anchor']>, syscall: string): TcxAnchor {
  const action = 'find the anchor';
  const { programs, links } = caller.machine.store;
  if ('link' in anchor) {
    const link = typeof anchor.link === 'number' ? links.get(anchor.link) : caller.link(anchor.link, syscall, action);
    if (link === undefined) return refuse('ENOENT', syscall, action, `There is no link with id ${quote(anchor.link)}`);
    return { program: link.program, link };
  }
  const program =
    typeof anchor.program === 'number' ? programs.get(anchor.program) : caller.program(anchor.program, syscall, action);
  if (program === undefined)
    return refuse('ENOENT', syscall, action, `There is no program with id ${quote(anchor.program)}`);
  return { program, link: undefined };
}
