import process from 'node:process';
import type { Writable } from 'node:stream';
import type { Clock } from '../core/clock.js';
import { DisposedError, TimeoutError } from '../core/errors.js';
import { errnoOf } from '../core/kernel-error.js';
import { RealClock } from '../core/real-clock.js';
import { within } from '../core/within.js';
import { readDescriptor } from './descriptors/descriptor-channel.js';
import { type HandedSocket, HandedSockets } from './descriptors/handed-sockets.js';
import { createEnclosure } from './isolation/create-enclosure.js';
import { ProcessLogs } from './logs/process-logs.js';
import { readNumbers } from './proc/processes.js';
import { ProcessError, renderCommand } from './process-error.js';
import type { ProcessExit } from './process-exit.js';
import { ProcessFaults } from './process-faults.js';
import { findProgram } from './program/find-program.js';
import { createReadyCheck } from './ready/create-check.js';
import { Run } from './run.js';
import type { Isolation, SpawnOptions } from './spawn-options.js';
import { type ProcessUsage, readUsage } from './usage/read-usage.js';
import { UsageSeries, type WatchUsageOptions } from './usage/usage-series.js';
import { waitUntilReady } from './wait-until-ready.js';

/** How a program is told to stop. */
export interface StopOptions {
  /** What it is asked with. @defaultValue 'SIGTERM' */
  readonly signal?: NodeJS.Signals;
  /** How long it may take until it is killed, in milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

/** What a program does now. */
export type ProcessState = 'running' | 'suspended' | 'ended';

const READY_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 5000;
const LOG_LIMIT = 10_000;

/** A real program, with everything that it starts: it ends with its owner, whatever happens to this process. */
export class Process implements AsyncDisposable {
  readonly command: string;
  readonly args: readonly string[];
  /** The line that started it: `at /home/me/relay.test.ts:12:5`. */
  readonly startedAt: string | undefined;
  /** What it wrote, over all its runs. */
  readonly logs: ProcessLogs;
  readonly #options: SpawnOptions;
  readonly #clock: Clock;
  readonly #faults: ProcessFaults;
  readonly #sockets: HandedSockets;
  #run: Run | undefined;
  #isSuspended = false;
  #isClosed = false;

