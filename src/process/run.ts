import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Clock } from '../core/clock.js';
import { errnoOf } from '../core/kernel-error.js';
import { within } from '../core/within.js';
import type { FileDescriptor } from '../native/file-descriptor.js';
import { openPidfd, sendSignal } from '../native/pidfd.js';
import type { Enclosure } from './isolation/enclosure.js';
import { Freezer } from './isolation/freezer.js';
import { OutputFile } from './logs/output-file.js';
import { OutputPipe } from './logs/output-pipe.js';
import type { ProcessLogs } from './logs/process-logs.js';
import { hasEnded } from './proc/processes.js';
import { ProcessError } from './process-error.js';
import type { ProcessExit } from './process-exit.js';
import type { SpawnPlace } from './spawn-options.js';

/** How long a program's output may stay open when it has ended: somebody that it has started may hold it. */
const OUTPUT_GRACE_MS = 250;

/** What is run, every name looked up. */
export interface Launch {
  /** Words before the command, of what becomes it. */
  readonly prefix: readonly string[];
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly place: SpawnPlace | undefined;
  readonly stdin: 'ignore' | 'pipe';
  readonly output: 'pipe' | 'file';
  /** Descriptors of this process that it gets, by the numbers that they have there, from 3. */
  readonly descriptors: readonly { readonly number: number; readonly fd: number }[];
  readonly logs: ProcessLogs;
  readonly clock: Clock;
}

/** What a program writes to: both are of one kind. */
type Output =
  | { readonly kind: 'file'; readonly stdout: OutputFile; readonly stderr: OutputFile }
  | { readonly kind: 'pipe'; readonly stdout: OutputPipe; readonly stderr: OutputPipe };

function openOutput(kind: Output['kind']): Output {
  if (kind === 'pipe') return { kind, ...openBoth(() => new OutputPipe()) };
  return { kind, ...openBoth(() => new OutputFile()) };
}

/** Whoever cannot have it has no use for the enclosure either. @throws KernelError EMFILE, ENOSPC */
function openOutputOf({ output }: Launch, enclosure: Enclosure): Output {
  try {
    return openOutput(output);
  } catch (error) {
    enclosure.kill();
    throw error;
  }
}

/** Both or none. */
function openBoth<T extends Discardable>(open: () => T): { readonly stdout: T; readonly stderr: T } {
  const stdout = open();
  try {
    return { stdout, stderr: open() };
  } catch (error) {
    stdout.discard();
    throw error;
  }
}

interface Discardable {
  discard(): void;
}

function discard({ stdout, stderr }: Output): void {
  stdout.discard();
  stderr.discard();
}

/** One execution of a program, from its start until nothing is left of it. */
export class Run {
  /** Resolves when the program has ended and its output was read. */
  readonly exit: Promise<ProcessExit>;
  readonly stdin: Writable | undefined;
  readonly startedAtMs: number;
  #pid: number;
  #pidfd: FileDescriptor;
  /** What its output goes to, as `/proc/<pid>/fd` names it: whoever has that open holds it. None of files. */
  readonly outputTargets: readonly string[];
  readonly #enclosure: Enclosure;
  readonly #freezer: Freezer;
  #hasEnded = false;
  #ended: ProcessExit | undefined;
  #isOutputHeld = false;

  private constructor(
    child: ChildProcess,
    pid: number,
    { launch, enclosure, output }: { launch: Launch; enclosure: Enclosure; output: Output },
  ) {
    this.#pid = pid;
    this.#pidfd = openPidfd(pid);
    this.#enclosure = enclosure;
    this.#freezer = new Freezer(() => enclosure.pids(), enclosure.cgroup);
    this.outputTargets = output.kind === 'pipe' ? [output.stdout.target, output.stderr.target] : [];
    this.stdin = child.stdin ?? undefined;
    this.startedAtMs = launch.clock.now();
    // What is written to a program that has ended is lost, and no error of the test's.
    child.stdin?.on('error', () => {});
    this.exit = this.#watch(child, launch, output);
  }

