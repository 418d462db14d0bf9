import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import process from 'node:process';
import { DisposedError } from '../../core/errors.js';
import type { Enclosure } from '../isolation/enclosure.js';
import { ProcessGroup } from '../isolation/process-group.js';
import { sendSigkill } from '../isolation/signal-group.js';
import { checkFolder } from '../program/find-program.js';
import type { Isolation, SpawnPlace } from '../spawn-options.js';
import type { ShellPlace } from './shell.js';

/** The commands of a shell, and what keeps them: one enclosure for all, or a process group for each. */
export class ShellCommands implements ShellPlace {
  readonly spawn: typeof spawn;
  readonly spawnSync: typeof spawnSync;
  readonly #enclosure: Enclosure;
  readonly #place: SpawnPlace | undefined;
  readonly #running = new Map<ChildProcess, { readonly forgive: () => void; readonly ended: Promise<void> }>();
  readonly #groups = new Set<ProcessGroup>();
  #isClosed = false;

  constructor(enclosure: Enclosure, place: SpawnPlace | undefined) {
    this.#enclosure = enclosure;
    this.#place = place;
    this.spawn = new Proxy(spawn, {
      apply: (target, self, args: readonly unknown[]) => {
        const child: ChildProcess = this.#start(() => Reflect.apply(target, self, this.#enclose(args)));
        const group = this.#addGroup(child.pid);
        if (group !== undefined) child.once('exit', () => this.#release(group));
        return child;
      },
    });
    this.spawnSync = new Proxy(spawnSync, {
      apply: (target, self, args: readonly unknown[]) => {
        const result = this.#start(() => Reflect.apply(target, self, this.#enclose(args)));
        const group = this.#addGroup(result.pid);
        if (group !== undefined) this.#release(group);
        return result;
      },
    });
  }

  get isolation(): Isolation {
    return this.#enclosure.isolation;
  }

  own(child: ChildProcess, forgive: () => void): void {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#running.set(child, { forgive, ended });
    void ended.then(() => this.#running.delete(child));
  }

  /** Kills what runs, with all that any command has started, and waits for the end. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const running = [...this.#running];
    const groups = [...this.#groups];
    // A command that nobody awaits is no unhandled rejection when the end of its shell has killed it.
    for (const [, { forgive }] of running) forgive();
    this.#enclosure.kill();
    for (const group of groups) group.kill();
    // Who stands between this process and a command may have stopped with it, and would stay.
    for (const [{ pid }] of running) if (pid !== undefined) sendSigkill(-pid);
    await Promise.all([...running.map(([, { ended }]) => ended), ...groups.map(({ ended }) => ended)]);
    if (!this.#isGroup) await this.#enclosure.ended;
  }

  get #isGroup(): boolean {
    return this.#enclosure.isolation === 'none';
  }

  #start<R>(run: () => R): R {
    if (this.#isClosed) throw new DisposedError('shell', 'a command');
    const inEnclosure = (): R => this.#enclosure.run(run);
    return this.#place === undefined ? inEnclosure() : this.#place.run(inEnclosure);
  }

  /** zx gives a command line and a shell for it, which Node would start itself. */
  #enclose([command, rest, given]: readonly unknown[]): readonly unknown[] {
    const options: SpawnOptions = typeof given === 'object' && given !== null ? given : {};
    const { shell = false, cwd = process.cwd() } = options;
    checkFolder(String(cwd));
    const line = [command, ...(Array.isArray(rest) ? rest : [])].map(String);
    const words = shell === false ? line : [shell === true ? '/bin/sh' : shell, '-c', line.join(' ')];
    const [file, ...others] = [...this.#enclosure.prefix(String(cwd)), ...words];
    return [file, others, { ...options, shell: false, detached: true }];
  }

  #addGroup(pid: number | undefined): ProcessGroup | undefined {
    if (pid === undefined || !this.#isGroup) return undefined;
    const group = new ProcessGroup();
    group.adopt(pid);
    this.#groups.add(group);
    return group;
  }

  /** The number may be another's from now on, unless something is left in the group. */
  #release(group: ProcessGroup): void {
    group.release();
    if (group.pids().length === 0) this.#groups.delete(group);
  }
}
