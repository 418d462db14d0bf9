import { readU32, writeU32 } from '../../../kernel/element-bytes.js';
import type { MapUpdateMode, ProgramType } from '../../../kernel/objects.js';
import type { ProgramObject } from '../objects/kernel-objects.js';
import { toKernelType } from '../objects/kernel-type.js';
import type { ElementContext, Fail, MapElements, MapEntry } from './map-elements.js';

/**
 * kernel/bpf/arraymap.c, prog_array: a value is a program's id, four bytes, where bpf(2) takes a file descriptor and
 * gives back the id. Each element holds its program; all are of the type of the first.
 */
export class ProgramElements implements MapElements {
  readonly #programs = new Map<number, ProgramObject>();
  /** The type of the first program that was ever put in; it stays when the map is emptied. */
  #ownerType: ProgramType | undefined;
  #ownerTarget: ProgramObject['facts']['xdpTarget'];
  readonly #limit: number;
  readonly #context: ElementContext;
  readonly #fail: Fail;

  constructor(limit: number, context: ElementContext, fail: Fail) {
    this.#limit = limit;
    this.#context = context;
    this.#fail = fail;
  }

  lookup(key: Uint8Array): Uint8Array {
    const program = this.#programs.get(readU32(key)) ?? this.#fail('ENOENT', 'LOOKUP', 'The slot is empty');
    return writeU32(program.id);
  }

  /** bpf_fd_array_map_update_elem */
  update(key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void {
    if (mode !== 'any') this.#fail('EINVAL', 'UPDATE', 'A prog_array takes mode "any" only');
    const index = readU32(key);
    if (index >= this.#limit) this.#fail('E2BIG', 'UPDATE', `The last index is ${this.#limit - 1}`);
    const program = this.#context.takeProgram(readU32(value));
    const problem = this.#findProblem(program);
    if (problem !== undefined) {
      this.#context.releaseProgram(program);
      this.#fail(...problem);
    }
    if (this.#ownerType === undefined) this.#ownerTarget = program.facts.xdpTarget;
    this.#ownerType = toKernelType(program.type);
    program.arrayMemberships += 1;
    this.#drop(index);
    this.#programs.set(index, program);
  }

  delete(key: Uint8Array): void {
    const index = readU32(key);
    if (index >= this.#limit) this.#fail('E2BIG', 'DELETE', `The last index is ${this.#limit - 1}`);
    if (!this.#drop(index)) this.#fail('ENOENT', 'DELETE', 'The slot is empty');
  }

  entries(): readonly MapEntry[] {
    return [...this.#programs]
      .sort(([a], [b]) => a - b)
      .map(([index, program]) => [writeU32(index), writeU32(program.id)]);
  }

  clear(): void {
    for (const index of [...this.#programs.keys()]) this.#drop(index);
  }

  #findProblem(program: ProgramObject): Parameters<Fail> | undefined {
    // kernel/bpf/core.c, bpf_prog_map_compatible
    if (program.type === 'extension' && this.#context.forbidsExtensions)
      return ['EINVAL', 'UPDATE', 'An extension cannot be tail-called'];
    if (this.#ownerType !== undefined && this.#ownerType !== toKernelType(program.type)) {
      return ['EINVAL', 'UPDATE', `The map is for programs of type ${this.#ownerType}`];
    }
    const isOtherTarget = this.#ownerType !== undefined && this.#ownerTarget !== program.facts.xdpTarget;
    if (isOtherTarget && this.#context.forbidsOtherTargets)
      return ['EINVAL', 'UPDATE', `The map is for programs of ${this.#ownerTarget ?? 'devices'}`];
    const isExtended = this.#context.forbidsExtendedPrograms && (program.extensions?.size ?? 0) > 0;
    return isExtended ? ['EBUSY', 'UPDATE', 'The program has an extension in it'] : undefined;
  }

  #drop(index: number): boolean {
    const program = this.#programs.get(index);
    if (program === undefined) return false;
    this.#programs.delete(index);
    program.arrayMemberships -= 1;
    this.#context.releaseProgram(program);
    return true;
  }
}
