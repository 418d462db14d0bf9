import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../../core/errors.js';

/** What the head of an image tells. */
export interface KernelImage {
  readonly arch: 'x64' | 'arm64';
  /** As `uname -r` tells it; arm64's images do not say. */
  readonly release: string | undefined;
}

/** Documentation/arch/x86/boot.rst: `header` and `kernel_version`, whose text is that much further than 0x200. */
const X86_MAGIC_AT = 0x202;
const X86_VERSION_AT = 0x20e;
const X86_SECTORS_AT = 0x1f1;
const X86_SIZE_AT = 0x1f4;
/** Documentation/arch/arm64/booting.rst: `magic`. */
const ARM64_MAGIC_AT = 56;
const HEAD_BYTES = 0x10000;

/**
 * Looks at the head of a kernel's image.
 *
 * @throws UsageError when it is no image, or ends before it should: an unpacking that was cut short
 */
export function readKernelImage(path: string): KernelImage {
  const refuse = (problem: string): UsageError => new UsageError('kernel', `${JSON.stringify(path)} ${problem}`);
  const { head, sizeBytes } = readHead(path, refuse);
  if (head.toString('latin1', ARM64_MAGIC_AT, ARM64_MAGIC_AT + 4) === 'ARM\x64')
    return { arch: 'arm64', release: undefined };
  if (head.toString('latin1', X86_MAGIC_AT, X86_MAGIC_AT + 4) !== 'HdrS') {
    const isElf = head.toString('latin1', 0, 4) === '\u007fELF';
    throw refuse(
      isElf
        ? 'is an ELF file, such as vmlinux, and no image that boots: take bzImage (arch/x86/boot/bzImage) instead'
        : 'is no image of a Linux kernel: expected vmlinuz or bzImage (x86) or Image (arm64)',
    );
  }
  // The set-up code's sectors (4 where it says 0), the boot sector, and the rest in paragraphs.
  const setupSectors = head.readUInt8(X86_SECTORS_AT) || 4;
  const expectedBytes = (setupSectors + 1) * 512 + head.readUInt32LE(X86_SIZE_AT) * 16;
  if (sizeBytes < expectedBytes)
    throw refuse(`is cut short: it has ${sizeBytes} bytes, and its header speaks of ${expectedBytes}. Copy it again`);
  const versionAt = head.readUInt16LE(X86_VERSION_AT) + 0x200;
  const version = head.toString('latin1', versionAt, versionAt + 200).split('\0', 1)[0] ?? '';
  return { arch: 'x64', release: version.split(' ', 1)[0] || undefined };
}

function readHead(path: string, refuse: (problem: string) => UsageError): { head: Buffer; sizeBytes: number } {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const head = Buffer.alloc(HEAD_BYTES);
    readSync(fd, head, 0, HEAD_BYTES, 0);
    return { head, sizeBytes: fstatSync(fd).size };
  } catch (error) {
    throw refuse(`cannot be read as the image of a kernel: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
