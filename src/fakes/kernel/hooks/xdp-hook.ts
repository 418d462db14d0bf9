import type { ErrnoName } from '../../../core/errno.js';
import type { XdpMode } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { FakeDevice } from '../../interfaces/fake-device.js';
import type { LinkObject, ProgramObject } from '../objects/kernel-objects.js';
import type { ObjectStore } from '../objects/object-store.js';
import type { KernelFeatures } from '../profiles.js';
import type { LinkHook } from './link-hook.js';
import { countModes, toMode, XDP_MODES } from './xdp-flags.js';

/** What runs in one mode of a device: a program, and the link that put it there, if one did. */
export interface XdpOccupant {
  readonly program: ProgramObject;
  readonly link: LinkObject | undefined;
  readonly mode: XdpMode;
}

/** What an attach by netlink asks for beside the program. */
export interface XdpNetlinkRequest {
  readonly mode: XdpMode | undefined;
  readonly ifNoExist: boolean;
  /** XDP_FLAGS_REPLACE with this program. */
  readonly expected: ProgramObject | undefined;
}

const LINK_CREATE = 'bpf(BPF_LINK_CREATE)';
const SET_LINK = 'netlink(RTM_SETLINK)';

/** The XDP hook of one device, as net/core/dev.c has it: one program for each mode, never native and generic at once. */
export class XdpHook implements LinkHook {
  readonly #device: FakeDevice;
  readonly #store: ObjectStore;
  readonly #features: KernelFeatures;
  #native: XdpOccupant | undefined;
  #generic: XdpOccupant | undefined;

  constructor(device: FakeDevice, store: ObjectStore, features: KernelFeatures) {
    this.#device = device;
    this.#store = store;
    this.#features = features;
  }

  get ifindex(): number {
    return this.#device.index;
  }

  get netns(): number {
    return this.#device.netns;
  }

  /** What runs here; offload never does, since no modelled device can. */
  get occupant(): XdpOccupant | undefined {
    return this.#native ?? this.#generic;
  }

  /** BPF_LINK_CREATE (dev_xdp_attach_link → dev_xdp_attach). The caller counts the link's own reference. */
  attachLink(link: LinkObject, flags: number): void {
    const { program } = link;
    if ((flags & ~XDP_MODES) !== 0)
      this.#refuse('EINVAL', LINK_CREATE, program, 'Invalid XDP flags for BPF link attachment');
    if (countModes(flags) > 1) this.#refuse('EINVAL', LINK_CREATE, program, 'Only one XDP mode flag can be set');
    const chosen = this.#chooseMode(toMode(flags));
    const current = this.#get(chosen);
    if (current?.link !== undefined) this.#refuse('EBUSY', LINK_CREATE, program, "Can't replace active BPF XDP link");
    if (current !== undefined)
      this.#refuse('EBUSY', LINK_CREATE, program, "Can't replace active XDP program with BPF link");
    this.#checkProgram(program, chosen, LINK_CREATE);
    this.#checkDriver(program, chosen, LINK_CREATE);
    this.#set(chosen, { program, link, mode: chosen });
  }

  /** XDP by netlink (dev_change_xdp_fd → dev_xdp_attach), the checks in its order. `null` switches XDP off. */
  setProgram(program: ProgramObject | null, request: XdpNetlinkRequest): void {
    const mode = this.#chooseMode(request.mode);
    const current = this.#get(mode);
    if (current?.link !== undefined) this.#refuse('EBUSY', SET_LINK, program, "Can't replace active BPF XDP link");
    if (request.expected !== undefined && current?.program !== request.expected) {
      this.#refuse('EEXIST', SET_LINK, program, 'Active program does not match expected');
    }
    if (program !== null) {
      if (request.ifNoExist && current !== undefined)
        this.#refuse('EBUSY', SET_LINK, program, 'XDP program already attached');
      this.#checkProgram(program, mode, SET_LINK);
    }
    if (program === (current?.program ?? null)) return;
    this.#checkDriver(program, mode, SET_LINK);
    if (program !== null) this.#store.hold(program, 'kernel');
    this.#set(mode, program === null ? undefined : { program, link: undefined, mode });
    if (current !== undefined) this.#store.release(current.program, 'kernel');
  }

