import type { ChildProcess, SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { GloveboxError } from '../../core/errors.js';
import { signalTree } from './signal-tree.js';

/** What may be put into a command: zx quotes it, and an array is several arguments. */
export type ShellArgument = string | number | boolean | ShellOutput | readonly (string | number | boolean)[];

/** What a command has come to: zx's `ProcessOutput`, which is also the error of one that failed. */
export interface ShellOutput extends Error {
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as they came. */
  readonly stdall: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ok: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** The standard output. */
  text(): string;
  json<T = unknown>(): T;
  lines(): string[];
}

/** A command that runs: zx's `ProcessPromise`. It rejects with its output when it fails. */
export interface ShellCommand extends Promise<ShellOutput> {
  readonly pid: number | undefined;
  readonly child: ChildProcess | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exitCode: Promise<number | null>;
  /** Whether it failed does not matter. */
  nothrow(): this;
  quiet(): this;
  /** Ends it after a time: milliseconds, or as `'5s'`. */
  timeout(duration: number | `${number}s` | `${number}ms`, signal?: NodeJS.Signals): this;
  /** Sends a signal to it, and to all that it has started. @throws GloveboxError `ERR_GLOVEBOX_PROCESS_ENDED` */
  kill(signal?: NodeJS.Signals): Promise<void>;
  pipe(pieces: TemplateStringsArray, ...args: readonly ShellArgument[]): ShellCommand;
  pipe(destination: ShellCommand): ShellCommand;
  text(): Promise<string>;
  json<T = unknown>(): Promise<T>;
  lines(): Promise<string[]>;
  [Symbol.asyncIterator](): AsyncIterator<string>;
}

/** How commands are run: options of zx. */
export interface ShellOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer | Readable;
  readonly signal?: AbortSignal;
  /** Milliseconds, or as `'5s'`. */
  readonly timeout?: number | `${number}s` | `${number}ms`;
  readonly timeoutSignal?: NodeJS.Signals;
  readonly killSignal?: NodeJS.Signals;
  readonly nothrow?: boolean;
  /** Whether the standard error is not shown; an error tells it anyway. @defaultValue true */
  readonly quiet?: boolean;
  /** Whether commands and what they print are shown; together with `quiet: false`. @defaultValue false */
  readonly verbose?: boolean;
  readonly shell?: string | true;
  readonly prefix?: string;
  readonly postfix?: string;
}

/** zx's `$`. Its types are told here, as zx's own need packages that zx does not bring. */
export interface Shell {
  (pieces: TemplateStringsArray, ...args: readonly ShellArgument[]): ShellCommand;
  (options: ShellOptions): Shell;
  /** Blocks the thread until the command has ended. */
  readonly sync: SyncShell;
}

/** zx's `$.sync`. */
export interface SyncShell {
  (pieces: TemplateStringsArray, ...args: readonly ShellArgument[]): ShellOutput;
  (options: ShellOptions): SyncShell;
}

interface ZxCommand extends ShellCommand {
  /** `fulfilled` or `rejected` once it has ended, and its output has. */
  readonly stage: string;
}

/** What is used of zx. */
interface Zx {
  $<S extends boolean>(
    options: ShellOptions & {
      readonly sync: S;
      readonly detached: boolean;
      readonly spawn: typeof spawn;
      readonly spawnSync: typeof spawnSync;
    },
  ): S extends true ? SyncShell : Shell;
}

/** Where the commands of a shell run, and who is told of them. */
export interface ShellPlace {
  readonly spawn: typeof spawn;
  readonly spawnSync: typeof spawnSync;
  /** Is told of each command that was started, with what makes its failure nobody's error. */
  own(child: ChildProcess, forgive: () => void): void;
}

/** zx's `$`, whose commands are started by functions of another's. zx is loaded now, not with glovebox. */
export function createZx(place: ShellPlace, options: ShellOptions = {}): Shell {
  const { $ } = createRequire(import.meta.url)('zx/core') as Zx;
  const starts = { spawn: skipStartupFiles(place.spawn), spawnSync: skipStartupFiles(place.spawnSync) };
  const base = { quiet: true, ...options, detached: true, ...starts };
  const sync = $({ ...base, nothrow: true, sync: true });
  return extend($({ ...base, sync: false }), extendSync(sync, options.nothrow === true), { place, ...options });
}

/**
 * bash takes a socket, such as Node's pipes are, for a login from elsewhere and reads `~/.bashrc`, unless a shell has
 * started it (shell.c: `run_startup_files`). What a test runs would depend on who runs it.
 */
function skipStartupFiles<S extends typeof spawn | typeof spawnSync>(start: S): S {
  return new Proxy(start, {
    apply(target, self, [command, args, options]: [unknown, unknown, SpawnOptions?]) {
      const { SHLVL: level, ...env } = options?.env ?? process.env;
      const SHLVL = Number(level) >= 1 ? level : '1';
      return Reflect.apply(target, self, [command, args, { ...options, env: { ...env, SHLVL } }]);
    },
  });
}

interface Extension extends Pick<ShellOptions, 'killSignal'> {
  readonly place: ShellPlace;
}

/** zx gives `sync` to its own `$` alone, and knows nothing of owners. */
function extend(shell: Shell, sync: SyncShell, extension: Extension): Shell {
  return new Proxy(shell, {
    get: (target, key) => (key === 'sync' ? sync : Reflect.get(target, key)),
    apply(target, self, args: readonly unknown[]) {
      const [first] = args;
      if (!Array.isArray(first))
        return extend(Reflect.apply(target, self, args), Reflect.apply(sync, self, args), {
          ...extension,
          ...(typeof first === 'object' && first),
        });
      const command: ZxCommand = Reflect.apply(target, self, args);
      const { child } = command;
      if (child?.pid === undefined) return command;
      extension.place.own(child, () => void command.catch(() => {}));
      return Object.assign(command, { kill: createKill(command, child.pid, extension) });
    },
  });
}

/** zx looks for descendants by `ps`, which may not be there, and calls it in a way that Node warns of: DEP0190. */
function createKill(command: ZxCommand, pid: number, { killSignal = 'SIGTERM' }: Extension): ShellCommand['kill'] {
  return async (signal = killSignal) => {
    if (['fulfilled', 'rejected'].includes(command.stage))
      throw new GloveboxError('ERR_GLOVEBOX_PROCESS_ENDED', `the command has ended: it cannot be sent ${signal}`);
    signalTree(pid, signal);
  };
}

/** What fails synchronously zx throws, and rejects a promise with, too, which nobody could handle: so it may not. */
function extendSync(sync: SyncShell, isForgiving: boolean): SyncShell {
  return new Proxy(sync, {
    apply(target, self, args: readonly unknown[]) {
      const [first] = args;
      if (!Array.isArray(first)) {
        const options: ShellOptions = typeof first === 'object' && first !== null ? first : {};
        const next: SyncShell = Reflect.apply(target, self, [{ ...options, nothrow: true }]);
        return extendSync(next, options.nothrow ?? isForgiving);
      }
      const output: ShellOutput = Reflect.apply(target, self, args);
      if (output.ok || isForgiving) return output;
      throw output;
    },
  });
}
