import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from 'glovebox';
import { type LogLine, type Process, type SpawnPlace, spawn } from 'glovebox/process';
import { Client } from '../../src/client/client.ts';
import { systemClock, systemRandom } from '../../src/clock.ts';
import { dialWebSocket } from '../../src/connection/web-socket.ts';
import { silent } from '../../src/log.ts';
import type { Outcome, Task } from '../../src/task.ts';
import { PORT } from './fleet-lab.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const SECRET = 'the secret of the tests';
const READY_MS = 30_000;

/** Where a program of the fleet runs: a host of a lab, or a namespace. */
export interface FleetPlace extends SpawnPlace {
  fetch(url: string): Promise<Response>;
}

export interface FleetOptions {
  /** Where each is, by its name: `coordinator`, `client`, `worker-1`. */
  readonly placeOf: (name: string) => FleetPlace;
  /** The address of the coordinator. */
  readonly address: string;
  /** Of the test's own. */
  readonly folder: string;
  readonly workers: readonly string[];
  /** @defaultValue 4 */
  readonly slots?: number;
  /** @defaultValue 200 */
  readonly heartbeatMs?: number;
  /** @defaultValue 600 */
  readonly deadMs?: number;
  /** @defaultValue 1000 */
  readonly leaseMs?: number;
  /** @defaultValue 50 */
  readonly backoffMs?: number;
  /** @defaultValue 1000 */
  readonly backoffMaxMs?: number;
  /** Programs that are run instead of the fleet's own: with the same arguments. */
  readonly programs?: { readonly coordinator?: string; readonly worker?: string };
  /** Starts programs. @defaultValue that of glovebox/process */
  readonly spawn?: typeof spawn;
  /** Parts of the client that are other than usual. */
  readonly client?: Partial<ConstructorParameters<typeof Client>[0]>;
}

/** A line of a log, read. */
export interface FleetEvent {
  /** When it was read, on the clock of the test. */
  readonly atMs: number;
  /** When it was written, by the program's own account, since 1970. */
  readonly toldMs: number;
  readonly who: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A fleet as its users have it: processes, and a client that submits tasks and hears how they end. */
export class FleetUnderTest implements AsyncDisposable {
  readonly client: Client;
  /** Ids, in the order in which they were submitted. */
  readonly submitted: string[] = [];
  /** Each that the client was told of, with when that was. */
  readonly outcomes: (Outcome & { readonly atMs: number })[] = [];
  readonly workers = new Map<string, Process>();
  readonly #options: FleetOptions;
  /** Lines that were parsed: there may be tens of thousands. */
  readonly #read = new Map<Process, { lines: number; readonly events: FleetEvent[] }>();
  #coordinator: Process | undefined;

  private constructor(options: FleetOptions) {
    const { address, placeOf } = options;
    this.#options = options;
    this.client = new Client({
      dial: dialWebSocket(this.url, {
        createConnection: () => placeOf('client').connect({ host: address, port: PORT }),
      }),
      name: 'client',
      secret: SECRET,
      clock: systemClock,
      random: systemRandom,
      log: silent,
      backoffBaseMs: options.backoffMs ?? 50,
      backoffMaxMs: 300,
      connectMs: 1000,
      heartbeat: { everyMs: options.heartbeatMs ?? 200, deadMs: options.deadMs ?? 600 },
      onOutcome: (outcome) => this.outcomes.push({ ...outcome, atMs: performance.now() }),
      ...options.client,
    });
  }

