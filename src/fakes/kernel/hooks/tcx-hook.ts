import type { ErrnoName } from '../../../core/errno.js';
import type { Direction } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { FakeDevice } from '../../interfaces/fake-device.js';
import type { LinkObject, ProgramObject } from '../objects/kernel-objects.js';
import { isClassifier } from '../objects/kernel-type.js';
import type { ObjectStore } from '../objects/object-store.js';
import type { LinkHook } from './link-hook.js';
import { BPF_F_AFTER, BPF_F_BEFORE, BPF_F_REPLACE } from './tcx-flags.js';

/** BPF_MPROG_MAX less the terminator: include/linux/bpf_mprog.h. */
const MAX_PROGRAMS = 63;

/** No rule has said yet where a program goes (-ERANGE as an index, in mprog.c); -1 is the place before the first. */
const NOWHERE = -2;

/** One program of a hook, and the link that put it there, if one did (`struct bpf_tuple`). */
export interface TcxEntry {
  program: ProgramObject;
  readonly link: LinkObject | undefined;
}

/** A program or a link in relation to which another is placed. */
export interface TcxAnchor {
  readonly program: ProgramObject;
  readonly link: LinkObject | undefined;
}

/** Where a program is to go, or which is meant. The anchor is looked up when the kernel would, and may throw. */
export interface TcxPlacement {
  /** All bits of the call. */
  readonly flags: number;
  readonly findAnchor: () => TcxAnchor | undefined;
  readonly expectedRevision: number | undefined;
}

/** One direction of a device's TCX hook: kernel/bpf/tcx.c over kernel/bpf/mprog.c. */
export class TcxHook implements LinkHook {
  readonly direction: Direction;
  readonly #device: FakeDevice;
  readonly #store: ObjectStore;
  readonly #entries: TcxEntry[] = [];
  #revision = 1;
  /** Whether a clsact qdisc keeps the entry when it is empty (`miniq_active`). */
  #kept = false;

  constructor(device: FakeDevice, direction: Direction, store: ObjectStore) {
    this.#device = device;
    this.direction = direction;
    this.#store = store;
  }

  get ifindex(): number {
    return this.#device.index;
  }

  get netns(): number {
    return this.#device.netns;
  }

  get revision(): number {
    return this.#revision;
  }

  /** In the order they run. */
  get entries(): readonly TcxEntry[] {
    return this.#entries;
  }

  /** A clsact qdisc comes or goes; without it, an emptied entry is freed and starts again at revision 1. */
  setKept(kept: boolean): void {
    this.#kept = kept;
    this.#forgetWhenEmpty();
  }

  /** bpf_mprog_attach: the checks in its order, proven on 6.18. References are the caller's to count. */
  attach(
    program: ProgramObject,
    link: LinkObject | undefined,
    placement: TcxPlacement,
    replaced?: ProgramObject,
  ): void {
    const index = this.#findAttachIndex(program, link, placement, replaced);
    if ((placement.flags & BPF_F_REPLACE) === 0) this.#entries.splice(index, 0, { program, link });
    else this.#entries[index] = { program, link };
    this.#revision += 1;
  }

