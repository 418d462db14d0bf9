/** Which function begins at an instruction of a program. */
export interface FunctionInfo {
  /** Counted in slots of eight bytes from the program's start. */
  readonly instruction: number;
  /** The id of a FUNC in the BTF that the program is loaded with. */
  readonly typeId: number;
}

/** The size of a `struct bpf_func_info`: `func_info_rec_size` of BPF_PROG_LOAD. */
export const FUNC_INFO_RECORD_BYTES = 8;

/** Where a line of source begins in a program. */
export interface LineInfo {
  readonly instruction: number;
  /** Offsets of the file's name and of the line's text in the strings of the BTF. */
  readonly fileNameOffset: number;
  readonly lineOffset: number;
  /** The line's number, shifted by 10 bits, and the column. */
  readonly lineAndColumn: number;
}

/** The size of a `struct bpf_line_info`: `line_info_rec_size` of BPF_PROG_LOAD. */
export const LINE_INFO_RECORD_BYTES = 16;

/** Encodes `func_info` of BPF_PROG_LOAD: one record for every function of the program, in their order. */
export function encodeFunctionInfo(records: readonly FunctionInfo[]): Uint8Array {
  return encodeWords(records.map(({ instruction, typeId }) => [instruction, typeId]));
}

/** Encodes `line_info` of BPF_PROG_LOAD, in the order of instructions. */
export function encodeLineInfo(records: readonly LineInfo[]): Uint8Array {
  return encodeWords(
    records.map((record) => [record.instruction, record.fileNameOffset, record.lineOffset, record.lineAndColumn]),
  );
}

function encodeWords(rows: readonly (readonly number[])[]): Uint8Array {
  const words = rows.flat();
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true);
  return bytes;
}
