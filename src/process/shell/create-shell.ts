import process from 'node:process';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { createEnclosure } from '../isolation/create-enclosure.js';
import { findChoiceMistakes, findEnvMistakes, findWordMistakes, ISOLATIONS } from '../option-mistakes.js';
import type { Isolation, SpawnPlace } from '../spawn-options.js';
import { createZx, type Shell } from './shell.js';
import { ShellCommands } from './shell-commands.js';

/** Where the commands of a shell run. */
export interface CreateShellOptions {
  /** The host of a lab, or the namespace, whose network they have. @defaultValue that of this process */
  readonly in?: SpawnPlace;
  /** @defaultValue that of this process */
  readonly cwd?: string;
  /** Variables beside those of this process; one that is `undefined` is taken away. @defaultValue {} */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * `full`: one pid namespace for all of them, so that they see each other and nobody else, with all that they start.
   * `cgroup`: one control group for all. `none`: each leads a process group.
   *
   * @defaultValue 'full' where that is allowed, else 'cgroup' where one is delegated, else 'none'
   */
  readonly isolation?: Isolation;
}

/** A shell that owns its commands, with all that they have started. */
export interface OwnedShell extends Shell, AsyncDisposable {
  /** What it came to. */
  readonly isolation: Isolation;
}

/**
 * A shell of zx for one-liners. What a command leaves running, a daemon too, is there for the next, and ends with the
 * shell, whatever happens to this process. A command that fails rejects with zx's output: exit code, stdout, stderr.
 *
 * @throws UsageError with every mistake @throws UnsupportedError when isolation was asked for that is not to be had
 *
 * @example
 * ```ts
 * await using $ = await createShell({ cwd: folder.path });
 * await $`tar -xf ${archive}`; // what is put in is quoted
 * const lines = await $`ls -1`.lines();
 * ```
 */
export async function createShell(options: CreateShellOptions = {}): Promise<OwnedShell> {
  checkShell(options);
  const { in: place, cwd, env, isolation } = options;
  const commands = new ShellCommands(await createEnclosure(isolation), place);
  const shell = createZx(commands, { ...(cwd === undefined ? {} : { cwd }), env: { ...process.env, ...env } });
  const owned = {
    isolation: commands.isolation,
    [Symbol.asyncDispose]: () => commands.close(),
  };
  const has = (key: PropertyKey): key is keyof typeof owned => Object.hasOwn(owned, key);
  return new Proxy(Object.assign(shell, owned), {
    get: (target, key) => (has(key) ? owned[key] : Reflect.get(target, key)),
  });
}

function checkShell(options: CreateShellOptions): void {
  checkOptions('createShell', options);
  const { in: place, cwd, env, isolation } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['in', 'cwd', 'env', 'isolation']),
    ...(cwd === undefined ? [] : findWordMistakes('cwd', cwd)),
    ...findEnvMistakes(env),
    ...findChoiceMistakes('isolation', isolation, ISOLATIONS),
    ...(place === undefined || typeof place?.run === 'function'
      ? []
      : [`in must be a host of a lab or a Netns, not ${quote(place)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError('createShell', mistakes);
}
