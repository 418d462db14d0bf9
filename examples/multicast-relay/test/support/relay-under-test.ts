import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from 'glovebox';
import type { SpawnForTest } from 'glovebox/fixtures';
import {
  observeRestarts,
  type Process,
  type ProcessExit,
  type RestartObserver,
  type SpawnOptions,
} from 'glovebox/process';
import { ControlClient } from '../../src/control/control-client.ts';
import type { RelayStats, RuleStats } from '../../src/stats.ts';

/** An ordinary user and root run it with the same one. */
const NODE = process.execPath;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Longer than it waits itself: it is to say what is missing. */
const READY_TIMEOUT_MS = 15_000;
const COMMAND_TIMEOUT_MS = 15_000;
const STATS_TIMEOUT_MS = 15_000;

export type WorkerName = 'ingress' | 'egress';

/** How it runs: `in` which host, and… */
export interface RelayOptions extends Pick<SpawnOptions, 'in'> {
  /** More arguments of `relay serve`. */
  readonly args?: readonly string[];
  /** Whether packets would go through when it counts as started; else it only has to answer. @defaultValue true */
  readonly ready?: boolean;
  /** Where its sockets are. @defaultValue a directory of its own */
  readonly runDirectory?: string;
}

/** What a command of the relay did. */
export interface CommandResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A relay as its users have it: its process, its command, its socket. */
export class RelayUnderTest {
  readonly process: Process;
  readonly runDirectory: string;
  readonly client: ControlClient;
  readonly #runCommand: (args: readonly string[]) => Promise<Process>;

  private constructor(
    process: Process,
    { runDirectory, client }: { readonly runDirectory: string; readonly client: ControlClient },
    runCommand: (args: readonly string[]) => Promise<Process>,
  ) {
    this.process = process;
    this.runDirectory = runDirectory;
    this.client = client;
    this.#runCommand = runCommand;
  }

  /** Starts one, and waits for it. @throws ProcessError with what it said when it does not become ready */
  static async start(
    spawn: SpawnForTest,
    { args = [], ready = true, runDirectory, ...place }: RelayOptions & { readonly runDirectory: string },
  ): Promise<RelayUnderTest> {
    const socket = join(runDirectory, 'control.sock');
    const serve = [MAIN, 'serve', '--run-directory', runDirectory, ...args];
    const process = ready
      ? await spawn(NODE, [...serve, '--ready-fd', '3'], { ...place, ready: { fd: 3 }, timeoutMs: READY_TIMEOUT_MS })
      : await spawn(NODE, serve, { ...place, ready: { listening: { unix: socket } } });
    const client = await ControlClient.connect(socket);
    return new RelayUnderTest(process, { runDirectory, client }, (words) => spawn(NODE, [MAIN, ...words], place));
  }

  /** Runs its command: `relay.run('add', '--input-interface', 'eth0', …)`. */
  async run(command: string, ...args: readonly string[]): Promise<CommandResult> {
    const program = await this.#runCommand([command, '--run-directory', this.runDirectory, ...args]);
    const { code } = await program.waitForExit({ timeoutMs: COMMAND_TIMEOUT_MS });
    const textOf = (wanted: 'stdout' | 'stderr'): string =>
      program.logs.lines().reduce((text, line) => (line.stream === wanted ? `${text}${line.text}\n` : text), '');
    return { exitCode: code, stdout: textOf('stdout'), stderr: textOf('stderr') };
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

  /** Waits until its statistics are as a function wants them. @throws TimeoutError with the last of them */
  statsWhen(description: string, areSo: (stats: RelayStats) => boolean): Promise<RelayStats> {
    const look = async (): Promise<RelayStats> => {
      const stats = await this.stats();
      if (areSo(stats)) return stats;
      throw new Error(JSON.stringify(stats));
    };
    return until(look, { description, timeoutMs: STATS_TIMEOUT_MS, intervalMs: 5, maxIntervalMs: 5 });
  }

  /** The process of a worker, as the test knows it; the relay has another number for it. @throws Error when there is none */
  async pidOf(worker: WorkerName): Promise<number> {
    const told = (await this.stats()).workers[worker].pid;
    const pid = told === undefined ? undefined : this.process.findPid(told);
    if (pid === undefined) throw new Error(`there is no ${worker} worker`);
    return pid;
  }

  /** Sends a signal to a worker, of which the relay is not told. @throws Error when there is none */
  async signal(worker: WorkerName, signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pidOf(worker), signal);
  }

  /** Sees workers die and others take their places, in the process table and not in the relay's own account. */
  observe(worker: WorkerName): RestartObserver {
    const program = join('src', worker, 'main.ts');
    return observeRestarts(this.process, { where: ({ command }) => command.some((word) => word.endsWith(program)) });
  }

  /** Asks it to end, and waits: how it did. Safe to call twice. */
  stop(): Promise<ProcessExit> {
    this.client.close();
    return this.process.stop();
  }
}
