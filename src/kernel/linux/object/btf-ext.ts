import type { Btf } from '../btf/btf.js';
import { ByteReader, hex } from '../btf/byte-reader.js';
import { BTF_MAGIC } from '../btf/kinds.js';

/** A function of a section of code. */
export interface FunctionRecord {
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly typeId: number;
}

/** A line of source of a section of code. */
export interface LineRecord {
  readonly offset: number;
  readonly fileNameOffset: number;
  readonly lineOffset: number;
  readonly lineAndColumn: number;
}

/** A place that depends on how the running kernel lays out a type: CO-RE. */
export interface AdjustmentRecord {
  readonly offset: number;
  readonly typeId: number;
  /** Where in the strings of the BTF the way into the type is: `0:2:1`. */
  readonly accessOffset: number;
  /** What is asked: 0 for the offset of a member, and so on (BPF_CORE_…). */
  readonly kind: number;
}

/** What `.BTF.ext` says about one section of code, in the order of places. */
export interface CodeRecords {
  readonly functions: readonly FunctionRecord[];
  readonly lines: readonly LineRecord[];
  readonly adjustments: readonly AdjustmentRecord[];
}

const SMALLEST_HEADER_BYTES = 24;
/** From this size on, a header says where the CO-RE records are. */
const HEADER_WITH_CORE_BYTES = 32;
/** A record may grow in later versions, but not without limit: libbpf's own (btf_ext_setup_info). */
const MOST_RECORD_BYTES = 1024;

type Records<T> = ReadonlyMap<string, readonly T[]>;

/**
 * Reads `.BTF.ext`: which function, which line of source and which adjustment belongs to which instruction.
 *
 * @returns the records of each section of code, by its name
 * @throws UsageError
 */
export function readBtfExt(bytes: Uint8Array, types: Btf): (section: string) => CodeRecords {
  const reader = new ByteReader(bytes, 'readObject', 'section ".BTF.ext"');
  const magic = reader.u16('the magic number', 0);
  if (magic !== BTF_MAGIC) reader.fail(`section ".BTF.ext" must begin with ${hex(BTF_MAGIC)}; received ${hex(magic)}`);
  const headerBytes = reader.u32('the length of the header of ".BTF.ext"', 4);
  if (headerBytes < SMALLEST_HEADER_BYTES) {
    reader.fail(`the header of ".BTF.ext" must have at least ${SMALLEST_HEADER_BYTES} bytes; received ${headerBytes}`);
  }

  const read = <T>(field: number, words: number, decode: (record: readonly number[]) => T): Records<T> => {
    const start = headerBytes + reader.u32('a part of ".BTF.ext"', field);
    const sizeBytes = reader.u32('a part of ".BTF.ext"', field + 4);
    return sizeBytes === 0 ? new Map() : readPart(reader, types, start, start + sizeBytes, words, decode);
  };
  const functions = read(8, 2, ([offset = 0, typeId = 0]) => ({ offset, typeId }));
  const lines = read(16, 4, ([offset = 0, fileNameOffset = 0, lineOffset = 0, lineAndColumn = 0]) => ({
    offset,
    fileNameOffset,
    lineOffset,
    lineAndColumn,
  }));
  const adjustments: Records<AdjustmentRecord> =
    headerBytes < HEADER_WITH_CORE_BYTES
      ? new Map()
      : read(24, 4, ([offset = 0, typeId = 0, accessOffset = 0, kind = 0]) => ({ offset, typeId, accessOffset, kind }));
  return (section) => ({
    functions: functions.get(section) ?? [],
    lines: lines.get(section) ?? [],
    adjustments: adjustments.get(section) ?? [],
  });
}

/** A part: the size of its records, then for each section of code its name, a count, and the records. */
function readPart<T>(
  reader: ByteReader,
  types: Btf,
  start: number,
  end: number,
  words: number,
  decode: (record: readonly number[]) => T,
): Records<T> {
  const what = 'a part of ".BTF.ext"';
  reader.check(what, start, end - start);
  const recordBytes = reader.u32(what, start);
  if (recordBytes < words * 4 || recordBytes > MOST_RECORD_BYTES) {
    reader.fail(
      `the records at ${hex(start)} of ".BTF.ext" must have ${words * 4} to ${MOST_RECORD_BYTES} bytes; ` +
        `received ${recordBytes}`,
    );
  }
  const sections = new Map<string, (readonly [offset: number, record: T])[]>();
  for (let at = start + 4; at < end; ) {
    const name = types.string(reader.u32(what, at));
    const count = reader.u32(what, at + 4);
    const records = at + 8;
    if (records + count * recordBytes > end) {
      reader.fail(`${count} records at ${hex(records)} of ".BTF.ext" must end with their part, at ${hex(end)}`);
    }
    const list = sections.get(name) ?? [];
    sections.set(name, list);
    for (let index = 0; index < count; index += 1) {
      const record = Array.from({ length: words }, (_, word) =>
        reader.u32(what, records + index * recordBytes + word * 4),
      );
      list.push([record[0] ?? 0, decode(record)]);
    }
    at = records + count * recordBytes;
  }
  return new Map(
    [...sections].map(([name, list]) => [name, list.sort(([a], [b]) => a - b).map(([, record]) => record)]),
  );
}

/** The records of a sorted list whose offsets lie in a range. */
export function selectRange<T extends { readonly offset: number }>(
  records: readonly T[],
  start: number,
  end: number,
): readonly T[] {
  return records.slice(findFirst(records, start), findFirst(records, end));
}

function findFirst(records: readonly { readonly offset: number }[], offset: number): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
