import { fchmodSync, fstatSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openPath } from '../../native/open-path.js';

/** include/uapi/asm-generic/fcntl.h, x86-64 and arm64 */
const O_RDWR = 0o2;
const O_TMPFILE = process.arch === 'arm64' ? 0o20040000 : 0o20200000;

/** A file without a name: whatever ends this process, the kernel takes it back when nobody has it open any more. */
export class NamelessFile implements Disposable {
  readonly descriptor: FileDescriptor;

  /** @throws KernelError EOPNOTSUPP for a file system that has no such files, ENOENT, EACCES, ENOSPC */
  constructor(folder: string = tmpdir()) {
    this.descriptor = openPath(folder, O_TMPFILE | O_RDWR);
    // Another user of the same machine, and QEMU in its own user namespace, open it again by its number.
    fchmodSync(this.descriptor.number, 0o600);
  }

  get sizeBytes(): number {
    return fstatSync(this.descriptor.number).size;
  }

  /** Where it would be: what a message about a full disk names. */
  get folder(): string {
    return readlinkSync(`/proc/self/fd/${this.descriptor.number}`).replace(/\/[^/]*$/, '');
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
