import type { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import type { Inside } from '../inside.js';
import { createSpawn, createSpawnSync } from './spawn-inside.js';

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

/** zx's `$`, whose commands are in a namespace. Its types are told here, as zx's own need packages that zx does not bring. */
export interface Shell {
  (pieces: TemplateStringsArray, ...args: readonly ShellArgument[]): ShellCommand;
  (options: ShellOptions): Shell;
  /** Blocks the thread until the command has ended. */
  readonly sync: SyncShell;
}

/** zx's `$.sync`, whose commands are in a namespace. */
export interface SyncShell {
  (pieces: TemplateStringsArray, ...args: readonly ShellArgument[]): ShellOutput;
  (options: ShellOptions): SyncShell;
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

/** A shell whose every command is started inside. zx is loaded now, not with glovebox. */
export function createShell(inside: Inside): Shell {
  const { $ } = createRequire(import.meta.url)('zx/core') as Zx;
  const base = { detached: true, quiet: true, spawn: createSpawn(inside), spawnSync: createSpawnSync(inside) };
  const sync = $({ ...base, sync: true });
  return extend($({ ...base, sync: false }), sync, inside);
}

/** zx gives `sync` to its own `$` alone, and knows nothing of namespaces that end. */
function extend(shell: Shell, sync: SyncShell, inside: Inside): Shell {
  return new Proxy(shell, {
    get: (target, key) => (key === 'sync' ? sync : Reflect.get(target, key)),
    apply(target, self, args: readonly unknown[]) {
      const [first] = args;
      if (!Array.isArray(first))
        return extend(Reflect.apply(target, self, args), Reflect.apply(sync, self, args), inside);
      const command: ShellCommand = Reflect.apply(target, self, args);
      forgiveEnd(command, inside);
      return command;
    },
  });
}

/** A command that nobody awaits is no unhandled rejection when the end of its namespace has killed it. */
function forgiveEnd(command: ShellCommand, inside: Inside): void {
  const { child } = command;
  if (child?.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = (): void => {
    command.catch(() => {});
  };
  inside.belongings.add({ label: `output of process ${child.pid}`, stop, ended });
}
