import { readSync } from 'node:fs';

/** Gives bytes of a file, or fewer where it ends. */
export type ReadAt = (at: number, bytes: number) => Buffer;

/** Reads a file that is open. */
export function readerOf(fd: number): ReadAt {
  return (at, bytes) => {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(fd, buffer, 0, bytes, at));
  };
}

/** What an uncompressed kernel tells of itself. */
export interface Vmlinux {
  /** Whether it says where a virtual machine may enter it: CONFIG_PVH, by a note of Xen's. */
  readonly hasPvhEntry: boolean;
  /** How long the file has to be for all that is loaded to be in it. */
  readonly loadedBytes: number;
  readonly segments: readonly Segment[];
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** include/uapi/linux/elf.h, elf-em.h */
const PT_LOAD = 1;
const PT_NOTE = 4;
const EM_X86_64 = 62;
const HEADER_BYTES = 64;
const ENTRY_BYTES = 56;
const MOST_NOTE_BYTES = 2 ** 20;
/** XEN_ELFNOTE_PHYS32_ENTRY in include/xen/interface/elfnote.h */
const PHYS32_ENTRY = 18;

/** The head of an ELF file for x86-64 in little-endian order; `undefined` for anything else. */
export function readVmlinux(readAt: ReadAt): Vmlinux | undefined {
  const head = readAt(0, HEADER_BYTES);
  const isElf = head.length === HEADER_BYTES && head.toString('latin1', 0, 6) === '\u007fELF\u0002\u0001';
  if (!isElf || head.readUInt16LE(18) !== EM_X86_64 || head.readUInt16LE(54) !== ENTRY_BYTES) return undefined;
  const table = readAt(readOffset(head, 32), head.readUInt16LE(56) * ENTRY_BYTES);
  const segments = Array.from({ length: Math.floor(table.length / ENTRY_BYTES) }, (_, index): Segment => {
    const entry = table.subarray(index * ENTRY_BYTES);
    return { type: entry.readUInt32LE(0), offset: readOffset(entry, 8), sizeBytes: readOffset(entry, 32) };
  });
  const loaded = segments.filter(({ type }) => type === PT_LOAD);
  return {
    hasPvhEntry: segments.some(({ type, offset, sizeBytes }) => {
      return type === PT_NOTE && hasPvhNote(readAt(offset, Math.min(sizeBytes, MOST_NOTE_BYTES)));
    }),
    loadedBytes: Math.max(0, ...loaded.map(({ offset, sizeBytes }) => offset + sizeBytes)),
    segments: loaded,
  };
}

/** Notes one behind the other: the sizes of name and content, a type, and both, filled up to four bytes each. */
function hasPvhNote(notes: Buffer): boolean {
  for (let at = 0; at + 12 <= notes.length; ) {
    const [nameBytes, contentBytes] = [notes.readUInt32LE(at), notes.readUInt32LE(at + 4)];
    const name = notes.toString('latin1', at + 12, at + 12 + nameBytes);
    if (notes.readUInt32LE(at + 8) === PHYS32_ENTRY && name === 'Xen\0') return true;
    at += 12 + fill(nameBytes) + fill(contentBytes);
  }
  return false;
}

const BANNER = 'Linux version ';
const CHUNK_BYTES = 2 ** 20;
const LONGEST_RELEASE = 64;

/** What `uname -r` tells, of the line that it writes first: linux_banner in init/version.c. */
export function findRelease(readAt: ReadAt, { segments }: Vmlinux): string | undefined {
  const step = CHUNK_BYTES - BANNER.length - LONGEST_RELEASE;
  for (const { offset, sizeBytes } of segments) {
    for (let at = offset; at < offset + sizeBytes; at += step) {
      const chunk = readAt(at, Math.min(CHUNK_BYTES, offset + sizeBytes - at));
      for (let found = chunk.indexOf(BANNER); found !== -1; found = chunk.indexOf(BANNER, found + 1)) {
        const text = chunk.toString('latin1', found + BANNER.length, found + BANNER.length + LONGEST_RELEASE);
        const release = /^\d[^\s\0]*(?= )/.exec(text)?.[0];
        if (release !== undefined) return release;
      }
    }
  }
  return undefined;
}

/** Beyond what a file can have, anything is as good. */
function readOffset(bytes: Buffer, at: number): number {
  return Number(BigInt.asUintN(52, bytes.readBigUInt64LE(at)));
}

function fill(bytes: number): number {
  return (bytes + 3) & ~3;
}
