import type { ChildProcess, SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../src/control/control-client.ts';
import type { RelayStats, RuleStats } from '../../src/stats.ts';
import { until } from './until.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Where it runs: anything that spawns, such as a host of a lab. */
export interface Place {
  readonly spawn: (command: string, args: readonly string[], options: SpawnOptions) => ReturnType<typeof spawn>;
}

/** How it runs. */
export interface RelayOptions {
  /** More arguments of `relay serve`. */
  readonly args?: readonly string[];
  /** Whether it is waited for. @defaultValue true */
  readonly ready?: boolean;
}

/** What a command of the relay did. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A relay as its users have it: its process, its command, its socket. */
export class RelayUnderTest implements AsyncDisposable {
  readonly runDirectory: string;
  readonly child: ChildProcess;
  readonly #place: Place;
  readonly #log: Promise<string>;
  #client: ControlClient | undefined;

  private constructor(place: Place, runDirectory: string, options: RelayOptions) {
    this.#place = place;
    this.runDirectory = runDirectory;
    mkdirSync(runDirectory, { recursive: true });
    this.child = place.spawn(
      process.execPath,
      [MAIN, 'serve', '--run-directory', runDirectory, '--ready-fd', '3', ...(options.args ?? [])],
      { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
    );
    this.#log = this.child.stderr === null ? Promise.resolve('') : text(this.child.stderr);
  }

  /** Starts one, and waits for its ready signal. @throws Error with what it said when none comes */
  static async start(place: Place, runDirectory: string, options: RelayOptions = {}): Promise<RelayUnderTest> {
    const relay = new RelayUnderTest(place, runDirectory, options);
    if (options.ready === false) {
      await relay.#connect();
      return relay;
    }
    const ready = relay.child.stdio[3];
    const said = ready instanceof Readable ? await text(ready) : '';
    if (said !== 'ready\n') throw new Error(`The relay is not ready: ${await relay.#log}`);
    await relay.#connect();
    return relay;
  }

  async #connect(): Promise<void> {
    const path = join(this.runDirectory, 'control.sock');
    this.#client = await until<ControlClient>(async () => {
      try {
        return await ControlClient.connect(path);
      } catch (error) {
        return { waitingFor: error instanceof Error ? error.message : String(error) };
      }
    });
  }

  get client(): ControlClient {
    if (this.#client === undefined) throw new TypeError('the relay was not started');
    return this.#client;
  }

  /** Runs its command: `relay.run('add', '--input-interface', 'eth0', …)`. */
  async run(command: string, ...args: readonly string[]): Promise<CommandResult> {
    const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'] };
    const child = this.#place.spawn(
      process.execPath,
      [MAIN, command, '--run-directory', this.runDirectory, ...args],
      options,
    );
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((each) => (each ? text(each) : '')));
    const [exitCode] = (await closed) as [number | null];
    return { exitCode, stdout: stdout ?? '', stderr: stderr ?? '' };
  }

  /** Adds a rule by its inputs and outputs as they are written: `add('239.1.1.1:5000:eth0', 'devnull')`. */
  add(input: string, outputs: string, ttl = 1): Promise<RuleStats> {
    const [inputGroup, inputPort, inputInterface] = input.split(':');
    const rule = { inputGroup, inputPort, inputInterface, outputs, ttl: String(ttl) };
    return this.client.ask({ command: 'add', rule });
  }

  stats(): Promise<RelayStats> {
    return this.client.ask({ command: 'stats' });
  }

  /** Waits until its statistics are as a function wants them: it answers what is still missing. */
  statsWhen(findMissing: (stats: RelayStats) => string | undefined, timeoutMs?: number): Promise<RelayStats> {
    return until<RelayStats>(
      async () => {
        const stats = await this.stats();
        const missing = findMissing(stats);
        return missing === undefined ? stats : { waitingFor: `${missing}, in ${JSON.stringify(stats)}` };
      },
      timeoutMs === undefined ? {} : { timeoutMs },
    );
  }

  /** The process of a worker. @throws Error when there is none */
  async pidOf(worker: 'ingress' | 'egress'): Promise<number> {
    const { pid } = (await this.stats()).workers[worker];
    if (pid === undefined) throw new Error(`there is no ${worker} worker`);
    return pid;
  }

  /** What it said on its standard error; resolves when it has ended. */
  get log(): Promise<string> {
    return this.#log;
  }

  /** Asks it to end, and waits: how it did. Safe to call twice. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ readonly exitCode: number | null; readonly log: string }> {
    this.#client?.close();
    const isRunning = this.child.exitCode === null && this.child.signalCode === null;
    if (isRunning) {
      const exited = once(this.child, 'exit');
      this.child.kill(signal);
      await exited;
    }
    return { exitCode: this.child.exitCode, log: await this.#log };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
