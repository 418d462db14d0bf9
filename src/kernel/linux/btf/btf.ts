import { quote, UsageError } from '../../../core/errors.js';
import type { ByteReader } from './byte-reader.js';
import { decodeType } from './decode-type.js';
import { BTF_KINDS, type BtfKind } from './kinds.js';
import type { BtfType } from './types.js';

/** Where the parts of a blob lie, checked. */
export interface BtfLayout {
  readonly reader: ByteReader;
  /** The offset in the blob of each type, by its id; that of `void`, 0, is 0. */
  readonly offsets: Uint32Array;
  readonly stringsOffset: number;
  readonly stringsEnd: number;
}

/** Types that stand for another one. */
const MODIFIERS: ReadonlySet<BtfKind> = new Set(['TYPEDEF', 'VOLATILE', 'CONST', 'RESTRICT', 'TYPE_TAG']);

/** Types nested deeper than this are a hostile file: the kernel's own limit is 32 (MAX_RESOLVE_DEPTH). */
const MOST_DEPTH = 64;

/** A pointer of eBPF, on any machine. */
const POINTER_BYTES = 8;

/** Types that say their size themselves. */
const SIZED: ReadonlySet<BtfKind> = new Set(['INT', 'STRUCT', 'UNION', 'ENUM', 'ENUM64', 'FLOAT', 'DATASEC']);

const encoder = new TextEncoder();

/** A blob of BTF, which stays as it is: types are decoded when they are asked for. */
export class Btf {
  /** The whole blob, as the kernel takes it. */
  readonly bytes: Uint8Array;
  /** How many types there are; ids go from 1 to this number, and 0 is `void`. */
  readonly typeCount: number;
  readonly #layout: BtfLayout;

  /** Made by `readBtf`. */
  constructor(layout: BtfLayout) {
    this.#layout = layout;
    this.bytes = layout.reader.bytes;
    this.typeCount = layout.offsets.length - 1;
  }

  /** Decodes a type. @throws UsageError when there is none of that id, or it is damaged */
  type(id: number): BtfType {
    return decodeType(this.#layout, id);
  }

  /** The kind of a type, without decoding it. @throws UsageError when there is none of that id */
  kindOf(id: number): BtfKind {
    const offset = this.offsetOf(id);
    return id === 0 ? 'VOID' : (BTF_KINDS[(this.bytes[offset + 7] ?? 0) & 0x1f] ?? 'VOID');
  }

  /** The type behind typedefs, const, volatile, restrict and tags. @throws UsageError when they go in a circle */
  resolve(id: number): BtfType {
    return this.type(this.resolveId(id));
  }

  /** The id of what {@link Btf.resolve} decodes. @throws UsageError */
  resolveId(id: number): number {
    let current = id;
    for (let depth = 0; depth < MOST_DEPTH; depth += 1) {
      if (!MODIFIERS.has(this.kindOf(current))) return current;
      current = this.#valueOf(current);
    }
    throw new UsageError('readBtf', `type ${id} must lead to a type within ${MOST_DEPTH} steps`);
  }

  /** The size of a value of a type, in bytes. @throws UsageError for functions, `void` and what has no end */
  sizeOf(id: number): number {
    let elements = 1;
    let current = this.resolveId(id);
    for (let depth = 0; depth < MOST_DEPTH; depth += 1) {
      const kind = this.kindOf(current);
      if (kind === 'ARRAY') {
        const array = this.type(current);
        if (array.kind !== 'ARRAY') break;
        elements *= array.length;
        current = this.resolveId(array.element);
      } else if (kind === 'VAR') {
        current = this.resolveId(this.#valueOf(current));
      } else {
        const size = elements * this.#measure(current, kind);
        if (Number.isSafeInteger(size)) return size;
        break;
      }
    }
    throw new UsageError('readBtf', `type ${id} must have a size that a number can hold`);
  }

  /**
   * The id of the first type of a kind and name. Nothing is decoded on the way: the kernel's own BTF, 5 MB with more
   * than a hundred thousand types, takes about a millisecond.
   */
  find(kind: BtfKind, name: string): number | undefined {
    const wanted = encoder.encode(name);
    const number = BTF_KINDS.indexOf(kind);
    const { bytes } = this;
    const { offsets, reader, stringsOffset } = this.#layout;
    for (let id = 1; id < offsets.length; id += 1) {
      const offset = offsets[id] ?? 0;
      if (((bytes[offset + 7] ?? 0) & 0x1f) !== number) continue;
      if (hasName(bytes, stringsOffset + reader.u32('a name', offset), wanted)) return id;
    }
    return undefined;
  }

  /** Where a type's record lies in the blob. @throws UsageError when there is none of that id */
  offsetOf(id: number): number {
    const { offsets, reader } = this.#layout;
    return offsets[id] ?? reader.fail(`type ${id} must be one of the ${this.typeCount} types of this BTF`);
  }

  /** A string by its offset in the blob's strings, where other sections refer to it. @throws UsageError */
  string(offset: number): string {
    const { reader, stringsOffset, stringsEnd } = this.#layout;
    return reader.string('a string of the BTF', stringsOffset + offset, stringsEnd);
  }

  #measure(id: number, kind: BtfKind): number {
    if (kind === 'PTR') return POINTER_BYTES;
    if (SIZED.has(kind)) return this.#valueOf(id);
    throw new UsageError('readBtf', `type ${id} must have a size; received ${kind} ${quote(this.type(id).name)}`);
  }

  /** The word of a type that holds its size, or the id of another type. */
  #valueOf(id: number): number {
    return this.#layout.reader.u32(`type ${id}`, this.offsetOf(id) + 8);
  }
}

function hasName(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return bytes[at + wanted.length] === 0;
}
