import { type ChildProcess, spawn } from 'node:child_process';
import { UnsupportedError } from '../../core/errors.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { createPidNamespace, openPidNamespace, runInPidNamespace } from '../../native/pid-namespace.js';
import { openPidfd, sendSignal } from '../../native/pidfd.js';
import { hasEnded, listPids, readPidNamespace } from '../proc/processes.js';
import { unref } from '../unref.js';

/**
 * What the init of a keeper runs. SIGCHLD is ignored, so that the kernel reaps the orphans that it inherits; its input
 * is ours alone, and ends with this process even where the parent-death signal does not come.
 */
const INIT = ['--pdeathsig', 'KILL', 'sh', '-c', 'trap "" CHLD; exec cat'];

/**
 * A pid namespace for what must not outlive this process: everything that is started in it, and what that starts,
 * daemons too, is killed by the kernel when the keeper ends, however this process ends.
 *
 * What is started in it is a child of this process, so that its exit status is exact, and not the namespace's init, so
 * that signals do what they do everywhere.
 */
export class Keeper implements Disposable {
  readonly #init: ChildProcess;
  readonly #pid: number;
  readonly #pidfd: FileDescriptor;
  readonly #namespace: FileDescriptor;
  readonly #identity: string | undefined;
  #isKilled = false;
  /** Resolves when everything in it has ended. */
  readonly ended: Promise<void>;

  private constructor(init: ChildProcess, pid: number) {
    this.#init = init;
    this.#pid = pid;
    this.#pidfd = openPidfd(pid);
    this.#namespace = openPidNamespace(pid);
    this.#identity = readPidNamespace(pid);
    // The kernel lets an init end only when everybody else has.
    this.ended = new Promise((resolve) => init.once('close', () => resolve()));
    init.once('exit', () => this.#pidfd.close());
    // What it says when it is killed first is nobody's error; and it is no reason for this process to stay.
    init.stdin?.on('error', () => {});
    init.unref();
    unref(init.stdin);
  }

  /**
   * In the namespace when this returns; nothing is waited for.
   *
   * @throws KernelError EPERM without CAP_SYS_ADMIN @throws UnsupportedError without util-linux
   */
  static start(): Keeper {
    const init = createPidNamespace(() =>
      spawn('setpriv', INIT, { stdio: ['pipe', 'ignore', 'ignore'], detached: true }),
    );
    if (init.pid !== undefined) return new Keeper(init, init.pid);
    init.once('error', () => {});
    throw new UnsupportedError({
      capability: 'isolation of processes',
      reason: 'setpriv is not to be found on PATH',
      fix: 'install util-linux, which every distribution has',
    });
  }

  /**
   * What a synchronous function starts is in the namespace, as a child of this process.
   *
   * @throws KernelError ENOMEM when the keeper has ended
   */
  run<R>(run: () => R): R {
    return runInPidNamespace(this.#namespace.number, run);
  }

  /** The processes in it that have not ended, as this process knows them, without its init. */
  pids(): readonly number[] {
    // Once it has ended the kernel gives the number of its namespace to another.
    if (this.#pidfd.closed) return [];
    return listPids().filter((pid) => pid !== this.#pid && readPidNamespace(pid) === this.#identity && !hasEnded(pid));
  }

  /** Kills everything in it, at once; {@link ended} tells when that is done. Safe to call twice. */
  kill(): void {
    if (this.#isKilled) return;
    this.#isKilled = true;
    this.#namespace.close();
    if (this.#pidfd.closed) return;
    sendSignal(this.#pidfd.number, 'SIGKILL');
    this.#init.ref();
  }

  [Symbol.dispose](): void {
    this.kill();
  }
}