  /** @throws ProcessError `ERR_GLOVEBOX_PROCESS_START` when the system could not start it */
  static async start(launch: Launch, enclosure: Enclosure): Promise<Run> {
    const [file = '', ...args] = [...enclosure.prefix(launch.cwd), ...launch.prefix, launch.file, ...launch.args];
    const output = openOutputOf(launch, enclosure);
    const stdio: StdioOptions = [launch.stdin, output.stdout.fd, output.stderr.fd];
    for (const { number, fd } of launch.descriptors) {
      // Node passes over what is not there, and gives the rest other numbers.
      while (stdio.length < number) stdio.push('ignore');
      stdio[number] = fd;
    }
    const inPlace = <R>(run: () => R): R => launch.place?.run(run) ?? run();
    const { cwd, env } = launch;
    const start = () => enclosure.run(() => spawn(file, args, { cwd, env, stdio, detached: true }));
    let child: ChildProcess;
    let run: Run | undefined;
    try {
      child = inPlace(start);
      if (child.pid !== undefined) {
        run = new Run(child, child.pid, { launch, enclosure, output });
        const pid = enclosure.adopt(child.pid);
        if (typeof pid !== 'number') run.#becomeKnown(await pid);
        return run;
      }
    } catch (error) {
      enclosure.kill();
      // One that runs reads it to its end.
      if (run === undefined) discard(output);
      throw error;
    }
    enclosure.kill();
    discard(output);
    const error: unknown = await new Promise((resolve) => child.once('error', resolve));
    throw new ProcessError('ERR_GLOVEBOX_PROCESS_START', {
      message: `The system could not start it: ${errnoOf(error) ?? String(error)}`,
      command: [launch.file, ...launch.args],
      cause: error,
    });
  }

  /** Takes the number of the program, where it is a child of what was started. */
  #becomeKnown(pid: number): void {
    if (this.#hasEnded || hasEnded(pid)) return;
    const started = this.#pidfd;
    try {
      this.#pidfd = openPidfd(pid);
    } catch {
      // It has ended meanwhile: of what was started, at least, that is known for sure.
      return;
    }
    this.#pid = pid;
    started.close();
  }

  /** The number that this process knows it by. */
  get pid(): number {
    return this.#pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** How it ended, as soon as that is known: its output may not be read by then. */
  get ended(): ProcessExit | undefined {
    return this.#ended;
  }

  /** Whether its output was still open when it had ended: something that it has started holds it. */
  get isOutputHeld(): boolean {
    return this.#isOutputHeld;
  }

  get isolation(): Enclosure['isolation'] {
    return this.#enclosure.isolation;
  }

  get refusedProcesses(): number {
    return this.#enclosure.countRefusals?.() ?? 0;
  }

  /** It and everything that it has started and that has not ended. */
  pids(): readonly number[] {
    return this.#enclosure.pids();
  }

  /** To the program alone. @throws KernelError ESRCH when it has ended */
  signal(signal: NodeJS.Signals): void {
    sendSignal(this.#pidfd.number, signal);
    if (signal === 'SIGCONT') void this.#settle(false);
  }

  /** Stops all of it; in effect when this resolves. @throws TimeoutError */
  async freeze(description: string): Promise<void> {
    const { bySignals } = await this.#freezer.freeze(description);
    if (bySignals) await this.#settle(true);
  }

  /** Lets all of it go on; in effect when this resolves. @throws TimeoutError */
  async thaw(): Promise<void> {
    const { bySignals } = await this.#freezer.thaw();
    if (bySignals) await this.#settle(false);
  }

  /** Resolves when everybody who waits for the program has seen that it was stopped, or goes on. */
  async #settle(isStopped: boolean): Promise<void> {
    await this.#enclosure.settle?.(isStopped);
  }

  /** Kills everything that is left of it, and waits for the end. Safe to call twice. */
  async kill(): Promise<void> {
    this.#enclosure.kill();
    await Promise.all([this.exit, this.#enclosure.ended]);
    await this.#freezer.close();
  }

  async #watch(child: ChildProcess, { logs, clock }: Launch, output: Output): Promise<ProcessExit> {
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => {
        this.#hasEnded = true;
        this.#pidfd.close();
        this.#enclosure.release?.();
        const durationMs = clock.now() - this.startedAtMs;
        this.#ended = { code: code ?? undefined, signal: signal ?? undefined, durationMs };
        resolve(this.#ended);
      });
    });
    if (output.kind === 'file') {
      await Promise.all([
        logs.followFile('stdout', output.stdout, exited),
        logs.followFile('stderr', output.stderr, exited),
      ]);
      discard(output);
      return exited;
    }
    const written = Promise.all([
      logs.followStream('stdout', output.stdout.read()),
      logs.followStream('stderr', output.stderr.read()),
    ]);
    const exit = await exited;
    this.#isOutputHeld = (await within(written, OUTPUT_GRACE_MS)) === undefined;
    return exit;
  }
}
