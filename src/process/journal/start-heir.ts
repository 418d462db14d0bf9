import { spawn } from 'node:child_process';
import process from 'node:process';
import { planEntryCommand } from '../../native/locate-entry.js';
import { unref } from '../unref.js';

/** Its input ends with the process that started it, whatever ends that; a word says that there is nothing to do then. */
const SCRIPT = 'read -r word; [ "$word" = done ] && exit 0; exec "$@"';

/** What does something when this process has ended. */
export interface HeirOptions {
  /** What it is called in lists of processes. */
  readonly name: string;
  /** What it runs, as `planEntryCommand` names it. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Beside this process's own; what others of this machine may not read belongs here. @defaultValue nothing */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts what runs an entry when this process has ended, by SIGKILL too: a shell, until then, in a session of its own.
 * Without one, the next run does that work.
 *
 * @returns what lets it end, with nothing done
 */
export function startHeir({ name, entry, args, env = {} }: HeirOptions): () => void {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const heir = spawn('sh', ['-c', SCRIPT, name, ...planEntryCommand(entry), ...args], {
    cwd: '/',
    detached: true,
    env: { ...inherited, ...env },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  heir.once('error', () => {});
  heir.unref();
  heir.stdin.on('error', () => {});
  unref(heir.stdin);
  return () => heir.stdin.end('done\n');
}
