import { fchmodSync, fstatSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { errnoOf } from '../../core/kernel-error.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openPath } from '../../native/open-path.js';
import { VmError, type VmErrorCode } from '../vm-error.js';

/** include/uapi/asm-generic/fcntl.h, x86-64 and arm64 */
const O_RDWR = 0o2;
const O_TMPFILE = process.arch === 'arm64' ? 0o20040000 : 0o20200000;

/** A file without a name: whatever ends this process, the kernel takes it back when nobody has it open any more. */
export class NamelessFile implements Disposable {
  readonly descriptor: FileDescriptor;
  /** Where it would be: what a message about a full disk names. */
  readonly folder: string;
  readonly #code: VmErrorCode;

  /**
   * @param options.code - Of the errors that tell of its folder.
   * @throws VmError where the folder is not there, may not be written, or is of a file system without such files
   */
  constructor({
    folder = tmpdir(),
    code = 'ERR_GLOVEBOX_VM_START',
  }: { readonly folder?: string; readonly code?: VmErrorCode } = {}) {
    this.folder = folder;
    this.#code = code;
    try {
      this.descriptor = openPath(folder, O_TMPFILE | O_RDWR);
    } catch (cause) {
      const message = `No file can be made in the folder for temporary files, ${JSON.stringify(folder)}: ${errnoOf(cause)}`;
      const next =
        'Set TMPDIR to a folder that this user can write, of a file system that has files without a name, as tmpfs, ext4, xfs and btrfs do';
      throw new VmError(code, { message, next, cause });
    }
    // Another user of the same machine, and QEMU in its own user namespace, open it again by its number.
    fchmodSync(this.descriptor.number, 0o600);
  }

  get sizeBytes(): number {
    return fstatSync(this.descriptor.number).size;
  }

  /** Puts bytes at its beginning. @throws VmError when the disk is full */
  write(bytes: Uint8Array): void {
    try {
      for (let offset = 0; offset < bytes.length; )
        offset += writeSync(this.descriptor.number, bytes, offset, bytes.length - offset, offset);
    } catch (cause) {
      const mebibytes = Math.ceil(bytes.length / 2 ** 20);
      const message = `${mebibytes} MiB cannot be written to the folder for temporary files, ${JSON.stringify(this.folder)}: ${errnoOf(cause)}`;
      throw new VmError(this.#code, { message, next: 'Free some space, or set TMPDIR to a folder elsewhere', cause });
    }
  }

  /** The file from its beginning, for a reader of its own. @throws KernelError EMFILE */
  reopen(): FileDescriptor {
    return openPath(`/proc/self/fd/${this.descriptor.number}`);
  }

  /** Safe to call twice. */
  [Symbol.dispose](): void {
    this.descriptor.close();
  }
}
