import { align } from './attribute-writer.js';
import { malformed } from './malformed.js';

const HEADER_BYTES = 4;
/** NLA_TYPE_MASK: what is left of a type without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const TYPE_MASK = 0x3fff;

const utf8 = new TextDecoder();

/** One attribute as it stands in a message. `value` is a view of the message's bytes. */
export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/**
 * The attributes in some bytes, read when they are asked for and never beyond the end. It treats bad bytes as the kernel
 * does (include/net/netlink.h, nla_ok; lib/nlattr.c, __nla_validate_parse): the first attribute that claims less than
 * its own header or more than there is ends the list, and what follows is ignored; of two of the same type the last
 * counts; a number may stand in more bytes than it needs. A number in fewer bytes than it needs is an error.
 *
 * Each reader answers `undefined` for an attribute that is not there.
 */
export class Attributes implements Iterable<Attribute> {
  readonly #bytes: Uint8Array;
  #byType: ReadonlyMap<number, Uint8Array> | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** All attributes in their order, those that repeat a type too. */
  *[Symbol.iterator](): Iterator<Attribute> {
    const bytes = this.#bytes;
    const view = viewOf(bytes);
    let start = 0;
    while (bytes.length - start >= HEADER_BYTES) {
      const length = view.getUint16(start, true);
      if (length < HEADER_BYTES || length > bytes.length - start) return;
      const type = view.getUint16(start + 2, true) & TYPE_MASK;
      yield { type, value: bytes.subarray(start + HEADER_BYTES, start + length) };
      start += align(length);
    }
  }

  has(type: number): boolean {
    return this.bytes(type) !== undefined;
  }

  /** The value as it stands: a view, not a copy. */
  bytes(type: number): Uint8Array | undefined {
    this.#byType ??= new Map(Array.from(this, ({ type, value }) => [type, value]));
    return this.#byType.get(type);
  }

  /** @throws KernelError EBADMSG when the value is shorter; so do all readers of numbers. */
  u8(type: number): number | undefined {
    return this.#number(type, 1)?.getUint8(0);
  }

  u16(type: number): number | undefined {
    return this.#number(type, 2)?.getUint16(0, true);
  }

  /** In network order. */
  u16Be(type: number): number | undefined {
    return this.#number(type, 2)?.getUint16(0);
  }

  u32(type: number): number | undefined {
    return this.#number(type, 4)?.getUint32(0, true);
  }

  /** In network order. */
  u32Be(type: number): number | undefined {
    return this.#number(type, 4)?.getUint32(0);
  }

  s32(type: number): number | undefined {
    return this.#number(type, 4)?.getInt32(0, true);
  }

  u64(type: number): bigint | undefined {
    return this.#number(type, 8)?.getBigUint64(0, true);
  }

  /** UTF-8 up to the first NUL, or to the end where there is none. */
  string(type: number): string | undefined {
    const bytes = this.bytes(type);
    return bytes === undefined ? undefined : decodeString(bytes);
  }

  /** All strings of a type that may stand there several times. */
  strings(type: number): readonly string[] {
    return Array.from(this)
      .filter((attribute) => attribute.type === type)
      .map(({ value }) => decodeString(value));
  }

  /** The attributes inside of an attribute, whether or not it is marked as nested. */
  nested(type: number): Attributes | undefined {
    const bytes = this.bytes(type);
    return bytes === undefined ? undefined : new Attributes(bytes);
  }

  /** All attributes of a type that may stand there several times, each as the attributes inside of it. */
  lists(type: number): readonly Attributes[] {
    return Array.from(this)
      .filter((attribute) => attribute.type === type)
      .map(({ value }) => new Attributes(value));
  }

  #number(type: number, length: number): DataView | undefined {
    const bytes = this.bytes(type);
    if (bytes === undefined) return undefined;
    if (bytes.length < length) {
      throw malformed(`attribute ${type}`, `It has ${bytes.length} bytes where a number of ${length} was expected`);
    }
    return viewOf(bytes);
  }
}

function decodeString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** A view for numbers over exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
