import { checkChoice, checkNumber, checkPath, checkText, Mistakes, requireObject } from '../core/mistakes.js';
import type { AttachSpec } from './attach.js';
import type { KernelBackend, ObjectKind } from './backend.js';
import { checkAttachSpec } from './calls/check-attach.js';
import { checkMapSpec, checkProgramSpec } from './calls/check-program.js';
import { checkDevice, checkXdpMode } from './calls/checks.js';
import { MAX_ID } from './ids.js';
import type {
  BpfLink,
  KernelObject,
  LinkInfo,
  MapInfo,
  MapSpec,
  Program,
  ProgramInfo,
  ProgramSpec,
  XdpMode,
} from './objects.js';

/** A foreign program on a device's XDP hook. */
export interface InjectXdpOptions {
  readonly ifindex: number;
  /** The path of the device's network namespace. @defaultValue the machine's first */
  readonly netns?: string;
  /** @defaultValue 'foreign_xdp' */
  readonly name?: string;
  /** @defaultValue the driver's, where it has XDP */
  readonly mode?: XdpMode;
  /** @defaultValue 'netlink' */
  readonly via?: 'netlink' | 'link';
}

/** Someone else on the machine, whose doings the test arranges: by the same rules, but neither recorded nor faulted. */
export class ForeignProcess {
  readonly #backend: KernelBackend;

  constructor(backend: KernelBackend) {
    this.#backend = backend;
  }

  load(spec: ProgramSpec): ProgramInfo {
    checkProgramSpec(this.#backend, spec);
    return toProgramInfo(this.#backend.load(spec));
  }

  createMap(spec: MapSpec): MapInfo {
    requireObject('injectMap', spec);
    const mistakes = new Mistakes();
    checkMapSpec(mistakes, '', spec);
    mistakes.throwIfAny('injectMap');
    const { id, name, type, keySizeBytes, valueSizeBytes, maxEntries, flags } = this.#backend.createMap(spec, {});
    return { id, name, type, keySizeBytes, valueSizeBytes, maxEntries, flags };
  }

  attach(spec: AttachSpec): LinkInfo {
    checkAttachSpec(this.#backend, spec);
    return toLinkInfo(this.#backend.attach(spec));
  }

  /** Directories that are missing are made. */
  pin(path: string, what: { readonly kind: ObjectKind; readonly id: number }): void {
    requireObject('injectPin', what);
    const { kind, id } = what;
    const mistakes = new Mistakes();
    checkPath(mistakes, 'path', path);
    checkChoice(mistakes, 'kind', kind, ['program', 'map', 'link']);
    checkNumber(mistakes, 'id', id, 1, MAX_ID);
    mistakes.throwIfAny('injectPin');
    const object = this.#open(kind, id);
    try {
      this.#backend.mkdir(path.slice(0, path.lastIndexOf('/')), true);
      this.#backend.pin(object, path);
    } finally {
      this.#backend.closeHandle(object);
    }
  }

  occupyXdp(options: InjectXdpOptions): ProgramInfo {
    requireObject('injectXdp', options);
    const { name = 'foreign_xdp', via = 'netlink', ...place } = options;
    const mistakes = new Mistakes();
    checkText(mistakes, 'name', name);
    checkChoice(mistakes, 'via', via, ['netlink', 'link']);
    checkDevice(mistakes, place);
    checkXdpMode(mistakes, place.mode);
    mistakes.throwIfAny('injectXdp');
    const program = this.#backend.load({ name, type: 'xdp' });
    try {
      if (via === 'link') this.#backend.attach({ type: 'xdp', program, ...place });
      else this.#backend.setXdp({ program, ...place });
    } catch (error) {
      this.#backend.closeHandle(program);
      throw error;
    }
    return toProgramInfo(program);
  }

  exit(): void {
    this.#backend.closeHandles();
  }

  #open(kind: ObjectKind, id: number): KernelObject {
    if (kind === 'program') return this.#backend.programById(id);
    return kind === 'map' ? this.#backend.mapById(id) : this.#backend.linkById(id);
  }
}

function toProgramInfo({ id, name, type, tag, loadedAtMs, mapIds }: Program): ProgramInfo {
  return { id, name, type, tag, loadedAtMs, mapIds };
}

function toLinkInfo(link: BpfLink): LinkInfo {
  const { id, programId, type, attached, ifindex, netns, direction, target } = link;
  return {
    id,
    programId,
    type,
    attached,
    ...(ifindex === undefined ? {} : { ifindex }),
    ...(netns === undefined ? {} : { netns }),
    ...(direction === undefined ? {} : { direction }),
    ...(target === undefined ? {} : { target }),
  };
}
