import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from 'glovebox';
import type { SpawnForTest } from 'glovebox/fixtures';
import type { Process } from 'glovebox/process';
import type { Overflow } from '../../src/broker/bounded-buffer.ts';
import { BusClient } from '../../src/client/bus-client.ts';
import type { BrokerStats, MemberStats } from '../../src/protocol/messages.ts';
import { type CollectorKind, taskTopic } from '../../src/protocol/topics.ts';

/** An ordinary user and root run it with the same one; a broker's garbage is collected before it grows. */
const NODE = [process.execPath, '--max-semi-space-size=2'] as const;
const BUS = fileURLToPath(new URL('../../bin/bus.mjs', import.meta.url));
/** What Node makes of the TypeScript is kept here: `node_modules` is nobody's to tidy. */
export const CACHE = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/event-bus', import.meta.url)),
};
/** Of a machine that is busy with others. */
const TIMEOUT_MS = 15_000;

/** How a broker is started. */
export interface BusOptions {
  /** A program in the broker's place, with its command line. @defaultValue the broker */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly heartbeatMs?: number;
  readonly buffer?: number;
  readonly overflow?: Overflow;
  /** Whether it keeps tasks in a file. @defaultValue true */
  readonly isDurable?: boolean;
}

/** How a collector is started. */
export interface CollectorStartOptions {
  readonly kind?: CollectorKind;
  readonly window?: number;
  readonly concurrency?: number;
  readonly paceMs?: number;
  /** Whether it tells of each task that it begins. @defaultValue false */
  readonly isVerbose?: boolean;
}

/** What programs are started with, and where. */
export interface BusPlace {
  readonly spawn: SpawnForTest;
  readonly directory: string;
}

const option = (name: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [`--${name}`, String(value)];

/** A bus as its users have it: its processes, its command, its socket. */
export class BusUnderTest implements AsyncDisposable {
  readonly broker: Process;
  readonly address: string;
  readonly #spawn: SpawnForTest;
  readonly #clients: BusClient[] = [];

  private constructor(spawn: SpawnForTest, broker: Process, address: string) {
    this.#spawn = spawn;
    this.broker = broker;
    this.address = address;
  }

  /** Starts a broker, and waits for it. @throws ProcessError with what it said when it does not become ready */
  static async start({ spawn, directory }: BusPlace, options: BusOptions = {}): Promise<BusUnderTest> {
    const { program = BUS, heartbeatMs, buffer, overflow, isDurable = true, env } = options;
    const address = join(directory, 'bus.sock');
    const args = [
      ...['broker', '--bus', address, '--ready-fd', '3'],
      ...(isDurable ? ['--store', join(directory, 'store')] : []),
      ...option('heartbeat', heartbeatMs),
      ...option('buffer', buffer),
      ...option('overflow', overflow),
    ];
    const [node, ...flags] = NODE;
    const broker = await spawn(node, [...flags, program, ...args], {
      ready: { fd: 3 },
      timeoutMs: TIMEOUT_MS,
      env: { ...CACHE, ...env },
    });
    return new BusUnderTest(spawn, broker, address);
  }

  /** Starts a collector; it has joined when this resolves. */
  startCollector(name: string, options: CollectorStartOptions = {}): Promise<Process> {
    const { kind = 'process', window, concurrency, paceMs, isVerbose = false } = options;
    const args = [
      ...['collector', '--bus', this.address, '--ready-fd', '3', '--name', name, '--kind', kind],
      ...option('window', window),
      ...option('concurrency', concurrency),
      ...option('pace', paceMs),
      ...(isVerbose ? ['--verbose'] : []),
    ];
    return this.#spawn(process.execPath, [BUS, ...args], { ready: { fd: 3 }, timeoutMs: TIMEOUT_MS, env: CACHE });
  }

  /** Starts the command that prints messages; it hears them when this resolves. */
  startSubscriber(pattern: string): Promise<Process> {
    const args = [BUS, 'subscribe', pattern, '--bus', this.address, '--ready-fd', '3'];
    return this.#spawn(process.execPath, args, { ready: { fd: 3 }, timeoutMs: TIMEOUT_MS, env: CACHE });
  }

  /** Runs its command: `bus.run('stats')`; a `--bus` among the words counts more than this one. */
  async run(...args: readonly string[]): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
    const program = await this.#spawn(process.execPath, [BUS, '--bus', this.address, ...args], { env: CACHE });
    const { code } = await program.waitForExit({ timeoutMs: TIMEOUT_MS });
    const textOf = (wanted: 'stdout' | 'stderr'): string =>
      program.logs.lines().reduce((text, line) => (line.stream === wanted ? `${text}${line.text}\n` : text), '');
    return { exitCode: code, stdout: textOf('stdout'), stderr: textOf('stderr') };
  }

  /** A client in this process; it ends with the bus. */
  async connect(name?: string): Promise<BusClient> {
    const client = await BusClient.connect({ address: this.address, ...(name !== undefined && { name }) });
    this.#clients.push(client);
    return client;
  }

  /** Ends the clients; its processes are the test's. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]()));
  }
}

/** Waits until the account of a broker is as a function wants it. @throws TimeoutError with the last of it */
export function statsWhen(
  client: BusClient,
  description: string,
  areSo: (stats: BrokerStats) => boolean,
  timeoutMs = TIMEOUT_MS,
): Promise<BrokerStats> {
  const look = async (): Promise<BrokerStats> => {
    const stats = await client.stats();
    if (areSo(stats)) return stats;
    throw new Error(JSON.stringify(stats));
  };
  return until(look, { description, timeoutMs, intervalMs: 5, maxIntervalMs: 20 });
}

/** The collectors of a kind, as a broker has them. */
export function membersOf(stats: BrokerStats, kind: CollectorKind = 'process'): readonly MemberStats[] {
  return stats.topics[taskTopic(kind)]?.members ?? [];
}

/** Waits until a broker knows that every outcome is known. */
export async function settled(client: BusClient): Promise<void> {
  await statsWhen(client, 'every outcome to be known', ({ tasks }) => tasks.unsettled === 0);
}
