import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { UnsupportedError } from '../../core/errors.js';
import { createTempFolder, type TempFolder } from '../../process/journal/temp-folder.js';
import type { Process } from '../../process/process.js';
import { ProcessError } from '../../process/process-error.js';
import { spawn } from '../../process/spawn.js';
import { VmError } from '../vm-error.js';
import { findVirtiofsd } from './find-virtiofsd.js';
import type { FolderShare } from './folder-share.js';

/**
 * Shows a folder at another place, read-only but for some folders in it, to nobody but what is started then: in a mount
 * namespace of its own. virtiofsd cannot serve read-only by itself, and a guest's root is stronger than its kernel's word.
 * That in C leaves a file in /run, which is therefore one of its own.
 */
const SERVE = `set -e
tree=$1 socket=$2 host=$3 server=$4; shift 4
mount --make-rprivate /
mount "$BIND" "$host" "$tree"
for folder in "$@"; do mount "$BIND" "$folder" "$tree\${folder#"\${host%/}"}"; done
if [ "$WRITABLE" != all ]; then
  mount -o remount,bind,ro "$tree"
  if [ "$BIND" = --rbind ]; then
    awk -v tree="$tree" 'index($5, tree "/") == 1 { print $5 }' /proc/self/mountinfo | while read -r each; do
      keep=
      for folder in "$@"; do [ "$each" = "$tree\${folder#"\${host%/}"}" ] && keep=yes; done
      [ -n "$keep" ] || mount -o remount,bind,ro "$each" 2>/dev/null || umount -l "$each" 2>/dev/null || { echo "cannot make $each read-only" >&2; exit 1; }
    done
  fi
fi
case $socket in /run/*) ;; *) mount -t tmpfs run /run;; esac
exec "$server" --socket-path="$socket" -o source="$tree" -o cache=always -o sandbox="$SANDBOX"`;

const READY = /[Ww]aiting for vhost-user socket connection/;
const START_TIMEOUT_MS = 10_000;

/** A program that serves one folder to one guest, by virtiofs; it ends with this process, however that ends. */
export class ShareServer implements AsyncDisposable {
  /** What the guest mounts it by. */
  readonly tag: string;
  readonly share: FolderShare;
  readonly #folder: TempFolder;
  readonly #process: Process;

  private constructor(parts: { tag: string; share: FolderShare; folder: TempFolder; process: Process }) {
    this.tag = parts.tag;
    this.share = parts.share;
    this.#folder = parts.folder;
    this.#process = parts.process;
  }

  /**
   * Starts to serve a folder.
   *
   * @throws UnsupportedError without virtiofsd, or without the right to make a mount namespace
   * @throws VmError `ERR_GLOVEBOX_VM_START` when it ends at once
   */
  static async start(share: FolderShare, { tag, signal }: { tag: string; signal?: AbortSignal }): Promise<ShareServer> {
    const server = findVirtiofsd();
    const folder = createTempFolder({ prefix: PREFIX, in: chooseParent(tmpdir()) });
    try {
      const tree = join(folder.path, 'tree');
      mkdirSync(tree);
      const { host, writable = false } = share;
      const inner = typeof writable === 'boolean' ? [] : writable;
      const isRoot = process.geteuid?.() === 0;
      const unshare = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
      const program = await spawn(
        'unshare',
        [...unshare, 'sh', '-c', SERVE, 'share', tree, socketOf(folder), host, server, ...inner],
        {
          cwd: '/',
          // In a user namespace, what is mounted within a folder cannot be uncovered, and so comes with it.
          env: {
            BIND: isRoot ? '--bind' : '--rbind',
            SANDBOX: isRoot ? 'namespace' : 'chroot',
            WRITABLE: writable === true ? 'all' : 'some',
          },
          ready: { log: READY },
          timeoutMs: START_TIMEOUT_MS,
          ...(signal === undefined ? {} : { signal }),
        },
      );
      return new ShareServer({ tag, share, folder, process: program });
    } catch (error) {
      folder.remove();
      throw explainShareFailure(share, error);
    }
  }

  /** Words for QEMU; the guest's memory has to be shared, as {@link describeSharedMemory} says. */
  get devices(): readonly string[] {
    const path = socketOf(this.#folder);
    return [
      ...['-chardev', `socket,id=${this.tag},path=${path.replaceAll(',', ',,')}`],
      ...['-device', `vhost-user-fs-pci,chardev=${this.tag},tag=${this.tag}`],
    ];
  }

  /** Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.#folder.remove();
  }
}

/** sun_path of unix(7), less the 0 at its end. */
const LONGEST_SOCKET_BYTES = 107;
const PREFIX = 'glovebox-share-';

/** Where there is room for the path of a socket: a `TMPDIR` may be too long for that. */
export function chooseParent(temporary: string): string {
  const longest = join(temporary, `${PREFIX}${'0'.repeat(36)}`, 'socket');
  return Buffer.byteLength(longest) <= LONGEST_SOCKET_BYTES ? temporary : '/tmp';
}

function socketOf(folder: TempFolder): string {
  return join(folder.path, 'socket');
}

/** Words for QEMU: virtiofsd reads the guest's memory. */
export function describeSharedMemory(memoryMiB: number): readonly string[] {
  return ['-object', `memory-backend-memfd,id=memory,size=${memoryMiB}M,share=on`, '-numa', 'node,memdev=memory'];
}

/** Why a folder could not be shared: what forbids it, where it is that. */
export function explainShareFailure(share: Pick<FolderShare, 'host'>, error: unknown): unknown {
  if (!(error instanceof ProcessError)) return error;
  const told = error.logTail.join('; ');
  if (/unshare failed|Operation not permitted/.test(told))
    return new UnsupportedError(
      {
        capability: 'sharing folders with a virtual machine',
        reason: `this user may not serve ${share.host}: ${told}`,
        fix: /setgroups/.test(told)
          ? 'run it as root: the virtiofsd of QEMU up to 7.2 serves root alone, and that in Rust (the package virtiofsd) other users too'
          : 'run it as root, or allow user namespaces: glovebox doctor tells what forbids them',
      },
      { cause: error },
    );
  return new VmError('ERR_GLOVEBOX_VM_START', {
    message: `${share.host} could not be shared: virtiofsd did not begin to serve it`,
    machineTail: error.logTail,
    cause: error,
  });
}
