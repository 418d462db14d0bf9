import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import process from 'node:process';
import { quote } from '../../core/errors.js';
import { findProgram } from '../../process/find-program.js';

/** Of an ELF header (include/uapi/linux/elf.h): the 64-bit one, which is the longer. */
const HEADER_BYTES = 64;
const E_TYPE = 16;
const E_MACHINE = 18;
const ET_EXEC = 2;
const ET_DYN = 3;

/** Numbers of machines in ELF (include/uapi/linux/elf-em.h) that a processor runs, by Node's name of it. */
const MACHINES: Readonly<Record<string, readonly number[]>> = { x64: [62, 3], arm64: [183, 40] };

/** Where the kernel is told of other kinds of programs. */
const OTHER_KINDS = '/proc/sys/fs/binfmt_misc';

/**
 * Why the kernel will not start a program, as far as it can be seen from outside: a script whose interpreter is not
 * there, a damaged or foreign ELF file. Node would end in an abort where execve(2) fails.
 */
export function findStartObstacle(path: string): string | undefined {
  try {
    findProgram(path.includes('/') ? path : `./${path}`, { cwd: process.cwd(), path: undefined });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const header = readStart(path);
  if (header === undefined) return undefined;
  const isElf = header.toString('latin1', 0, 4) === '\u007fELF';
  if (isElf) return findElfObstacle(path, header);
  // What shells do: a text is one for them, but what has a NUL in its first line is none.
  const [line = ''] = header.toString('latin1').split('\n', 1);
  return line.includes('\0') ? `${quote(path)} is no program: it is neither an ELF file nor a text` : undefined;
}

function findElfObstacle(path: string, header: Buffer): string | undefined {
  const damaged = `${quote(path)} is a damaged ELF file`;
  if (header.length < HEADER_BYTES) return `${damaged}: it ends within its header`;
  if (takesOtherElf()) return undefined;
  const [kind, order] = [header[4], header[5]];
  if (order !== 1 || (kind !== 1 && kind !== 2)) return `${damaged}: its header makes no sense`;
  const machine = header.readUInt16LE(E_MACHINE);
  if (MACHINES[process.arch]?.includes(machine) === false)
    return `${quote(path)} is an ELF file for another processor (machine ${machine})`;
  const type = header.readUInt16LE(E_TYPE);
  if (type !== ET_EXEC && type !== ET_DYN) return `${quote(path)} is an ELF file, but no program (type ${type})`;
  const [tableAt, entryBytes, count] =
    kind === 2
      ? [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)]
      : [header.readUInt32LE(28), header.readUInt16LE(42), header.readUInt16LE(44)];
  const isTable = entryBytes === (kind === 2 ? 56 : 32) && count > 0;
  const table = isTable ? readStart(path, tableAt, entryBytes * count) : undefined;
  return table?.length === entryBytes * count ? undefined : `${damaged}: it has no program headers where it says so`;
}

/** Whether something else, such as an emulator, may run ELF files that this processor does not. */
function takesOtherElf(): boolean {
  try {
    return readdirSync(OTHER_KINDS).some((name) => {
      if (name === 'register' || name === 'status') return false;
      const text = readFileSync(`${OTHER_KINDS}/${name}`, 'utf8');
      return text.startsWith('enabled') && text.includes('magic 7f454c46');
    });
  } catch {
    return false;
  }
}

/** Bytes of a file; fewer where it ends, none at all where it may be executed and not read. */
function readStart(path: string, at = 0, length = HEADER_BYTES): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, at));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