  release(link: LinkObject): void {
    if (this.#native?.link === link) this.#native = undefined;
    if (this.#generic?.link === link) this.#generic = undefined;
  }

  /** bpf_xdp_link_update, for a link that is on the device. */
  replace(link: LinkObject, program: ProgramObject, expected: ProgramObject | undefined): void {
    const syscall = 'bpf(BPF_LINK_UPDATE)';
    if (expected !== undefined && link.program !== expected) {
      this.#refuse(
        'EPERM',
        syscall,
        program,
        `Link ${link.id} has program ${link.program.id}, not the expected ${expected.id}`,
      );
    }
    if (program.type !== 'xdp' || program.facts.xdpTarget !== link.program.facts.xdpTarget) {
      this.#refuse('EINVAL', syscall, program, 'An XDP link takes XDP programs for devices only');
    }
    const mode = this.#native?.link === link ? 'native' : 'generic';
    this.#set(mode, { program, link, mode });
  }

  /** The device goes (dev_xdp_uninstall): links become defunct, programs without a link are let go. */
  uninstall(): readonly LinkObject[] {
    const links: LinkObject[] = [];
    for (const mode of ['native', 'generic'] as const) {
      const current = this.#get(mode);
      if (current?.link !== undefined) links.push(current.link);
      else if (current !== undefined) {
        this.#set(mode, undefined);
        this.#store.release(current.program, 'kernel');
      }
    }
    return links;
  }

  /** dev_xdp_mode: what was asked for, else the driver's where it has XDP. */
  #chooseMode(mode: XdpMode | undefined): XdpMode {
    return mode ?? (this.#device.nativeXdp ? 'native' : 'generic');
  }

  #get(mode: XdpMode): XdpOccupant | undefined {
    if (mode === 'native') return this.#native;
    return mode === 'generic' ? this.#generic : undefined;
  }

  #set(mode: XdpMode, occupant: XdpOccupant | undefined): void {
    if (mode === 'native') this.#native = occupant;
    else this.#generic = occupant;
  }

  /** What dev_xdp_attach asks of a program that is about to run. */
  #checkProgram(program: ProgramObject, mode: XdpMode, syscall: string): void {
    if (this.#features.nativeSupportFirst) this.#checkSupport(program, mode, syscall);
    const other = mode === 'generic' ? this.#native : this.#generic;
    if (mode !== 'offload' && other !== undefined) {
      this.#refuse('EEXIST', syscall, program, "Native and generic XDP can't be active at the same time");
    }
    const { xdpTarget } = program.facts;
    if (xdpTarget !== undefined) {
      this.#refuse(
        'EINVAL',
        syscall,
        program,
        `BPF_XDP_${xdpTarget.toUpperCase()} programs can not be attached to a device`,
      );
    }
  }

  /** dev_xdp_bpf_op, then the driver's own word: none of the modelled devices can offload. */
  #checkDriver(program: ProgramObject | null, mode: XdpMode, syscall: string): void {
    this.#checkSupport(program, mode, syscall);
    if (mode === 'offload') this.#refuse('EINVAL', syscall, program, 'The driver does not offload XDP');
  }

  #checkSupport(program: ProgramObject | null, mode: XdpMode, syscall: string): void {
    if (mode !== 'generic' && !this.#device.nativeXdp)
      this.#refuse('EOPNOTSUPP', syscall, program, 'Underlying driver does not support XDP in native mode');
  }

  #refuse(code: ErrnoName, syscall: string, program: ProgramObject | null, hint: string): never {
    const place = `interface ${this.#device.name} (${this.#device.index})`;
    const action = program === null ? `take XDP off ${place}` : `attach program "${program.name}" to XDP of ${place}`;
    refuse(code, syscall, action, hint);
  }
}