  /**
   * bpf_mprog_detach of a program that no link owns, or of whatever is at a place. Returns the program taken off.
   *
   * @throws KernelError ENOENT, ESTALE, EBUSY, ERANGE, EINVAL
   */
  detachProgram(program: ProgramObject | undefined, placement: TcxPlacement): ProgramObject {
    const { flags, findAnchor, expectedRevision } = placement;
    const fail: Fail = (code, hint) =>
      this.#refuse(code, 'bpf(BPF_PROG_DETACH)', `detach ${nameProgram(program)} from`, hint);
    if (this.#entries.length === 0 && !this.#kept) fail('ENOENT', 'Nothing is attached there');
    if ((flags & BPF_F_REPLACE) !== 0) fail('EINVAL', 'A detach replaces nothing');
    if (expectedRevision && expectedRevision !== this.#revision) fail('ESTALE', this.#tellRevision(expectedRevision));
    if (this.#entries.length === 0) fail('ENOENT', 'Nothing is attached there');
    const anchor = this.#resolveAnchor(findAnchor, program, fail);
    let index = program === undefined ? NOWHERE : this.#findExact(program, undefined, fail);
    index = this.#placeByOrder(index, flags, anchor, fail);
    if (index === NOWHERE) {
      if (anchor !== undefined || flags !== 0) fail('EINVAL', 'An anchor needs "before" or "after"');
      index = this.#entries.length;
    }
    if (index >= MAX_PROGRAMS) fail('ERANGE', 'The hook is full: say which program, or its place');
    const place = Math.min(Math.max(index, 0), this.#entries.length - 1);
    const entry = this.#entries[place];
    if (entry === undefined) return fail('ENOENT', 'Nothing is attached there');
    if (entry.link !== undefined) fail('EBUSY', `Link ${entry.link.id} owns it`);
    this.#removeAt(place);
    return entry.program;
  }

  release(link: LinkObject): void {
    const index = this.#entries.findIndex((entry) => entry.link === link);
    if (index >= 0) this.#removeAt(index);
  }

  /** tcx_link_update, for a link that is on the hook; it is bpf_mprog_attach with BPF_F_REPLACE. */
  replace(link: LinkObject, program: ProgramObject, expected: ProgramObject | undefined): void {
    const fail: Fail = (code, hint) =>
      this.#refuse(code, 'bpf(BPF_LINK_UPDATE)', `put ${nameProgram(program)} in link ${link.id} on`, hint);
    if (expected !== undefined && link.program !== expected) {
      fail('EPERM', `The link has program ${link.program.id}, not the expected ${expected.id}`);
    }
    if (link.program === program) return;
    if (this.#has(program)) fail('EEXIST', 'The program is on the hook already');
    if (!isClassifier(program)) fail('EINVAL', 'A TCX link takes programs of type tc and tcx only');
    const index = this.#findExact(link.program, link, fail);
    this.#entries[index] = { program, link };
    this.#revision += 1;
  }

  /** The device goes (tcx_uninstall): links become defunct, programs without a link are let go. */
  uninstall(): readonly LinkObject[] {
    const links: LinkObject[] = [];
    for (const { program, link } of this.#entries.splice(0)) {
      if (link !== undefined) links.push(link);
      else this.#store.release(program, 'kernel');
    }
    this.#revision = 1;
    return links;
  }

  #findAttachIndex(
    program: ProgramObject,
    link: LinkObject | undefined,
    { flags, findAnchor, expectedRevision }: TcxPlacement,
    replaced: ProgramObject | undefined,
  ): number {
    const syscall = link === undefined ? 'bpf(BPF_PROG_ATTACH)' : 'bpf(BPF_LINK_CREATE)';
    const fail: Fail = (code, hint) => this.#refuse(code, syscall, `attach ${nameProgram(program)} to`, hint);
    if (expectedRevision && expectedRevision !== this.#revision) fail('ESTALE', this.#tellRevision(expectedRevision));
    if (this.#has(program)) fail('EEXIST', 'The program is on the hook already');
    const anchor = this.#resolveAnchor(findAnchor, program, fail);
    const isReplacing = (flags & BPF_F_REPLACE) !== 0;
    if (!isReplacing && this.#entries.length >= MAX_PROGRAMS)
      fail('ERANGE', `The hook holds ${MAX_PROGRAMS} programs already`);
    const index = this.#placeByOrder(
      isReplacing ? this.#findExact(replaced, link, fail) : NOWHERE,
      flags,
      anchor,
      fail,
    );
    if (index === NOWHERE) {
      if (anchor !== undefined || flags !== 0) fail('EINVAL', 'An anchor needs "before" or "after"');
      return this.#entries.length;
    }
    // "before" yields the place left of the anchor, as bpf_mprog_pos_before does.
    return !isReplacing && (flags & BPF_F_BEFORE) !== 0 ? index + 1 : index;
  }

  /** bpf_mprog_tuple_relative: an anchor must exist and be of the same program type. */
  #resolveAnchor(
    findAnchor: () => TcxAnchor | undefined,
    program: ProgramObject | undefined,
    fail: Fail,
  ): TcxAnchor | undefined {
    const anchor = findAnchor();
    if (anchor !== undefined && program !== undefined && !isClassifier(anchor.program))
      fail('EINVAL', 'The anchor is of another program type');
    return anchor;
  }

  /** BPF_F_BEFORE and BPF_F_AFTER: a place that disagrees with the one known already is ERANGE. */
  #placeByOrder(known: number, flags: number, anchor: TcxAnchor | undefined, fail: Fail): number {
    let index = known;
    const settle = (place: number, order: string): void => {
      if (index !== NOWHERE && place !== index) fail('ERANGE', `The place ${order} the anchor is not the other place`);
      index = place;
    };
    if ((flags & BPF_F_BEFORE) !== 0) settle(this.#positionBefore(anchor, fail), 'before');
    if ((flags & BPF_F_AFTER) !== 0) settle(this.#positionAfter(anchor, fail), 'after');
    return index;
  }

  #positionBefore(anchor: TcxAnchor | undefined, fail: Fail): number {
    return anchor === undefined ? -1 : this.#findAnchored(anchor, fail) - 1;
  }

  #positionAfter(anchor: TcxAnchor | undefined, fail: Fail): number {
    return anchor === undefined ? this.#entries.length : this.#findAnchored(anchor, fail) + 1;
  }

  #findAnchored(anchor: TcxAnchor, fail: Fail): number {
    const index = this.#entries.findIndex(
      ({ program, link }) => program === anchor.program && (anchor.link === undefined || anchor.link === link),
    );
    return index < 0 ? fail('ENOENT', 'The anchor is not on the hook') : index;
  }

  /** bpf_mprog_pos_exact */
  #findExact(program: ProgramObject | undefined, link: LinkObject | undefined, fail: Fail): number {
    const index = this.#entries.findIndex((entry) => entry.program === program);
    const entry = this.#entries[index];
    if (entry === undefined) return fail('ENOENT', `${nameProgram(program)} is not on the hook`);
    if (entry.link !== link)
      fail('EBUSY', entry.link === undefined ? 'No link owns it' : `Link ${entry.link.id} owns it`);
    return index;
  }

  #has(program: ProgramObject): boolean {
    return this.#entries.some((entry) => entry.program === program);
  }

  #removeAt(index: number): void {
    this.#entries.splice(index, 1);
    this.#revision += 1;
    this.#forgetWhenEmpty();
  }

  #forgetWhenEmpty(): void {
    if (this.#entries.length === 0 && !this.#kept) this.#revision = 1;
  }

  #tellRevision(expected: number): string {
    return `The hook is at revision ${this.#revision}, not ${expected}: query it again`;
  }

  #refuse(code: ErrnoName, syscall: string, what: string, hint: string): never {
    refuse(
      code,
      syscall,
      `${what} TCX ${this.direction} of interface ${this.#device.name} (${this.#device.index})`,
      hint,
    );
  }
}

type Fail = (code: ErrnoName, hint: string) => never;

function nameProgram(program: ProgramObject | undefined): string {
  return program === undefined ? 'a program' : `program "${program.name}"`;
}
