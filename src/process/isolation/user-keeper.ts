import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { UnsupportedError } from '../../core/errors.js';
import { until } from '../../core/until.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openPidfd, sendSignal } from '../../native/pidfd.js';
import { explainForbidden } from '../../native/rootless.js';
import { readUserNamespaceSettings } from '../../native/user-namespace.js';
import { hasEnded, listPids, readChildren, readPidNamespace, readState } from '../proc/processes.js';
import { unref } from '../unref.js';
import type { Enclosure } from './enclosure.js';
import { signalProcess } from './signal-process.js';

/** A mount and a pid namespace; together with the next, in one of users, in which the user is the one outside. */
const UNSHARE = ['--pdeathsig', 'KILL', 'unshare', '--mount-proc', '--pid', '--fork', '--kill-child=KILL'];
const OF_USER = ['--user', '--map-current-user'];
/**
 * It says that it runs, and then does what that of a keeper does: it lets the kernel reap orphans, and ends when its input
 * does, which is ours alone.
 */
const INIT = ['--', 'sh', '-c', 'trap "" CHLD; echo; exec cat >/dev/null'];
/** One that stopped with its child would stay for ever, were this process killed: who is stopped sees no end of that. */
const ENDS_WITH_US = ['setpriv', '--pdeathsig', 'KILL'];
/** A mount namespace is entered at its root. The shell exports where it was before, which is no news for a program. */
const CHANGE_FOLDER = 'cd -- "$0" && unset OLDPWD && exec "$@"';
const PAUSE_MS = 0.5;
const RETRY_MS = 5;
/** As long as two programs may need to see that they were stopped. */
const WAKE_TIMEOUT_MS = 250;

/**
 * What a {@link Keeper} is to root, to a user without any privilege, and to root of a user namespace alone. Node has several threads, none of which may enter a
 * user namespace: so nsenter(1) does, stays outside as the parent of the program, and ends as it does.
 */
export class UserKeeper implements Enclosure {
  readonly isolation = 'full';
  readonly ended: Promise<void>;
  readonly #holder: ChildProcess;
  readonly #init: number;
  readonly #user: UserChoice;
  readonly #pidfd: FileDescriptor;
  readonly #identity: string | undefined;
  #nsenter: number | undefined;
  #isKilled = false;

  private constructor(holder: ChildProcess, init: number, user: UserChoice) {
    this.#holder = holder;
    this.#user = user;
    this.#init = init;
    this.#pidfd = openPidfd(init);
    this.#identity = readPidNamespace(init);
    const exited = new Promise<void>((resolve) => {
      if (holder.exitCode !== null || holder.signalCode !== null) resolve();
      holder.once('exit', () => resolve());
    });
    this.ended = exited.then(() => {
      this.#pidfd.close();
      return this.#release();
    });
    holder.stdin?.on('error', () => {});
    holder.unref();
    unref(holder.stdin);
  }

  /**
   * Runs when this resolves.
   *
   * @param user - `own`: in a user namespace of its own, in which it is nobody to what was made outside, such as the
   * network of a lab. `same`: in that of this process, which has to be its root.
   * @throws UnsupportedError that says what forbids it on this machine
   */
  static async start(user: UserChoice = 'own'): Promise<UserKeeper> {
    const holder = spawn('setpriv', [...UNSHARE, ...(user === 'own' ? OF_USER : []), ...INIT], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: '/',
    });
    const refusal = await readRefusal(holder);
    holder.stdout.destroy();
    holder.stderr.destroy();
    // Its only child: unshare(1) has forked it before it could say anything.
    const init = holder.pid === undefined ? undefined : readChildren(holder.pid)[0];
    if (refusal === undefined && init !== undefined) return new UserKeeper(holder, init, user);
    holder.stdin.destroy();
    const reason = refusal ?? 'unshare ended at once';
    throw new UnsupportedError({
      ...explainForbidden(reason, readUserNamespaceSettings()),
      capability: 'isolation of processes',
    });
  }

  prefix(cwd: string): readonly string[] {
    const enter = ['nsenter', '--target', String(this.#init), '--mount', '--pid'];
    const asUser = this.#user === 'own' ? ['--user', '--preserve-credentials'] : [];
    return [...ENDS_WITH_US, ...enter, ...asUser, '--', 'sh', '-c', CHANGE_FOLDER, cwd];
  }

  run<R>(run: () => R): R {
    return run();
  }

  async adopt(pid: number): Promise<number> {
    this.#nsenter = pid;
    const find = (): number | undefined => (hasEnded(pid) ? pid : readChildren(pid)[0]);
    const description = 'nsenter to start the program';
    return await until(find, { description, intervalMs: PAUSE_MS, maxIntervalMs: RETRY_MS });
  }

  pids(): readonly number[] {
    // Once it has ended the kernel gives the number of its namespace to another.
    if (this.#pidfd.closed) return [];
    return listPids().filter((pid) => pid !== this.#init && readPidNamespace(pid) === this.#identity && !hasEnded(pid));
  }

  /** nsenter(1) stops when its child does, and lets it go on when it is let go on itself. */
  async settle(isStopped: boolean): Promise<void> {
    const nsenter = this.#nsenter;
    if (nsenter === undefined) return;
    const isSettled = (): boolean => {
      const child = readChildren(nsenter)[0];
      if (child === undefined || hasEnded(nsenter)) return true;
      const isChildStopped = readState(child) === 'T';
      if (!isStopped && readState(nsenter) === 'T') signalProcess(nsenter, 'SIGCONT');
      return isChildStopped !== isStopped || (readState(nsenter) === 'T') === isStopped;
    };
    await until(isSettled, { intervalMs: PAUSE_MS, maxIntervalMs: RETRY_MS, timeoutMs: WAKE_TIMEOUT_MS }).catch(
      () => undefined,
    );
  }

  kill(): void {
    if (this.#isKilled) return;
    this.#isKilled = true;
    if (this.#pidfd.closed) return;
    sendSignal(this.#pidfd.number, 'SIGKILL');
    this.#holder.ref();
  }

  /** One that was stopped with its child has not seen the end of that. */
  async #release(): Promise<void> {
    const nsenter = this.#nsenter;
    if (nsenter === undefined) return;
    const hasGone = (): boolean => {
      if (hasEnded(nsenter)) return true;
      if (readState(nsenter) === 'T') signalProcess(nsenter, 'SIGCONT');
      return false;
    };
    await until(hasGone, { intervalMs: PAUSE_MS, maxIntervalMs: RETRY_MS }).catch(() => undefined);
  }
}

/** Whose rights what is in a keeper has. */
export type UserChoice = 'own' | 'same';

/** Why there is no keeper; `undefined` when it runs. */
async function readRefusal(holder: ChildProcess & { stdout: Readable; stderr: Readable }): Promise<string | undefined> {
  let said = '';
  holder.stderr.on('data', (bytes: Buffer) => {
    said += String(bytes);
  });
  return new Promise((resolve) => {
    holder.stdout.once('data', () => resolve(undefined));
    holder.once('error', (error) => resolve(error.message));
    holder.once('close', () => resolve(said.trim() || 'unshare ended at once'));
  });
}
