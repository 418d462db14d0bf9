import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { findRelease, readerOf, readVmlinux } from './vmlinux/read-vmlinux.js';

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
 * Looks at the head of a kernel's image: vmlinuz or bzImage, Image of arm64, or vmlinux that a virtual machine may enter.
 *
 * @throws UsageError when it is no image, or ends before it should: an unpacking that was cut short
 */
export function readKernelImage(path: string): KernelImage {
  const refuse = (problem: string): UsageError => new UsageError('kernel', `${JSON.stringify(path)} ${problem}`);
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    return readOpenImage(fd, refuse);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw refuse(`cannot be read as the image of a kernel: ${messageOf(error)}`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readOpenImage(fd: number, refuse: (problem: string) => UsageError): KernelImage {
  const head = Buffer.alloc(HEAD_BYTES);
  readSync(fd, head, 0, HEAD_BYTES, 0);
  const requireSize = (expectedBytes: number): void => {
    const { size } = fstatSync(fd);
    if (size < expectedBytes)
      throw refuse(`is cut short: it has ${size} bytes, and its header speaks of ${expectedBytes}. Copy it again`);
  };
  if (head.toString('latin1', ARM64_MAGIC_AT, ARM64_MAGIC_AT + 4) === 'ARM\x64')
    return { arch: 'arm64', release: undefined };
  if (head.toString('latin1', 0, 4) === '\u007fELF') {
    const vmlinux = readVmlinux(readerOf(fd));
    if (!vmlinux?.hasPvhEntry)
      throw refuse(
        'is an ELF file, and no vmlinux for x86-64 that a virtual machine may enter (CONFIG_PVH): take bzImage (arch/x86/boot/bzImage) instead',
      );
    requireSize(vmlinux.loadedBytes);
    return { arch: 'x64', release: findRelease(readerOf(fd), vmlinux) };
  }
  if (head.toString('latin1', X86_MAGIC_AT, X86_MAGIC_AT + 4) !== 'HdrS')
    throw refuse('is no image of a Linux kernel: expected vmlinuz, bzImage or vmlinux (x86) or Image (arm64)');
  // The set-up code's sectors (4 where it says 0), the boot sector, and the rest in paragraphs.
  const setupSectors = head.readUInt8(X86_SECTORS_AT) || 4;
  requireSize((setupSectors + 1) * 512 + head.readUInt32LE(X86_SIZE_AT) * 16);
  const versionAt = head.readUInt16LE(X86_VERSION_AT) + 0x200;
  const version = head.toString('latin1', versionAt, versionAt + 200).split('\0', 1)[0] ?? '';
  return { arch: 'x64', release: version.split(' ', 1)[0] || undefined };
}
