import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../../core/kernel-error.js';
import { until } from '../../core/until.js';
import { systemCall } from '../../native/system-call.js';
import { leaveToOwner, makeCacheFolder } from '../cache-folder.js';
import { kernelError } from './kernel-error.js';
import { readKernelImage } from './kernel-image.js';
import type { VmKernel } from './vm-kernel.js';

/** include/uapi/asm-generic/fcntl.h */
const LOCK_EX_NB = 2 | 4;
const LONGEST_WAIT_MS = 900_000;
/** What is being unpacked; without its owner's lock it is what somebody who was killed has left. */
const UNFINISHED = '.unfinished-';

/** The kernels that were unpacked, by package and version, and which of them a name meant last. */
export class KernelCache {
  readonly folder: string;
  readonly #root: string;
  readonly #arch: VmKernel['arch'];

  constructor(folder: string, arch: VmKernel['arch']) {
    this.#root = folder;
    this.folder = join(folder, 'kernels', arch);
    this.#arch = arch;
  }

  /** The kernel of a package and version: `linux-image-…_6.1.192-2`; `undefined` when it is not there, or not whole. */
  find(entry: string): VmKernel | undefined {
    const folder = join(this.folder, entry);
    try {
      return locateKernel(folder, this.#arch);
    } catch {
      return undefined;
    }
  }

  /** What a name such as `6.1` meant last. */
  recall(name: string): VmKernel | undefined {
    try {
      return this.find(readFileSync(this.#noteOf(name), 'utf8').trim());
    } catch {
      return undefined;
    }
  }

  /** Keeps what a name means. */
  remember(name: string, entry: string): void {
    const note = this.#noteOf(name);
    writeFileSync(`${note}.new`, `${entry}\n`);
    renameSync(`${note}.new`, note);
  }

  /**
   * Runs a function that changes what is kept, as the only one of all processes; the lock ends with this process.
   *
   * @throws GloveboxError `ERR_GLOVEBOX_VM_KERNEL` when the folder cannot be written
   */
  async alone<R>(run: () => Promise<R>, options: { signal: AbortSignal | undefined; onWait: () => void }): Promise<R> {
    const fd = this.#openLock();
    try {
      if (!tryLock(fd)) {
        options.onWait();
        await until(() => tryLock(fd), {
          timeoutMs: LONGEST_WAIT_MS,
          description: `the other process that downloads kernels into ${JSON.stringify(this.folder)}`,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
      }
      this.#sweep();
      return await run();
    } finally {
      leaveToOwner(this.#root);
      closeSync(fd);
    }
  }

  /** As {@link alone}, but `undefined` at once where another process has the lock. */
  tryAlone<R>(run: () => R): R | undefined {
    const fd = this.#openLock();
    try {
      if (!tryLock(fd)) return undefined;
      this.#sweep();
      return run();
    } finally {
      leaveToOwner(this.#root);
      closeSync(fd);
    }
  }

  /** Puts a file in its place, whole or not at all. Only within {@link alone}. @throws KernelError ENOSPC, EACCES */
  addFile(place: string, content: Uint8Array): void {
    const unfinished = join(this.folder, `${UNFINISHED}${basename(place)}`);
    try {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(unfinished, content, { flush: true });
      renameSync(unfinished, place);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw explainDisk(error, this.folder);
    }
  }

  /**
   * Fills a folder and puts it in its place, whole or not at all. Only within {@link alone}.
   *
   * @throws UsageError when what is in it is no kernel
   */
  async add(entry: string, fill: (folder: string) => Promise<void>): Promise<VmKernel> {
    const unfinished = join(this.folder, `${UNFINISHED}${entry}`);
    const place = join(this.folder, entry);
    try {
      mkdirSync(unfinished, { recursive: true });
      await fill(unfinished);
      locateKernel(unfinished, this.#arch);
      rmSync(place, { recursive: true, force: true });
      renameSync(unfinished, place);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      throw explainDisk(error, this.folder);
    }
    return locateKernel(place, this.#arch);
  }

  #noteOf(name: string): string {
    return join(this.folder, `${name.replace(/[^\w.+-]/g, '_')}.name`);
  }

  #openLock(): number {
    try {
      makeCacheFolder(this.folder);
      return openSync(join(this.folder, 'lock'), 'a');
    } catch (error) {
      throw explainDisk(error, this.folder);
    }
  }

  #sweep(): void {
    for (const name of readdirSync(this.folder))
      if (name.startsWith(UNFINISHED)) rmSync(join(this.folder, name), { recursive: true, force: true });
  }
}

function tryLock(fd: number): boolean {
  return systemCall('flock', fd, LOCK_EX_NB) !== -constants.errno.EAGAIN;
}

/** Where a package has put its kernel: in /boot and /lib/modules, or from 7.0 on in /usr/lib/modules alone. */
function locateKernel(folder: string, arch: VmKernel['arch']): VmKernel {
  for (const parent of ['usr/lib/modules', 'lib/modules']) {
    for (const release of listFolder(join(folder, parent))) {
      const modulesFolder = join(folder, parent, release);
      const image = [join(modulesFolder, 'vmlinuz'), join(folder, 'boot', `vmlinuz-${release}`)].find((each) =>
        existsSync(each),
      );
      if (image === undefined || !existsSync(join(modulesFolder, 'kernel'))) continue;
      readKernelImage(image);
      return { release, image, modulesFolder, arch };
    }
  }
  throw kernelError(
    `${JSON.stringify(folder)} has no kernel in it: expected boot/vmlinuz-<release> and lib/modules/<release>. Remove it, and it is downloaded again`,
  );
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Of making a folder; of one that is read-only, Node says ENOENT. */
const NO_FOLDER = ['EACCES', 'EROFS', 'EPERM', 'ENOTDIR', 'EEXIST', 'ENOENT'];

/** Why nothing can be kept, in the words of who asked for a kernel; what is no such reason as it is. */
export function explainDisk(error: unknown, folder: string): unknown {
  const errno = errnoOf(error);
  if (errno === 'ENOSPC' || errno === 'EDQUOT')
    return kernelError(
      `The disk of ${JSON.stringify(folder)} is full: the kernel was not kept. Free some space, or set GLOVEBOX_CACHE to a folder elsewhere`,
      error,
    );
  if (errno !== undefined && NO_FOLDER.includes(errno))
    return kernelError(
      `Kernels cannot be kept in ${JSON.stringify(folder)}: ${errno}. Make it a folder that this user can write, or set GLOVEBOX_CACHE to another`,
      error,
    );
  return error;
}
