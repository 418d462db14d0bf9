import { quote, UsageError } from '../../core/errors.js';

/** Every attribute begins at a multiple of this. */
const ALIGNMENT = 4;
/** Length and type, 16 bits each. */
const HEADER_BYTES = 4;
const MAX_ATTRIBUTE_BYTES = 0xffff;
const MAX_TYPE = 0x3fff;
/** NLA_F_NESTED */
const NESTED = 0x8000;

const utf8 = new TextEncoder();

/** Rounds up to the next multiple of four, as NLA_ALIGN and NLMSG_ALIGN do. */
export function align(bytes: number): number {
  return (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

/**
 * Writes the payload of a netlink message: a header of its family, then attributes (include/uapi/linux/netlink.h,
 * struct nlattr), each padded to four bytes. Numbers are in the order of the host, which is little-endian on both
 * architectures that glovebox runs on; those whose name ends in `Be` are in network order.
 *
 * @throws UsageError for a number that does not fit, a string with a NUL, an attribute over 65535 bytes.
 *
 * @example
 * ```ts
 * const payload = new AttributeWriter(header)
 *   .string(IFLA.IFNAME, 'eth0')
 *   .nested(IFLA.LINKINFO, (info) => info.string(IFLA_INFO.KIND, 'bridge'))
 *   .finish();
 * ```
 */
export class AttributeWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** @param header - What stands before the attributes, such as a struct ifinfomsg. */
  constructor(header: Uint8Array = new Uint8Array()) {
    this.append(header);
  }

  /** Bytes as they are, padded: the family's header inside of a nested attribute that has one. */
  append(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  u8(type: number, value: number): this {
    const at = this.#number(type, value, 1, 0, 0xff);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(type: number, value: number): this {
    const at = this.#number(type, value, 2, 0, 0xffff);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u16Be(type: number, value: number): this {
    const at = this.#number(type, value, 2, 0, 0xffff);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(type: number, value: number): this {
    const at = this.#number(type, value, 4, 0, 0xffffffff);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u32Be(type: number, value: number): this {
    const at = this.#number(type, value, 4, 0, 0xffffffff);
    this.#view.setUint32(at, value);
    return this;
  }

  s32(type: number, value: number): this {
    const at = this.#number(type, value, 4, -0x80000000, 0x7fffffff);
    this.#view.setInt32(at, value, true);
    return this;
  }

  u64(type: number, value: bigint): this {
    if (BigInt.asUintN(64, value) !== value) throw outOfRange(type, value, '0 to 18446744073709551615');
    const at = this.#attribute(type, 8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  /** An attribute that says all by being there. */
  flag(type: number): this {
    this.#attribute(type, 0);
    return this;
  }

  /** UTF-8, ended by a NUL. */
  string(type: number, value: string): this {
    if (value.includes('\0')) {
      throw new UsageError('netlink', `attribute ${type} is a string, which may hold no NUL; received ${quote(value)}`);
    }
    return this.bytes(type, utf8.encode(`${value}\0`));
  }

  bytes(type: number, value: Uint8Array): this {
    const at = this.#attribute(type, value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** An attribute whose value is attributes, which `write` writes with the same writer. */
  nested(type: number, write: (writer: this) => unknown): this {
    const start = this.#attribute(type, 0) - HEADER_BYTES;
    write(this);
    const length = this.#length - start;
    if (length > MAX_ATTRIBUTE_BYTES) throw tooLong(type, length);
    this.#view.setUint16(start, length, true);
    this.#view.setUint16(start + 2, type | NESTED, true);
    return this;
  }

  /** What was written, as bytes of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #number(type: number, value: number, bytes: number, min: number, max: number): number {
    if (!Number.isInteger(value) || value < min || value > max) throw outOfRange(type, value, `${min} to ${max}`);
    return this.#attribute(type, bytes);
  }

  /** Writes an attribute's header and makes room for its value. Returns where the value goes. */
  #attribute(type: number, valueBytes: number): number {
    if (!Number.isInteger(type) || type < 0 || type > MAX_TYPE) {
      throw new UsageError('netlink', `an attribute's type must be from 0 to ${MAX_TYPE}; received ${quote(type)}`);
    }
    const length = HEADER_BYTES + valueBytes;
    if (length > MAX_ATTRIBUTE_BYTES) throw tooLong(type, length);
    const start = this.#reserve(length);
    this.#view.setUint16(start, length, true);
    this.#view.setUint16(start + 2, type, true);
    return start + HEADER_BYTES;
  }

  /** Makes room for so many bytes and their padding, all zero, often in a new buffer. Returns where they start. */
  #reserve(length: number): number {
    const start = this.#length;
    const end = start + align(length);
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = end;
    return start;
  }
}

function outOfRange(type: number, value: number | bigint, range: string): UsageError {
  return new UsageError('netlink', `attribute ${type} must be an integer from ${range}; received ${quote(value)}`);
}

function tooLong(type: number, length: number): UsageError {
  return new UsageError('netlink', `attribute ${type} has ${length} bytes; at most ${MAX_ATTRIBUTE_BYTES} fit`);
}