  /** Starts all of it, and waits until everyone is connected. Where that fails nothing is left. */
  static async start(options: FleetOptions): Promise<FleetUnderTest> {
    const fleet = new FleetUnderTest(options);
    try {
      await Promise.all([fleet.#startCoordinator(), ...options.workers.map((name) => fleet.startWorker(name))]);
      fleet.client.start();
      await until(() => fleet.client.connection.state === 'connected', { description: 'the client to connect' });
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `ws://${this.#options.address}:${PORT}/fleet`;
  }

  get coordinator(): Process {
    if (this.#coordinator === undefined) throw new TypeError('the coordinator was never started');
    return this.#coordinator;
  }

  worker(name: string): Process {
    const found = this.workers.get(name);
    if (found === undefined) throw new TypeError(`there is no ${name}`);
    return found;
  }

  /** Starts a worker, and waits until it is connected for the first time. */
  async startWorker(name: string): Promise<Process> {
    const { slots = 4, backoffMs = 50, backoffMaxMs = 1000, programs } = this.#options;
    const args = ['worker', '--url', this.url, '--name', name, '--slots', String(slots)];
    const waits = ['--backoff-ms', String(backoffMs), '--backoff-max-ms', String(backoffMaxMs), '--figures-ms', '200'];
    const all = [programs?.worker ?? MAIN, ...args, ...waits, ...this.#heartbeat()];
    const started = await this.#spawn(name, all, { log: '"event":"connected"' });
    this.workers.set(name, started);
    return started;
  }

  async submit(task: Task): Promise<Outcome> {
    this.submitted.push(task.id);
    return this.client.submit(task);
  }

  /** Submits tasks, and waits until all that ever was submitted has an outcome. */
  async submitAll(tasks: readonly Task[], timeoutMs = 20_000): Promise<void> {
    for (const task of tasks) void this.submit(task);
    await this.settle(timeoutMs);
  }

  async settle(timeoutMs = 20_000): Promise<void> {
    await until(() => this.client.pending === 0, { description: 'all tasks to have an outcome', timeoutMs });
  }

  /** The figures of the coordinator by the names that Prometheus has for them, labels included. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const response = await this.#options.placeOf('client').fetch(this.metricsUrl);
    return new Map(
      (await response.text())
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  }

  get metricsUrl(): string {
    return `http://${this.#options.address}:${PORT}/metrics`;
  }

  /** Waits until so many workers have a connection, as the coordinator sees it. */
  async connected(count = this.workers.size, timeoutMs = 10_000): Promise<void> {
    const areThere = async () => (await this.metrics()).get('fleet_workers_connected') === count;
    await until(areThere, { description: `${count} workers to be connected`, timeoutMs });
  }

  /** What a program has logged of one kind, or of all. */
  events(of: Process, event?: string): readonly FleetEvent[] {
    const known = this.#read.get(of) ?? { lines: 0, events: [] };
    this.#read.set(of, known);
    const lines = of.logs.lines();
    for (const line of lines.slice(known.lines)) {
      const read = readEvent(line);
      if (read !== undefined) known.events.push(read);
    }
    known.lines = lines.length;
    return event === undefined ? [...known.events] : known.events.filter((each) => each.event === event);
  }

  /** Ends all of it. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.client.connection.state !== 'closed') this.client.stop();
    const all = [...this.workers.values(), ...(this.#coordinator === undefined ? [] : [this.#coordinator])];
    await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
  }

  async #startCoordinator(): Promise<void> {
    const { folder, leaseMs = 1000, programs } = this.#options;
    const args = ['coordinator', '--store', join(folder, 'fleet.db'), '--port', String(PORT)];
    const all = [programs?.coordinator ?? MAIN, ...args, '--lease-ms', String(leaseMs), ...this.#heartbeat()];
    this.#coordinator = await this.#spawn('coordinator', all, { listening: { tcp: PORT } });
  }

  #heartbeat(): readonly string[] {
    const { heartbeatMs = 200, deadMs = 600 } = this.#options;
    return ['--heartbeat-ms', String(heartbeatMs), '--dead-ms', String(deadMs)];
  }

  #spawn(name: string, args: readonly string[], ready: { log: string } | { listening: { tcp: number } }) {
    const { placeOf, spawn: start = spawn } = this.#options;
    // An ordinary user and root run it with the same one. What is written to a file is there after a SIGKILL.
    return start(process.execPath, args, {
      in: placeOf(name),
      env: { FLEET_SECRET: SECRET, NODE_OPTIONS: undefined },
      output: 'file',
      logLimit: 200_000,
      ready,
      timeoutMs: READY_MS,
    });
  }
}

function readEvent({ text, atMs }: LogLine): FleetEvent | undefined {
  if (!text.startsWith('{')) return undefined;
  const { at, who, event, ...fields } = JSON.parse(text);
  return { atMs, toldMs: Date.parse(at), who, event, fields };
}
