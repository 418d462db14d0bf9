import type { AttachSpec } from '../../kernel/attach.js';
import type { LinkInfo, MapInfo, MapSpec, ProgramInfo, ProgramSpec, XdpMode } from '../../kernel/objects.js';
import { Caller } from './caller.js';
import { attachLink, checkAttachSpec } from './calls/attach.js';
import { checkDevice, checkMapSpec, checkProgramSpec, requireObject } from './calls/checks.js';
import { loadProgram } from './calls/load.js';
import { createMapObject } from './calls/map-calls.js';
import { checkChoice, checkNumber, checkPath, checkText, Mistakes } from './calls/mistakes.js';
import { pinObject } from './calls/pins.js';
import { setXdpProgram } from './calls/plain-attach.js';
import { toPermissions } from './capabilities.js';
import type { Machine } from './machine.js';
import { FakeMap, Handle } from './objects/handles.js';
import { MAX_ID } from './objects/id-table.js';
import { describeLink, describeMap, describeProgram, LinkObject, ProgramObject } from './objects/kernel-objects.js';

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
  readonly #caller: Caller;

  constructor(machine: Machine) {
    this.#caller = new Caller(machine, toPermissions(), undefined);
  }

  load(spec: ProgramSpec): ProgramInfo {
    checkProgramSpec(this.#caller, spec);
    return this.#describeProgram(loadProgram(this.#caller, spec));
  }

  createMap(spec: MapSpec): MapInfo {
    requireObject('injectMap', spec);
    const mistakes = new Mistakes();
    checkMapSpec(mistakes, '', spec);
    mistakes.throwIfAny('injectMap');
    const map = createMapObject(this.#caller, spec);
    new FakeMap(this.#caller, map);
    return describeMap(map);
  }

  attach(spec: AttachSpec): LinkInfo {
    checkAttachSpec(this.#caller, spec);
    const object = Handle.objectOf(attachLink(this.#caller, spec));
    if (!(object instanceof LinkObject)) throw new TypeError('an attach made no link');
    return describeLink(object);
  }

  pin(path: string, what: { readonly kind: 'program' | 'map' | 'link'; readonly id: number }): void {
    requireObject('injectPin', what);
    const { kind, id } = what;
    const mistakes = new Mistakes();
    checkPath(mistakes, 'path', path);
    checkChoice(mistakes, 'kind', kind, ['program', 'map', 'link']);
    checkNumber(mistakes, 'id', id, 1, MAX_ID);
    mistakes.throwIfAny('injectPin');
    const object = this.#caller.byId(id, kind, `pin ${kind} ${id} at "${path}"`);
    const parent = path.slice(0, path.lastIndexOf('/'));
    this.#caller.machine.bpffs.mkdir(parent, { recursive: true });
    pinObject(this.#caller, object, path);
  }

  occupyXdp(options: InjectXdpOptions): ProgramInfo {
    requireObject('injectXdp', options);
    const { name = 'foreign_xdp', via = 'netlink', ...place } = options;
    const mistakes = new Mistakes();
    checkText(mistakes, 'name', name);
    checkChoice(mistakes, 'via', via, ['netlink', 'link']);
    checkDevice(mistakes, place);
    if (place.mode !== undefined) checkChoice(mistakes, 'mode', place.mode, ['native', 'generic', 'offload']);
    mistakes.throwIfAny('injectXdp');
    const program = loadProgram(this.#caller, { name, type: 'xdp' });
    try {
      if (via === 'link') attachLink(this.#caller, { type: 'xdp', program, ...place });
      else setXdpProgram(this.#caller, { program, ...place });
    } catch (error) {
      program.giveUp();
      throw error;
    }
    return this.#describeProgram(program);
  }

  exit(): void {
    this.#caller.closeHandles();
  }

  #describeProgram(handle: Handle): ProgramInfo {
    const object = Handle.objectOf(handle);
    if (!(object instanceof ProgramObject)) throw new TypeError('a load made no program');
    return describeProgram(object);
  }
}
