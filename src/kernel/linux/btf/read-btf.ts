import { Btf } from './btf.js';
import { ByteReader, hex } from './byte-reader.js';
import { measureRecord } from './decode-type.js';
import { BTF_HEADER_BYTES, BTF_MAGIC, BTF_TYPE_BYTES } from './kinds.js';

/**
 * Reads BTF: `.BTF` of an object file, or `/sys/kernel/btf/vmlinux`. Only the places of the types are noted, four bytes
 * for each; the bytes are kept, not copied, and a type is decoded when it is asked for.
 *
 * @throws UsageError when this is no little-endian BTF of version 1, or a part of it lies outside of it. What a single
 * type refers to is checked when it is decoded.
 *
 * @example
 * ```ts
 * const kernel = readBtf(readFileSync('/sys/kernel/btf/vmlinux'));
 * const id = kernel.find('FUNC', 'vfs_read'); // attach_btf_id of an fentry program
 * ```
 */
export function readBtf(bytes: Uint8Array): Btf {
  const reader = new ByteReader(bytes, 'readBtf', 'BTF');
  const magic = reader.u16('the magic number', 0);
  if (magic !== BTF_MAGIC) {
    reader.fail(`the first two bytes must be ${hex(BTF_MAGIC)}, little-endian; received ${hex(magic)}`);
  }
  const version = reader.u8('the version', 2);
  if (version !== 1) reader.fail(`the version must be 1; received ${version}`);
  const headerBytes = reader.u32('the length of the header', 4);
  if (headerBytes < BTF_HEADER_BYTES) {
    reader.fail(`the header must have at least ${BTF_HEADER_BYTES} bytes; received ${headerBytes}`);
  }
  reader.check('the header', 0, headerBytes);

  const typesOffset = headerBytes + reader.u32('the offset of the types', 8);
  const typesBytes = reader.u32('the length of the types', 12);
  reader.check('the types', typesOffset, typesBytes);
  const stringsOffset = headerBytes + reader.u32('the offset of the strings', 16);
  const stringsEnd = stringsOffset + reader.u32('the length of the strings', 20);
  reader.check('the strings', stringsOffset, stringsEnd - stringsOffset);
  if (bytes[stringsOffset] !== 0 || bytes[stringsEnd - 1] !== 0 || stringsEnd === stringsOffset) {
    reader.fail(`the strings (offset ${hex(stringsOffset)}) must begin and end with a NUL`);
  }

  const offsets = indexTypes(reader, typesOffset, typesOffset + typesBytes);
  return new Btf({ reader, offsets, stringsOffset, stringsEnd });
}

/** Walks over the types once, without looking into them. */
function indexTypes(reader: ByteReader, start: number, end: number): Uint32Array {
  const offsets = new Uint32Array(Math.floor((end - start) / BTF_TYPE_BYTES) + 1);
  let id = 1;
  let offset = start;
  while (offset < end) {
    const size = end - offset < BTF_TYPE_BYTES ? BTF_TYPE_BYTES : measureRecord(reader.u32('a type', offset + 4));
    if (size === undefined) {
      const kind = (reader.u32('a type', offset + 4) >>> 24) & 0x1f;
      reader.fail(`type ${id} (offset ${hex(offset)}) must be of a kind from 1 to 19; received ${kind}`);
    }
    if (offset + size > end) {
      reader.fail(`type ${id} (offset ${hex(offset)}, ${size} bytes) must end with the types, at ${hex(end)}`);
    }
    offsets[id] = offset;
    offset += size;
    id += 1;
  }
  return offsets.subarray(0, id);
}
