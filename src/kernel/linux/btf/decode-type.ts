import type { BtfLayout } from './btf.js';
import { BTF_KINDS, BTF_LINKAGES, BTF_TRAILERS, BTF_TYPE_BYTES, type BtfFunctionLinkage } from './kinds.js';
import type { BtfEnumerator, BtfMember, BtfSectionVariable, BtfType } from './types.js';

/** One type's record in a blob, its words by their place. */
interface TypeRecord {
  readonly layout: BtfLayout;
  readonly what: string;
  readonly offset: number;
  /** A count of what follows, or a linkage. */
  readonly length: number;
  /** A bit whose meaning depends on the kind. */
  readonly flag: boolean;
  /** A size in bytes or the id of another type. */
  readonly value: number;
}

/** Decodes the type of an id. @throws UsageError when there is none, or a name or a linkage of it makes no sense */
export function decodeType(layout: BtfLayout, id: number): BtfType {
  const { reader, offsets } = layout;
  if (id === 0) return { kind: 'VOID', name: '' };
  const offset = offsets[id];
  if (offset === undefined) return reader.fail(`type ${id} must be one of the ${offsets.length - 1} types of this BTF`);
  const what = `type ${id}`;
  const information = reader.u32(what, offset + 4);
  const kind = BTF_KINDS[(information >>> 24) & 0x1f] ?? 'VOID';
  const value = reader.u32(what, offset + 8);
  const record: TypeRecord = {
    layout,
    what,
    offset,
    length: information & 0xffff,
    flag: information >>> 31 === 1,
    value,
  };
  const name = readName(layout, what, offset);
  switch (kind) {
    case 'VOID':
      return { kind, name };
    case 'INT': {
      const encoding = readTrailer(record, 0);
      return { kind, name, sizeBytes: value, encoding: (encoding >>> 24) & 0x0f, bits: encoding & 0xff };
    }
    case 'PTR':
    case 'TYPEDEF':
    case 'VOLATILE':
    case 'CONST':
    case 'RESTRICT':
    case 'TYPE_TAG':
      return { kind, name, type: value };
    case 'ARRAY': {
      const [element, index, length] = [readTrailer(record, 0), readTrailer(record, 1), readTrailer(record, 2)];
      return { kind, name, element, index, length };
    }
    case 'STRUCT':
    case 'UNION':
      return { kind, name, sizeBytes: value, members: readItems(record, 3, readMember) };
    case 'ENUM':
      return { kind, name, sizeBytes: value, values: readItems(record, 2, readEnumerator) };
    case 'ENUM64':
      return { kind, name, sizeBytes: value, values: readItems(record, 3, readEnumerator64) };
    case 'FWD':
      return { kind, name, of: record.flag ? 'union' : 'struct' };
    case 'FUNC':
      return { kind, name, type: value, linkage: toLinkage(record, record.length) };
    case 'FUNC_PROTO': {
      const parameters = readItems(record, 2, (_record, word) => ({
        name: readItemName(record, word),
        type: readTrailer(record, word + 1),
      }));
      return { kind, name, returns: value, parameters };
    }
    case 'VAR':
      return { kind, name, type: value, linkage: toLinkage(record, readTrailer(record, 0)) };
    case 'DATASEC':
      return { kind, name, sizeBytes: value, variables: readItems(record, 3, readVariable) };
    case 'FLOAT':
      return { kind, name, sizeBytes: value };
    case 'DECL_TAG':
      return { kind, name, type: value, component: readTrailer(record, 0) | 0 };
  }
}

function readName({ reader, stringsOffset, stringsEnd }: BtfLayout, what: string, offset: number): string {
  return reader.string(`the name of ${what}`, stringsOffset + reader.u32(what, offset), stringsEnd);
}

/** A word behind the part that all types share. */
function readTrailer({ layout, what, offset }: TypeRecord, word: number): number {
  return layout.reader.u32(what, offset + BTF_TYPE_BYTES + word * 4);
}

function readItemName({ layout, what, offset }: TypeRecord, word: number): string {
  return readName(layout, what, offset + BTF_TYPE_BYTES + word * 4);
}

function readItems<T>(record: TypeRecord, words: number, read: (record: TypeRecord, word: number) => T): readonly T[] {
  return Array.from({ length: record.length }, (_, index) => read(record, index * words));
}

function readMember(record: TypeRecord, word: number): BtfMember {
  const place = readTrailer(record, word + 2);
  return {
    name: readItemName(record, word),
    type: readTrailer(record, word + 1),
    offsetBits: record.flag ? place & 0xffffff : place,
    widthBits: record.flag ? place >>> 24 : 0,
  };
}

function readEnumerator(record: TypeRecord, word: number): BtfEnumerator {
  const value = readTrailer(record, word + 1);
  return { name: readItemName(record, word), value: BigInt(record.flag ? value | 0 : value) };
}

function readEnumerator64(record: TypeRecord, word: number): BtfEnumerator {
  const value = BigInt(readTrailer(record, word + 1)) | (BigInt(readTrailer(record, word + 2)) << 32n);
  return { name: readItemName(record, word), value: record.flag ? BigInt.asIntN(64, value) : value };
}

function readVariable(record: TypeRecord, word: number): BtfSectionVariable {
  return {
    type: readTrailer(record, word),
    offsetBytes: readTrailer(record, word + 1),
    sizeBytes: readTrailer(record, word + 2),
  };
}

function toLinkage({ layout, what }: TypeRecord, value: number): BtfFunctionLinkage {
  return BTF_LINKAGES[value] ?? layout.reader.fail(`${what} must have a linkage from 0 to 2; received ${value}`);
}

/** How many bytes the record of a type takes, from its information word; undefined for a kind that is not known. */
export function measureRecord(information: number): number | undefined {
  const kind = BTF_KINDS[(information >>> 24) & 0x1f];
  if (kind === undefined || kind === 'VOID') return undefined;
  const [fixedBytes, bytesPerItem] = BTF_TRAILERS[kind];
  return BTF_TYPE_BYTES + fixedBytes + bytesPerItem * (information & 0xffff);
}
