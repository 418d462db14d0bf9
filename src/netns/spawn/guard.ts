import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openPipe } from '../../native/pipe.js';
import type { Inside } from '../inside.js';

/** What a guard is called: the name of its script in its command line. */
const GUARD_NAME = 'glovebox-guard';

/** Whether a command line, its arguments joined by spaces, is a guard's. */
export function isGuard(command: string): boolean {
  return command.startsWith('sh -c ') && command.includes(` ${GUARD_NAME} `);
}

/**
 * Its input ends when the namespace is closed, and with the process that started it, whatever ends that: nothing is
 * ever written to it. Then it kills whoever is in the namespace, until nobody is. It makes sure first that this is the
 * namespace it is meant for, and spares the process that started it.
 */
const SCRIPT = `
read -r nothing
home=$(readlink /proc/self/ns/net)
[ "$home" = "net:[$1]" ] || exit 1
round=0
while [ $round -lt 100 ]; do
  round=$((round + 1))
  killed=
  for pid in $(ls -l /proc/[0-9]*/ns/net 2>/dev/null | while read -r line; do
    case $line in *" -> $home") line=\${line%/ns/net*}; echo "\${line##*/}" ;; esac
  done); do
    [ "$pid" = $$ ] || [ "$pid" = "$2" ] || { kill -9 "$pid" && killed=1; } 2>/dev/null
  done
  [ "$killed" ] || exit 0
done
`;

/**
 * Kills everyone in a namespace when it is closed, and when this process ends without that, by SIGKILL too: children,
 * those that lead sessions of their own, and daemons, but for what has left the namespace. A death signal (prctl) would reach the
 * children of this process alone, a pid namespace would show them other numbers than this process sees.
 */
export class Guard {
  readonly #process: ChildProcess;
  readonly #pipe: FileDescriptor;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;

  /** @throws KernelError EMFILE */
  constructor(inside: Inside) {
    const { readEnd, writeEnd } = openPipe();
    using input = readEnd;
    this.#pipe = writeEnd;
    try {
      this.#process = inside.run(() =>
        spawn('sh', ['-c', SCRIPT, GUARD_NAME, String(inside.inode), String(process.pid)], {
          cwd: '/',
          detached: true,
          stdio: [input.number, 'ignore', 'ignore'],
        }),
      );
    } catch (error) {
      writeEnd.close();
      throw error;
    }
    this.#process.unref();
    this.ended = new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      // Without a shell, or without room for one more process, there is none; the next fork says so itself.
      this.#process.once('error', () => resolve());
    });
  }

  /** Kills everyone in the namespace, daemons too, and ends. Whatever ends this process meanwhile, it goes on. */
  stop(): void {
    this.#process.ref();
    this.#pipe.close();
  }
}
