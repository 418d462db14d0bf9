import type { Kernel, NetIfaceResolver } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { isErrno, ManagerError, unlessGone } from '../errors.js';
import type { LinkRecord, Outcome, ProgramRecord } from '../model.js';
import { Paths } from '../paths.js';
import { type ReconcileOptions, type ReconcileReport, reconcile } from '../reconcile/reconcile.js';
import { type Clock, systemClock } from '../retry.js';
import { SerialQueue } from '../serial-queue.js';
import type { ProgramStore } from '../store/store.js';
import { type AttachOutcome, attach } from './attach.js';
import { checkPrograms, type ProgramRequest } from './check-program.js';
import { checkTarget, type TargetRequest } from './check-target.js';
import { detach } from './detach.js';
import { load } from './load.js';
import { unload } from './unload.js';

/** What a manager works with. */
export interface ManagerOptions {
  readonly kernel: Kernel;
  readonly interfaces: NetIfaceResolver;
  readonly store: ProgramStore;
  /** The directory on a bpffs that everything is pinned below. @defaultValue '/sys/fs/bpf/bpf-manager' */
  readonly root?: string;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** A program with the links it has. */
export interface ProgramView extends ProgramRecord {
  readonly links: readonly LinkRecord[];
}

/** Which programs to list; everything given must be so. */
export interface ProgramFilter {
  readonly type?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Loads and attaches programs, and keeps account of them in a database and by pins. Requests that change something are
 * fulfilled one at a time. Each is fulfilled whole or not at all; what could not be undone, the error tells, and
 * {@link Manager.reconcile} finds. Requests fail with a `ManagerError`.
 */
export class Manager {
  readonly #context: Context;
  readonly #queue = new SerialQueue();

  private constructor(context: Context) {
    this.#context = context;
  }

  /** Makes the directories that everything is pinned in. */
  static async open(options: ManagerOptions): Promise<Manager> {
    const { kernel, interfaces, store, root = '/sys/fs/bpf/bpf-manager', clock = systemClock } = options;
    const paths = new Paths(root);
    for (const directory of paths.directories) {
      try {
        await kernel.bpffs.mkdir(directory, { recursive: true });
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error;
      }
    }
    return new Manager({ kernel, interfaces, store, paths, clock });
  }

  /** Loads all of the programs or none. */
  async load(requests: readonly ProgramRequest[]): Promise<readonly ProgramRecord[]> {
    const definitions = checkPrograms(requests);
    return await this.#queue.run(() => load(this.#context, definitions));
  }

  /** Removes the directories that nothing is pinned in; the programs stay loaded. The database is the caller's to close. */
  async close(): Promise<void> {
    const { kernel, paths } = this.#context;
    await this.#queue.run(async () => {
      for (const directory of paths.directories.toReversed()) {
        await unlessGone(() => kernel.bpffs.rmdir(directory), 'ENOTEMPTY');
      }
    });
  }

  async unload(programId: number): Promise<Outcome> {
    return await this.#queue.run(() => unload(this.#context, programId));
  }

  async attach(programId: number, request: TargetRequest | undefined): Promise<AttachOutcome> {
    const target = checkTarget(request);
    return await this.#queue.run(() => attach(this.#context, programId, target));
  }

  async detach(linkId: number): Promise<Outcome> {
    return await this.#queue.run(() => detach(this.#context, linkId));
  }

  /** Compares the database, the kernel and the file system, and mends what belongs to the manager if asked to. */
  async reconcile(options: ReconcileOptions = {}): Promise<ReconcileReport> {
    return await this.#queue.run(() => reconcile(this.#context, options));
  }

  /** In the order of ids. */
  list(filter: ProgramFilter = {}): readonly ProgramView[] {
    const { type, metadata = {} } = filter;
    return this.#context.store
      .programs()
      .filter((program) => type === undefined || program.type === type)
      .filter((program) => Object.entries(metadata).every(([key, value]) => program.metadata[key] === value))
      .map((program) => this.#view(program));
  }

  get(programId: number): ProgramView {
    const program = this.#context.store.program(programId);
    if (!program) throw new ManagerError('NOT_FOUND', `there is no program ${programId}`);
    return this.#view(program);
  }

  #view(program: ProgramRecord): ProgramView {
    return { ...program, links: this.#context.store.links({ programId: program.id }) };
  }
}
