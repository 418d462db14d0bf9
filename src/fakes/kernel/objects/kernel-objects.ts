import type {
  Direction,
  LinkInfo,
  LinkType,
  MapInfo,
  MapSpec,
  MapType,
  ProgramInfo,
  ProgramType,
} from '../../../kernel/objects.js';
import type { MapElements } from '../elements/map-elements.js';
import type { LinkHook } from '../hooks/link-hook.js';
import type { PinNode } from './bpffs-nodes.js';
import type { Handle } from './handles.js';

/** What programs, maps and links have in common: an id, references, and who holds them. */
abstract class CountedObject {
  readonly id: number;
  /** How many handles, pins, links, attachments, programs and maps hold it; at 0 it is freed. */
  references = 0;
  /** The id is given back: nothing finds it any more. */
  freed = false;
  readonly pins: PinNode[] = [];
  /** The first apart: most objects have one, and a list of their own for each would cost more than the object. */
  #firstHandle: Handle | undefined;
  #otherHandles: Handle[] | undefined;

  constructor(id: number) {
    this.id = id;
  }

  addHandle(handle: Handle): void {
    if (this.#firstHandle === undefined) this.#firstHandle = handle;
    else if (this.#otherHandles === undefined) this.#otherHandles = [handle];
    else this.#otherHandles.push(handle);
  }

  removeHandle(handle: Handle): void {
    const others = this.#otherHandles;
    if (this.#firstHandle === handle) this.#firstHandle = others?.shift();
    else if (others?.at(-1) === handle) others.pop();
    else others?.splice(others.indexOf(handle), 1);
    if (others?.length === 0) this.#otherHandles = undefined;
  }

  /** The handles that are open, whoever opened them. */
  listHandles(): readonly Handle[] {
    const first = this.#firstHandle;
    return first === undefined ? [] : [first, ...(this.#otherHandles ?? [])];
  }
}

/** The function of another program that an extension was loaded for (`aux->dst_prog`). */
export interface LoadTarget {
  readonly program: ProgramObject;
  readonly functionName: string;
}

/** What a program is made of, beside its id. */
export interface ProgramFacts {
  readonly name: string;
  readonly type: ProgramType;
  readonly tag: string;
  readonly loadedAtMs: number;
  readonly functions: readonly string[];
  readonly staticFunctions: readonly string[];
  readonly attachTo: string | undefined;
  readonly xdpTarget: 'devmap' | 'cpumap' | undefined;
  readonly target: LoadTarget | undefined;
  /** The maps it uses, all of them held. */
  readonly maps: readonly MapObject[];
  /** Those that were created with it. */
  readonly madeMaps: readonly MapObject[];
  readonly memlockBytes: number;
}

/** A program in the kernel (`struct bpf_prog`). */
export class ProgramObject extends CountedObject {
  readonly kind = 'program';
  readonly facts: ProgramFacts;
  readonly name: string;
  readonly type: ProgramType;
  /** Held from load until the first attach takes it over (`aux->dst_prog`). */
  loadTarget: LoadTarget | undefined;
  /** Whether its load target, an extension's or that of a tracing program, was used up by an attach. */
  attachedOnce = false;
  /** Which of its functions are replaced, and by which link. */
  extensions: Map<string, LinkObject> | undefined;
  /** In how many slots of prog_arrays it is. */
  arrayMemberships = 0;

  constructor(id: number, facts: ProgramFacts) {
    super(id);
    this.facts = facts;
    this.name = facts.name;
    this.type = facts.type;
    this.loadTarget = facts.target;
  }

  get isDispatcher(): boolean {
    return this.facts.functions.length > 0;
  }
}

/** A map in the kernel (`struct bpf_map`). */
export class MapObject extends CountedObject {
  readonly kind = 'map';
  readonly spec: Required<MapSpec>;
  readonly name: string;
  readonly type: MapType;
  readonly elements: MapElements;
  readonly memlockBytes: number;
  /** References from user space alone, handles and pins (`usercnt`): without any, a prog_array is emptied. */
  userReferences = 0;

  constructor(id: number, spec: Required<MapSpec>, elements: MapElements, memlockBytes: number) {
    super(id);
    this.spec = spec;
    this.name = spec.name;
    this.type = spec.type;
    this.elements = elements;
    this.memlockBytes = memlockBytes;
  }
}

/** An attachment in the kernel (`struct bpf_link`). It is on its hook while `hook` is set, and defunct afterwards. */
export class LinkObject extends CountedObject {
  readonly kind = 'link';
  readonly type: LinkType;
  program: ProgramObject;
  hook: LinkHook | undefined;
  readonly direction: Direction | undefined;
  readonly target: string | undefined;
  /** The program that an extension link sits in (`tgt_prog`), held. */
  readonly extended: ProgramObject | undefined;

  constructor(
    id: number,
    type: LinkType,
    program: ProgramObject,
    place: Partial<Pick<LinkObject, 'direction' | 'target' | 'extended'>>,
  ) {
    super(id);
    this.type = type;
    this.program = program;
    this.direction = place.direction;
    this.target = place.target;
    this.extended = place.extended;
  }

  get name(): string {
    return this.program.name;
  }
}

/** Whatever is counted, listed and pinned. */
export type StoredObject = ProgramObject | MapObject | LinkObject;

export function describeProgram(program: ProgramObject): ProgramInfo {
  const { id, facts } = program;
  const { name, type, tag, loadedAtMs } = facts;
  return { id, name, type, tag, loadedAtMs, mapIds: listMapIds(program) };
}

export function listMapIds(program: ProgramObject): readonly number[] {
  const { maps } = program.facts;
  return maps.length === 0 ? NO_IDS : maps.map((map) => map.id);
}

const NO_IDS: readonly number[] = [];

export function describeMap(map: MapObject): MapInfo {
  return { id: map.id, ...map.spec };
}

/** A link as BPF_OBJ_GET_INFO_BY_FD tells it: a defunct one has ifindex 0 (net/core/dev.c, kernel/bpf/tcx.c). */
export function describeLink(link: LinkObject): LinkInfo {
  const { id, program, type, hook, direction, target } = link;
  const attached = hook !== undefined;
  const info: { -readonly [K in keyof LinkInfo]: LinkInfo[K] } = { id, programId: program.id, type, attached };
  if (type === 'xdp' || type === 'tcx') info.ifindex = hook?.ifindex ?? 0;
  if (hook?.netns !== undefined) info.netns = hook.netns;
  if (direction !== undefined) info.direction = direction;
  if (target !== undefined) info.target = target;
  return info;
}
