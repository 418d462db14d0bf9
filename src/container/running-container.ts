import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { PassThrough } from 'node:stream';
import { AbortedError, quote, UnsupportedError, UsageError } from '../core/errors.js';
import type { LogLine } from '../core/log-line.js';
import { RealClock } from '../core/real-clock.js';
import { within } from '../core/within.js';
import { ProcessLogs } from '../process/logs/process-logs.js';
import type { StopOptions } from '../process/process.js';
import type { Engine } from './connect-engine.js';
import type {
  Container,
  ContainerExit,
  ContainerRunOptions,
  ContainerRunResult,
  ContainerSpawnOptions,
  ContainerUsage,
} from './container.js';
import { ContainerError } from './container-error.js';
import { type ContainerProcess, followExec } from './container-process.js';
import { listVariables } from './plan-container.js';
import { readFirstFile, writeTar } from './tar.js';

const KEPT_LINES = 10_000;
const STOP_MS = 5000;
const END_MS = 2000;

/** {@link Container}, by the API of the engine. */
export class RunningContainer implements Container {
  readonly id: string;
  readonly logs = new ProcessLogs(new RealClock(), KEPT_LINES);
  readonly #engine: Engine;
  readonly #remove: () => Promise<void>;
  #state: Container['state'] = 'running';
  #pid = 0;
  #isNetnsTaken = false;
  #written: Promise<unknown> = Promise.resolve();
  #exit: Promise<ContainerExit> | undefined;
  #removing: Promise<void> | undefined;

  constructor(engine: Engine, id: string, remove: () => Promise<void>) {
    this.#engine = engine;
    this.id = id;
    this.#remove = remove;
  }