  /** @internal Use `spawn`. @throws KernelError when a socket of it cannot be bound */
  constructor(command: string, args: readonly string[], options: SpawnOptions, startedAt?: string) {
    this.command = command;
    this.startedAt = startedAt;
    this.args = args;
    this.#options = options;
    this.#clock = options.clock ?? new RealClock();
    this.#faults = new ProcessFaults(options.faults, command, args);
    this.#sockets = new HandedSockets(options.sockets ?? {}, options.in);
    this.logs = new ProcessLogs(this.#clock, options.logLimit ?? LOG_LIMIT);
  }

  /** @internal Starts it and waits until it is ready; when that fails, nothing is left of it. */
  async start(): Promise<void> {
    const { signal, ready, cwd = process.cwd(), in: place, timeoutMs = READY_TIMEOUT_MS } = this.#options;
    signal?.throwIfAborted();
    const check = ready === undefined ? undefined : createReadyCheck(ready, { cwd, in: place });
    const firstLine = this.logs.count;
    try {
      const given = [...this.#given(), ...this.#sockets.descriptors, ...(check?.descriptors ?? [])];
      const run = await this.#faults.spawn(() => this.#launch(check?.env, given));
      this.#run = run;
      this.#isSuspended = false;
      if (check === undefined) return;
      const { pid, exit } = run;
      const target = { pid, pids: () => run.pids(), place, logs: this.logs, firstLine, exit };
      const failure = await waitUntilReady(check, target, { timeoutMs, signal });
      if (failure === undefined) return;
      // What it wrote before is read by then, all of it.
      await run.kill();
      const next = [failure.next, this.#describeLimit()].filter((each) => each !== undefined).join('. ');
      const details = { ...failure, ...(next === '' ? {} : { next }), command: this.#words, logTail: this.logs.tail() };
      throw new ProcessError('ERR_GLOVEBOX_PROCESS_NOT_READY', details);
    } catch (error) {
      await this.#run?.kill();
      throw error;
    } finally {
      check?.close?.();
    }
  }

  /** As they are now: a source may have another descriptor for each start. */
  #given(): readonly { readonly number: number; readonly fd: number }[] {
    return Object.entries(this.#options.descriptors ?? {}).flatMap(([number, source]) => {
      const fd = readDescriptor(source);
      return fd === undefined ? [] : [{ number: Number(number), fd }];
    });
  }

  async #launch(
    env: Readonly<Record<string, string>> = {},
    descriptors: readonly { readonly number: number; readonly fd: number }[] = [],
  ): Promise<Run> {
    const { cwd = process.cwd(), in: place, stdin = 'ignore', output = 'pipe', isolation } = this.#options;
    const all = { ...process.env, ...this.#options.env, ...this.#sockets.env, ...env };
    const file = findProgram(this.command, { cwd, path: all['PATH'] });
    const launch = {
      prefix: this.#sockets.prefix,
      file,
      args: this.args,
      cwd,
      env: all,
      place,
      stdin,
      output,
      descriptors,
      logs: this.logs,
      clock: this.#clock,
    };
    return Run.start(launch, await createEnclosure(isolation, this.#options.limits?.processes));
  }

  /** The number that this process knows it by. */
  get pid(): number {
    return this.#current.pid;
  }

  /** What it does at this moment. */
  get state(): ProcessState {
    if (this.#current.hasEnded) return 'ended';
    return this.#isSuspended ? 'suspended' : 'running';
  }

  /** How much it is kept from: what was asked for, or what was to be had. */
  get isolation(): Isolation {
    return this.#current.isolation;
  }

  /** What it reads, where `stdin: 'pipe'` was asked for. */
  get stdin(): Writable | undefined {
    return this.#current.stdin;
  }

  /** The sockets that it was handed, by their names. */
  get sockets(): Readonly<Record<string, HandedSocket>> {
    return this.#sockets.sockets;
  }

  /** Resolves when it has ended and its output was read, in whatever way it ended. */
  get exit(): Promise<ProcessExit> {
    return this.#current.exit;
  }

  /** It and everything that it has started that has not ended, daemons too where it is isolated. */
  pids(): readonly number[] {
    return this.#current.pids();
  }

  /**
   * The pid, as this process knows it, of what the program knows by another: an isolated program counts its children in
   * a pid namespace of its own, and a number that it tells is somebody else's here.
   *
   * @returns one of {@link pids}; `undefined` when none of them has that number there
   *
   * @example
   * ```ts
   * const { workerPid } = await askForStatistics(supervisor);
   * const pid = supervisor.findPid(workerPid);
   * if (pid !== undefined) process.kill(pid, 'SIGKILL');
   * ```
   */
  findPid(innerPid: number): number | undefined {
    const at = this.isolation === 'full' ? -1 : 0;
    return this.pids().find((pid) => readNumbers(pid).at(at) === innerPid);
  }

  /** @internal What its output goes to, as `/proc/<pid>/fd` names it: whoever has that open holds it. */
  get outputTargets(): readonly string[] {
    return this.#current.outputTargets;
  }

  /** How many processes it was refused by `limits.processes`; 0 where no control group tells that. */
  get refusedProcesses(): number {
    return this.#current.refusedProcesses;
  }

  /** What it and everything that it has started use now. */
  usage(): ProcessUsage {
    return readUsage(this.pids());
  }

  /** Looks at what it uses from now on, over restarts too, until that is stopped. @throws UsageError */
  watchUsage(options: WatchUsageOptions = {}): UsageSeries {
    return new UsageSeries(() => this.usage(), this.#clock, options);
  }

  /** Waits until it has ended. @throws TimeoutError with the last it wrote */
  async waitForExit({ timeoutMs = STOP_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): Promise<ProcessExit> {
    const exit = await within(this.exit, timeoutMs);
    if (exit !== undefined) return exit;
    const tail = this.logs.tail(5).map((line) => `\n  ${line}`);
    const limit = this.#describeLimit();
    const note = limit === undefined ? '' : `. ${limit}`;
    const message = `${renderCommand(this.#words)} has not ended after ${timeoutMs} ms${note}; the last it wrote:${tail.join('')}`;
    throw new TimeoutError(message, timeoutMs);
  }

  /** Sends a signal to the program alone. @throws ProcessError `ERR_GLOVEBOX_PROCESS_ENDED` when it has ended */
  signal(signal: NodeJS.Signals): void {
    const run = this.#current;
    if (run.hasEnded) throw this.#ended(`it cannot be sent ${signal}`);
    this.#faults.signal(run.pid, signal, () => this.#send(run, signal));
  }

  /** One that has ended meanwhile need not be asked. */
  #ask(run: Run, signal: NodeJS.Signals): void {
    try {
      run.signal(signal);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }

  /** What ended a moment ago, which nobody has been told yet, has ended. */
  #send(run: Run, signal: NodeJS.Signals): void {
    try {
      run.signal(signal);
    } catch (cause) {
      if (errnoOf(cause) !== 'ESRCH') throw cause;
      throw this.#ended(`it cannot be sent ${signal}`);
    }
  }

  /** Freezes it and everything that it has started; in effect when this resolves. Safe to call twice. */
  async suspend(): Promise<void> {
    if (this.#current.hasEnded) throw this.#ended('it cannot be suspended');
    await this.#faults.signalAll(this.pid, 'SIGSTOP', () => this.#freeze());
  }

  async #freeze(): Promise<void> {
    this.#isSuspended = true;
    await this.#current.freeze(`${renderCommand(this.#words)} to stop`);
  }

  /** Lets it go on. Safe to call twice. */
  async resume(): Promise<void> {
    if (this.#current.hasEnded) throw this.#ended('it cannot be resumed');
    await this.#faults.signalAll(this.pid, 'SIGCONT', () => this.#thaw());
  }

  async #thaw(): Promise<void> {
    await this.#current.thaw();
    this.#isSuspended = false;
  }

  /** Asks it to end, and kills it with everything that is left of it when it does not, or when it has. Safe to call twice. */
  async stop({ signal = 'SIGTERM', timeoutMs = STOP_TIMEOUT_MS }: StopOptions = {}): Promise<ProcessExit> {
    const run = this.#current;
    if (!run.hasEnded) {
      this.#faults.signal(run.pid, signal, () => this.#ask(run, signal));
      // What is frozen cannot hear.
      if (this.#isSuspended) await this.resume();
      await within(run.exit, timeoutMs);
    }
    return this.kill();
  }

  /** Kills it and everything that it has started, and waits for the end. Safe to call twice. */
  async kill(): Promise<ProcessExit> {
    await this.#current.kill();
    return this.#current.exit;
  }

  /** Stops it, and starts it again: another pid, ready again. @throws ProcessError as `spawn` */
  async restart(options: StopOptions = {}): Promise<void> {
    if (this.#isClosed) throw new DisposedError(`process ${renderCommand(this.#words)}`, 'restart()');
    await this.stop(options);
    await this.start();
  }

  /** Kills it. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#sockets.close();
    await this.#run?.kill();
  }

  /** Why it may not get on, where it has all the processes that it may have. */
  #describeLimit(): string | undefined {
    const refused = this.refusedProcesses;
    if (refused === 0) return undefined;
    const most = this.#options.limits?.processes;
    return `It had all ${most} processes that limits.processes allows, and was refused one more ${refused === 1 ? 'once' : `${refused} times`}`;
  }

  get #words(): readonly string[] {
    return [this.command, ...this.args];
  }

  get #current(): Run {
    if (this.#run === undefined) throw new TypeError(`${this.command} was never started`);
    return this.#run;
  }

  #ended(consequence: string): ProcessError {
    const message = `${this.command} has ended: ${consequence}`;
    const exit = this.#current.ended;
    return new ProcessError('ERR_GLOVEBOX_PROCESS_ENDED', {
      message,
      ...(exit && { exit }),
      command: this.#words,
      logTail: this.logs.tail(5),
    });
  }
}
