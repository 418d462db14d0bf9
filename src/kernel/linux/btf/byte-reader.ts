import { UsageError } from '../../../core/errors.js';

/** The longest name that is believed: the kernel's own limit (KSYM_NAME_LEN), doubled for symbols of C++ and Rust. */
const MOST_NAME_BYTES = 1024;

const decoder = new TextDecoder('utf-8');

/** A number as messages about binary files give it: `0x40`. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/**
 * Reads little-endian numbers from bytes that may be hostile: nothing outside them is ever read, and every mistake is a
 * {@link UsageError} that names the place.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #subject: string;
  readonly #whole: string;
  readonly #view: DataView;

  /**
   * @param subject - The call that reads, for messages: `readElf`.
   * @param whole - What the bytes are: `file`, `section ".BTF"`.
   */
  constructor(bytes: Uint8Array, subject: string, whole: string) {
    this.bytes = bytes;
    this.#subject = subject;
    this.#whole = whole;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  /** Ends the reading with a sentence about what is wrong. */
  fail(problem: string): never {
    throw new UsageError(this.#subject, problem);
  }

  /** Makes sure that a range lies within the bytes. @throws UsageError */
  check(what: string, offset: number, sizeBytes: number): void {
    if (offset >= 0 && sizeBytes >= 0 && offset + sizeBytes <= this.bytes.length) return;
    this.fail(
      `${what} (offset ${hex(offset)}, ${sizeBytes} bytes) must lie within the ${this.#whole}, ` +
        `which has ${this.bytes.length} bytes`,
    );
  }

  u8(what: string, offset: number): number {
    this.check(what, offset, 1);
    return this.#view.getUint8(offset);
  }

  u16(what: string, offset: number): number {
    this.check(what, offset, 2);
    return this.#view.getUint16(offset, true);
  }

  u32(what: string, offset: number): number {
    this.check(what, offset, 4);
    return this.#view.getUint32(offset, true);
  }

  i32(what: string, offset: number): number {
    this.check(what, offset, 4);
    return this.#view.getInt32(offset, true);
  }

  /** A number of 64 bits that must be one of an offset, a size or a count: beyond 2^53 none of them makes sense. */
  u64(what: string, offset: number): number {
    this.check(what, offset, 8);
    const value = this.#view.getBigUint64(offset, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      this.fail(`${what} (at offset ${hex(offset)}) must be below 2^53; received ${value}`);
    }
    return Number(value);
  }

  /** A part of the bytes, not a copy of it. */
  slice(what: string, offset: number, sizeBytes: number): Uint8Array {
    this.check(what, offset, sizeBytes);
    return this.bytes.subarray(offset, offset + sizeBytes);
  }

  /** A string that ends with a NUL before `end`. */
  string(what: string, offset: number, end = this.bytes.length): string {
    this.check(what, offset, 1);
    const candidate = this.bytes.subarray(offset, Math.min(end, offset + MOST_NAME_BYTES + 1));
    const size = candidate.indexOf(0);
    if (size === -1) {
      this.fail(
        `${what} (offset ${hex(offset)}) must end with a NUL within ${Math.min(candidate.length, MOST_NAME_BYTES)} bytes`,
      );
    }
    return decoder.decode(candidate.subarray(0, size));
  }
}