  get #api() {
    return this.#engine.api.getContainer(this.id);
  }

  /** Starts it, with everything that it writes followed from the first byte. */
  async start(): Promise<void> {
    const stream = await this.#api.attach({ stream: true, stdout: true, stderr: true });
    this.#written = this.#follow(stream);
    await this.#api.start();
    this.#state = 'running';
    this.#exit = this.#watch();
    // Whoever waits for it hears of an engine that is gone.
    this.#exit.catch(() => {});
    this.#pid = (await this.#api.inspect()).State.Pid;
  }

  #follow(stream: NodeJS.ReadableStream): Promise<unknown> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const followed = Promise.all([this.logs.followStream('stdout', stdout), this.logs.followStream('stderr', stderr)]);
    this.#engine.api.modem.demuxStream(stream, stdout, stderr);
    const end = (): void => {
      stdout.end();
      stderr.end();
    };
    stream.once('end', end).once('close', end).once('error', end);
    return followed;
  }

  async #watch(): Promise<ContainerExit> {
    const { StatusCode: code }: { readonly StatusCode: number } = await this.#api.wait();
    this.#state = 'ended';
    const isOutOfMemory = await this.#api.inspect().then(
      ({ State }) => State.OOMKilled,
      () => false,
    );
    await this.#written;
    return { code, isOutOfMemory };
  }

  get state(): Container['state'] {
    return this.#state;
  }

  get pid(): number {
    if (this.#state === 'ended' || this.#pid === 0) throw this.#ended('it has no process');
    if (!this.#engine.isLocal || !isOfContainer(this.#pid, this.id)) {
      throw new UnsupportedError({
        capability: 'local container',
        reason: `the engine at ${this.#engine.address} runs containers in a kernel or a pid namespace that is not this one's`,
        fix: 'use an engine of this machine: unset DOCKER_HOST, or point it to a Unix socket of a local dockerd',
      });
    }
    return this.#pid;
  }

  get netns(): number {
    const { pid } = this;
    this.#isNetnsTaken = true;
    return pid;
  }

  lines(): readonly LogLine[] {
    return this.logs.lines();
  }

  async run(
    command: string,
    args: readonly string[] = [],
    options: ContainerRunOptions = {},
  ): Promise<ContainerRunResult> {
    const { env = {}, workingFolder, user, allowFailure = false, signal } = options;
    if (this.#state === 'ended') throw this.#ended(`${quote(command)} cannot be run in it`);
    if (signal?.aborted === true)
      throw new AbortedError(`Running ${quote(command)} was called off`, { cause: signal.reason });
    const words = [command, ...args];
    const exec = await this.#exec({
      Cmd: words,
      Env: listVariables(env),
      AttachStdout: true,
      AttachStderr: true,
      ...(workingFolder === undefined ? {} : { WorkingDir: workingFolder }),
      ...(user === undefined ? {} : { User: user }),
    });
    const stream = await this.#unlessEnded(exec.start({ hijack: true, stdin: false }));
    const output = await this.#collect(stream, command, signal);
    const { ExitCode: code } = await exec.inspect();
    const result = { code: code ?? -1, ...output };
    if (result.code !== 0 && !allowFailure) {
      throw new ContainerError('ERR_GLOVEBOX_CONTAINER_COMMAND', {
        message: `A command failed in container ${this.id.slice(0, 12)}`,
        command: words,
        exitCode: result.code,
        logTail: `${output.stdout}${output.stderr}`.split('\n').filter(Boolean).slice(-20),
      });
    }
    return result;
  }

  async spawn(
    command: string,
    args: readonly string[] = [],
    { env = {}, workingFolder, user }: ContainerSpawnOptions = {},
  ): Promise<ContainerProcess> {
    if (this.#state === 'ended') throw this.#ended(`${quote(command)} cannot be started in it`);
    const { api, isLocal } = this.#engine;
    const exec = await this.#exec({
      Cmd: [command, ...args],
      Env: listVariables(env),
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      ...(workingFolder === undefined ? {} : { WorkingDir: workingFolder }),
      ...(user === undefined ? {} : { User: user }),
    });
    return followExec({
      stream: await this.#unlessEnded(exec.start({ hijack: true, stdin: true })),
      demux: (stream, stdout, stderr) => api.modem.demuxStream(stream, stdout, stderr),
      inspect: async () => {
        const { ExitCode: code, Pid: pid } = await exec.inspect();
        return { code, pid };
      },
      isOfContainer: (pid) => isLocal && isOfContainer(pid, this.id),
      what: command,
    });
  }

  #exec(options: Parameters<ReturnType<Engine['api']['getContainer']>['exec']>[0]) {
    return this.#unlessEnded(this.#api.exec(options));
  }

  /** What the engine answers, unless it says that the container does not run: its end may not have been told yet. */
  async #unlessEnded<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!isNotRunning(error)) throw error;
      await this.waitForExit();
      throw this.#ended('nothing can be run in it');
    }
  }

  async #collect(stream: NodeJS.ReadWriteStream & { destroy(): unknown }, command: string, signal?: AbortSignal) {
    const sinks = { stdout: new PassThrough(), stderr: new PassThrough() };
    const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    sinks.stdout.on('data', (bytes: Buffer) => chunks.stdout.push(bytes));
    sinks.stderr.on('data', (bytes: Buffer) => chunks.stderr.push(bytes));
    this.#engine.api.modem.demuxStream(stream, sinks.stdout, sinks.stderr);
    const abort = (): unknown => stream.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    await new Promise<void>((resolve) => stream.once('end', resolve).once('close', resolve).once('error', resolve));
    signal?.removeEventListener('abort', abort);
    if (signal?.aborted === true)
      throw new AbortedError(`Running ${quote(command)} was called off`, { cause: signal.reason });
    return { stdout: Buffer.concat(chunks.stdout).toString(), stderr: Buffer.concat(chunks.stderr).toString() };
  }

  async writeFile(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    const archive = writeTar([{ path: posix.basename(path), content: Buffer.from(content), mode }]);
    try {
      await this.#api.putArchive(archive, { path: posix.dirname(path) });
    } catch (error) {
      throw this.#fileFailed(`${path} cannot be written`, error);
    }
  }

  async readFile(path: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of await this.#api.getArchive({ path })) chunks.push(Buffer.from(chunk));
    } catch (error) {
      throw this.#fileFailed(`${path} cannot be read`, error);
    }
    const content = readFirstFile(Buffer.concat(chunks));
    if (content === undefined) throw this.#fileFailed(`${path} is no ordinary file`);
    return content;
  }

  async suspend(): Promise<void> {
    if (this.#state !== 'running') return;
    await this.#api.pause();
    this.#state = 'suspended';
  }

  async resume(): Promise<void> {
    if (this.#state !== 'suspended') return;
    await this.#api.unpause();
    this.#state = 'running';
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#state === 'ended') return;
    try {
      await this.#api.kill({ signal });
    } catch (error) {
      // Its end may not have been told yet.
      if (!isNotRunning(error)) throw error;
    }
    if (signal === 'SIGKILL') await this.exit;
  }

  async stop({ signal = 'SIGTERM', timeoutMs = STOP_MS }: StopOptions = {}): Promise<ContainerExit> {
    if (this.#state === 'ended') return this.waitForExit();
    await this.resume();
    // The engine's own way counts in seconds.
    await this.kill(signal);
    if ((await within(this.waitForExit(), timeoutMs)) === undefined) await this.kill();
    return this.waitForExit();
  }

  get exit(): Promise<ContainerExit> {
    return this.#exit ?? Promise.reject(this.#ended('it was never started'));
  }

  waitForExit(): Promise<ContainerExit> {
    return this.exit;
  }

  async restart(options: StopOptions = {}): Promise<void> {
    if (this.#isNetnsTaken) {
      throw new UsageError(
        'Container.restart',
        'its network namespace was given to a lab, and ends with it, with all links there. Start another container and another lab',
      );
    }
    await this.stop(options);
    await this.start();
  }

  async usage(): Promise<ContainerUsage> {
    const stats = await this.#api.stats({ stream: false });
    return {
      memoryBytes: stats.memory_stats.usage ?? 0,
      cpuMs: stats.cpu_stats.cpu_usage.total_usage / 1e6,
      processes: stats.pids_stats?.current ?? 0,
    };
  }

  #ended(consequence: string): ContainerError {
    return new ContainerError('ERR_GLOVEBOX_CONTAINER_ENDED', {
      message: `Container ${this.id.slice(0, 12)} has ended: ${consequence}`,
      logTail: this.logs.tail(),
    });
  }

  #fileFailed(message: string, cause?: unknown): ContainerError {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    return new ContainerError('ERR_GLOVEBOX_CONTAINER_COMMAND', {
      message: `In container ${this.id.slice(0, 12)}, ${message}${why}`,
      cause,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#removing ??= this.#dispose();
    return this.#removing;
  }

  async #dispose(): Promise<void> {
    await this.#remove();
    this.#state = 'ended';
    // Whoever follows it has heard of its end by then, unless the engine never tells.
    await within(Promise.allSettled([this.#exit]), END_MS);
  }
}

function isNotRunning(error: unknown): boolean {
  return error instanceof Error && error.message.includes('is not running');
}

/** The number may be that of another process here, when the engine is in another pid namespace. */
function isOfContainer(pid: number, id: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
  } catch {
    return false;
  }
}
