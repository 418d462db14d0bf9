import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { DisposedError, quote, UnsupportedError, UsageError } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import { mountDetached } from '../../native/detached-mount.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';

/** How a {@link SmallDisk} is made. */
export interface SmallDiskOptions {
  /** How much it holds, in bytes; the kernel rounds it up to whole pages. */
  readonly sizeBytes: number;
  /** How many files and folders it holds. @defaultValue what the kernel gives one of half the memory */
  readonly mostFiles?: number;
}

const LEAST_BYTES = 4096;

/**
 * A file system in memory that is mounted nowhere, for the files of a program that shall run out of room: only this
 * process and those that are given its descriptor can reach it, and the kernel takes it back with the last of them,
 * whatever kills this process.
 *
 * @example
 * ```ts
 * using disk = createSmallDisk({ sizeBytes: 1_048_576 });
 * await using worker = await spawn('worker', ['--data', disk.pathAt(7)], { descriptors: { 7: disk } });
 * await writeFile(`${disk.path}/queue`, jobs);
 * ```
 */
export class SmallDisk implements Disposable {
  readonly sizeBytes: number;
  readonly #mount: FileDescriptor;

  /** @internal Use `createSmallDisk`. */
  constructor(mount: FileDescriptor, sizeBytes: number) {
    this.#mount = mount;
    this.sizeBytes = sizeBytes;
  }

  /** The number of its descriptor, for `descriptors` of `spawn`. */
  get fd(): number {
    if (this.#mount.closed) throw new DisposedError('SmallDisk', 'fd');
    return this.#mount.number;
  }

  /** Whether it has been taken away. */
  get closed(): boolean {
    return this.#mount.closed;
  }

  /** Its root, for this process. */
  get path(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** Its root for a program that was given it as that descriptor, and for what the program starts with that open. */
  pathAt(descriptor: number): string {
    return `/proc/self/fd/${descriptor}`;
  }

  /** It ends once no program has it any more. Safe to call twice. */
  [Symbol.dispose](): void {
    this.#mount.close();
  }
}

/** Makes a {@link SmallDisk}. @throws UsageError with every mistake @throws UnsupportedError without CAP_SYS_ADMIN */
export function createSmallDisk(options: SmallDiskOptions): SmallDisk {
  checkOptions('createSmallDisk', options);
  const { sizeBytes, mostFiles } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['sizeBytes', 'mostFiles']),
    ...(Number.isSafeInteger(sizeBytes) && sizeBytes >= LEAST_BYTES
      ? []
      : [`sizeBytes must be a whole number, ${LEAST_BYTES} or more; received ${quote(sizeBytes)}`]),
    ...(mostFiles === undefined || (Number.isSafeInteger(mostFiles) && mostFiles >= 1)
      ? []
      : [`mostFiles must be a whole number, 1 or more; received ${quote(mostFiles)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError('createSmallDisk', mistakes);
  const settings = {
    size: String(sizeBytes),
    mode: '0777',
    // The root is one, too.
    ...(mostFiles !== undefined && { nr_inodes: String(mostFiles + 1) }),
  };
  try {
    return new SmallDisk(mountDetached('tmpfs', settings), sizeBytes);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM' && errnoOf(error) !== 'ENOSYS') throw error;
    const reason = errnoOf(error) === 'EPERM' ? 'this user may mount nothing' : 'this kernel is older than 5.2';
    const fix = 'run the tests with "glovebox run", or as root, on Linux 5.2 or newer';
    throw new UnsupportedError({ capability: 'a disk of its own', reason, fix }, { cause: error });
  }
}
