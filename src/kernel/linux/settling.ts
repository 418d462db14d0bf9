import type { ObjectKind } from '../backend.js';
import type { LinuxMachine } from './linux-machine.js';
import { isListed } from './listing.js';
import { visitDevice } from './observe.js';
import { findReachable, type Reachable } from './reachability.js';
import type { LinkRecord } from './registry.js';
import { readTcx } from './tcx-programs.js';
import { findXdpLink, readXdp } from './xdp-netlink.js';

/** What holds others goes before them. */
const KINDS: readonly ObjectKind[] = ['link', 'program', 'map'];

/**
 * What the kernel has yet to free. Of a link whose last reference was a pin the id goes first, from a work queue, and its
 * hook only then (kernel/bpf/syscall.c, bpf_link_put, bpf_link_free); a program lets go of its maps some time after it is
 * gone (kernel/bpf/core.c, bpf_prog_free_deferred), and a filter of its program (net/sched/cls_bpf.c).
 */
export class Settling {
  /** Links whose id is gone, but which may still be on their hook. */
  readonly #releasing = new Map<number, LinkRecord>();
  readonly #machine: LinuxMachine;

  constructor(machine: LinuxMachine) {
    this.#machine = machine;
  }

  /** The id of a link is not given out any more. */
  noteGone(id: number): void {
    const record = this.#machine.registry.link.get(id);
    if (record?.ifindex !== undefined) this.#releasing.set(id, record);
  }

  /** Whether everything that was made here and is still there is held by something, and every hook is free that should be. */
  look(): boolean {
    const unheld = this.#findUnheld();
    if (unheld.some(({ ids }) => ids.length > 0)) {
      const reachable = findReachable(this.#machine);
      if (unheld.some(({ kind, ids }) => !ids.every((id) => this.#isAccountedFor(reachable, kind, id)))) return false;
    }
    for (const [id, record] of this.#releasing) {
      if (this.#isOnHook(id, record)) return false;
      this.#releasing.delete(id);
    }
    return true;
  }

  /** What no handle holds; most things have one, which is quickly seen. */
  #findUnheld(): readonly { readonly kind: ObjectKind; readonly ids: readonly number[] }[] {
    const { registry, callers } = this.#machine;
    const handles = [...callers].flatMap((caller) => [...caller.handles]);
    return KINDS.map((kind) => {
      const held = new Set(handles.filter((handle) => handle.kind === kind).map(({ id }) => id));
      return { kind, ids: registry.ids(kind).filter((id) => !held.has(id)) };
    });
  }

  /** Held by something, or gone. */
  #isAccountedFor(reachable: Reachable, kind: ObjectKind, id: number): boolean {
    if (reachable[kind].has(id)) return true;
    if (isListed(kind, id)) return false;
    this.#machine.registry.markGone(kind, id);
    if (kind === 'link') this.noteGone(id);
    return true;
  }

  #isOnHook(id: number, { type, ifindex, direction, netns, netnsPath }: LinkRecord): boolean {
    if (ifindex === undefined || netns === undefined) return false;
    const place = { ifindex, ...(netnsPath === undefined ? {} : { netns: netnsPath }) };
    const device = this.#machine.plain.touch(place, netns);
    const isThere = visitDevice(this.#machine, device, () => {
      if (type === 'tcx') {
        return direction !== undefined && readTcx({ ifindex, direction }).programs.some(({ linkId }) => linkId === id);
      }
      const occupant = readXdp(ifindex);
      if (occupant === undefined || device.programIds.has(occupant.programId)) return false;
      return findXdpLink(this.#machine, ifindex, netns, occupant.programId) === undefined;
    });
    return isThere ?? false;
  }
}
