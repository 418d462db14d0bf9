import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { ProgramSpec } from '../objects.js';

/** The instructions of a program and what belongs to them. Its BTF is open until this is disposed. */
export interface ProgramCodeParts extends Disposable {
  readonly instructions: Uint8Array;
  /** BPF_F_… bits of the load. */
  readonly flags?: number;
  readonly btf?: FileDescriptor;
  readonly functionInfo?: Uint8Array | undefined;
  readonly lineInfo?: Uint8Array | undefined;
  readonly fdArray?: readonly number[];
  readonly license?: string | undefined;
  /** What an object file says of where its program is to run, for what the spec leaves out. */
  readonly meaning?: Pick<ProgramSpec, 'attachTo' | 'xdpTarget'>;
}
