import type { ErrnoName } from '../../../core/errno.js';
import type { MapUpdateMode } from '../../../kernel/objects.js';
import type { FakeDevice } from '../../interfaces/fake-device.js';
import type { ProgramObject } from '../objects/kernel-objects.js';

/** A key and its value. */
export type MapEntry = readonly [key: Uint8Array, value: Uint8Array];

/** What is in a map: one kind for each of `struct bpf_map_ops` that is modelled. Sizes are checked before. */
export interface MapElements {
  lookup(key: Uint8Array): Uint8Array;
  update(key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void;
  delete(key: Uint8Array): void;
  entries(): readonly MapEntry[];
  /** The map is freed, or loses its last user; lets go of what its elements hold. */
  clear(): void;
}

/** What elements that refer to other objects need of the kernel. */
export interface ElementContext {
  /** The program of an id, held for the map. @throws KernelError */
  takeProgram(id: number): ProgramObject;
  releaseProgram(program: ProgramObject): void;
  /** The device of an index in the creator's network namespace (dev_map_update_elem looks there). */
  findDevice(ifindex: number): FakeDevice | undefined;
  /** A program with extensions may not be called through a prog_array. */
  readonly forbidsExtendedPrograms: boolean;
  /** An extension may not be called through a prog_array. */
  readonly forbidsExtensions: boolean;
  /** Whether programs for maps and for devices stay apart in prog_arrays. */
  readonly forbidsOtherTargets: boolean;
}

/** Refuses a call as the kernel does. @throws KernelError always */
export type Fail = (code: ErrnoName, verb: 'LOOKUP' | 'UPDATE' | 'DELETE', hint: string) => never;
