/** Machines by their numbers in ELF: include/uapi/linux/elf-em.h. */
const MACHINES: Readonly<Record<number, string>> = {
  3: 'i386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x86-64',
  183: 'arm64',
  243: 'riscv',
  258: 'loongarch',
};
const PT_INTERP = 3;
const ET_EXEC = 2;
const ET_DYN = 3;
/** Of the header of 64-bit files, which is the longer. */
const HEADER_BYTES = 64;

/** The machine that an ELF file is for, by its beginning: elf(5). `undefined` for something else. */
export function readMachine(head: Uint8Array): string | undefined {
  if (head.length < 20 || head[0] !== 0x7f || String.fromCharCode(...head.subarray(1, 4)) !== 'ELF') return undefined;
  const number = view(head).getUint16(18, head[5] !== 2);
  return MACHINES[number] ?? `machine ${number} of ELF`;
}

/**
 * What the kernel would not start of an ELF file, by its beginning (fs/binfmt_elf.c, load_elf_binary): in words, or
 * `undefined`.
 *
 * @param isWhole - That is all of the file.
 */
export function findDamage(head: Uint8Array, isWhole: boolean): string | undefined {
  const [kind, order] = [head[4], head[5]];
  if (head.length < HEADER_BYTES) return 'is a damaged ELF file: it ends within its header';
  if ((kind !== 1 && kind !== 2) || (order !== 1 && order !== 2))
    return 'is a damaged ELF file: its header makes no sense';
  const [data, isLittle] = [view(head), order === 1];
  const type = data.getUint16(16, isLittle);
  if (type !== ET_EXEC && type !== ET_DYN) return `is an ELF file, but no program (type ${type})`;
  const { table, size, count } = readTable(data, { is64: kind === 2, isLittle });
  const isThere = size === (kind === 2 ? 56 : 32) && count > 0 && (!isWhole || table + size * count <= head.length);
  return isThere ? undefined : 'is a damaged ELF file: it has no program headers where it says so';
}

/** What loads an ELF file, as it names it itself; `undefined` when it loads alone, or does not say so in its beginning. */
export function readLoader(head: Uint8Array): string | undefined {
  try {
    return findLoader(head, { is64: head[4] === 2, isLittle: head[5] !== 2 });
  } catch (error) {
    // It says that it is longer than it is.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function findLoader(head: Uint8Array, { is64, isLittle }: { is64: boolean; isLittle: boolean }): string | undefined {
  const data = view(head);
  const readWord = (at: number): number =>
    is64 ? Number(data.getBigUint64(at, isLittle)) : data.getUint32(at, isLittle);
  const { table, size, count } = readTable(data, { is64, isLittle });
  for (let at = table; at < table + size * count; at += size) {
    if (data.getUint32(at, isLittle) !== PT_INTERP) continue;
    const start = readWord(at + (is64 ? 8 : 4));
    const end = start + readWord(at + (is64 ? 32 : 16));
    if (end > head.length) return undefined;
    const bytes = head.subarray(start, end);
    return Buffer.from(bytes).toString('latin1').replace(/\0.*$/s, '') || undefined;
  }
  return undefined;
}

/** Where the program headers are. */
function readTable(
  data: DataView,
  { is64, isLittle }: { is64: boolean; isLittle: boolean },
): { readonly table: number; readonly size: number; readonly count: number } {
  return {
    table: is64 ? Number(data.getBigUint64(32, isLittle)) : data.getUint32(28, isLittle),
    size: data.getUint16(is64 ? 54 : 42, isLittle),
    count: data.getUint16(is64 ? 56 : 44, isLittle),
  };
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
