import { UsageError } from '../core/errors.js';

/** The bytes of a C structure in the byte order of the processor (little-endian), and what its pointers point to. */
export class CStruct {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #pointers = new Map<number, Uint8Array | CStruct>();

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** What has to be told to the struct before each call: the addresses of what it points to. */
  get pointers(): ReadonlyMap<number, Uint8Array | CStruct> {
    return this.#pointers;
  }

  u8(offset: number, value: number): this {
    this.#view.setUint8(offset, value);
    return this;
  }

  u16(offset: number, value: number): this {
    this.#view.setUint16(offset, value, true);
    return this;
  }

  u32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }

  /** Also for file descriptors, where -1 means none. */
  s32(offset: number, value: number): this {
    this.#view.setInt32(offset, value, true);
    return this;
  }

  u64(offset: number, value: number | bigint): this {
    this.#view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), true);
    return this;
  }

  /** A pointer to bytes or another structure, which stay alive as long as this one; `undefined` is a null pointer. */
  pointer(offset: number, target: Uint8Array | CStruct | undefined): this {
    if (target === undefined) this.#pointers.delete(offset);
    else this.#pointers.set(offset, target);
    return target === undefined ? this.u64(offset, 0) : this;
  }

  /** Text with a NUL behind it, in a field of `sizeBytes`; what is too long fills the field, without a NUL. */
  text(offset: number, sizeBytes: number, value: string): this {
    return this.data(offset, new TextEncoder().encode(value).subarray(0, sizeBytes));
  }

  data(offset: number, bytes: Uint8Array): this {
    if (offset + bytes.length > this.bytes.length)
      throw new UsageError('CStruct', `${bytes.length} bytes at ${offset} do not fit into ${this.bytes.length}`);
    this.bytes.set(bytes, offset);
    return this;
  }

  readU8(offset: number): number {
    return this.#view.getUint8(offset);
  }

  readU16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  readU32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  readS32(offset: number): number {
    return this.#view.getInt32(offset, true);
  }

  readU64(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }

  /** The text in a field of `sizeBytes`, up to its first NUL. */
  readText(offset: number, sizeBytes: number): string {
    const field = this.bytes.subarray(offset, offset + sizeBytes);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
  }
}

/** Text as C has it: UTF-8 with a NUL behind it. @throws UsageError for a NUL inside, where C would see the end */
export function toCString(text: string): Uint8Array {
  if (text.includes('\0')) throw new UsageError('toCString', `${JSON.stringify(text)} has a NUL character in it`);
  return new TextEncoder().encode(`${text}\0`);
}
