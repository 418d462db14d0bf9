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

/** The machine that an ELF file is for, by its beginning: elf(5). `undefined` for something else. */
export function readMachine(head: Uint8Array): string | undefined {
  if (head.length < 20 || head[0] !== 0x7f || String.fromCharCode(...head.subarray(1, 4)) !== 'ELF') return undefined;
  const number = view(head).getUint16(18, head[5] !== 2);
  return MACHINES[number] ?? `machine ${number} of ELF`;
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
  const table = readWord(is64 ? 32 : 28);
  const size = data.getUint16(is64 ? 54 : 42, isLittle);
  const count = data.getUint16(is64 ? 56 : 44, isLittle);
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

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
