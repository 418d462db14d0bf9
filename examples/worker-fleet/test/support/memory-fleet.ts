import { createRandom, type Random, VirtualClock } from 'glovebox';
import { Client } from '../../src/client/client.ts';
import type { HeartbeatOptions } from '../../src/connection/channel.ts';
import type { ConnectionOptions } from '../../src/connection/connection.ts';
import { Coordinator, type CoordinatorOptions } from '../../src/coordinator/coordinator.ts';
import { Store } from '../../src/coordinator/store.ts';
import type { LogFields } from '../../src/log.ts';
import type { Outcome, Task } from '../../src/task.ts';
import { Worker } from '../../src/worker/worker.ts';
import { MemoryNetwork } from './memory-network.ts';
import { MortalClock } from './mortal-clock.ts';

export interface MemoryFleetOptions {
  /** @defaultValue one of its own */
  readonly clock?: VirtualClock;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** @defaultValue 3 */
  readonly workers?: number;
  /** @defaultValue 2 */
  readonly slots?: number;
  /** Parts of the coordinator that are other than usual. */
  readonly coordinator?: Partial<CoordinatorOptions>;
  /** Parts of the client that are other than usual. */
  readonly client?: Partial<ConnectionOptions>;
  /** Parts of each worker that are other than usual. */
  readonly worker?: () => Partial<ConnectionOptions>;
  /** Makes the store of the coordinator. @defaultValue one in memory, that outlives it */
  readonly createStore?: (clock: VirtualClock) => Store;
}

export interface LoggedEvent extends LogFields {
  readonly atMs: number;
  readonly who: string;
  readonly event: string;
}

export const HEARTBEAT: HeartbeatOptions = { everyMs: 500, deadMs: 1500 };

/** Spec of a task, of which most is of no importance. */
export function taskOf(id: string, given: Partial<Task> = {}): Task {
  return {
    ...{ id, priority: 'normal', input: `input of ${id}`, steps: 5, stepMs: 20, checkpointEvery: 0, recordBytes: 0 },
    ...given,
  };
}

/** The whole fleet in this process, on a clock that moves when it is told to. */
export class MemoryFleet implements Disposable {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly network: MemoryNetwork;
  readonly store: Store;
  readonly workers: Worker[] = [];
  readonly client: Client;
  readonly submitted: string[] = [];
  /** Each outcome that the client was told of. */
  readonly outcomes: Outcome[] = [];
  readonly log: LoggedEvent[] = [];
  coordinator: Coordinator | undefined;
  readonly #options: MemoryFleetOptions;
  #coordinatorClock: MortalClock | undefined;

  constructor(options: MemoryFleetOptions = {}) {
    const { seed = 1, workers = 3, createStore = (clock) => new Store(':memory:', clock) } = options;
    this.#options = options;
    this.clock = options.clock ?? new VirtualClock({ startMs: 1_000_000 });
    this.random = createRandom(seed);
    this.network = new MemoryNetwork(this.clock);
    this.store = createStore(this.clock);
    this.client = this.createClient((outcome) => this.outcomes.push(outcome));
    for (let number = 1; number <= workers; number += 1) this.createWorker(`worker-${number}`);
  }

  /** Begins all of it, and lets it connect. */
  async start(): Promise<this> {
    this.begin();
    await this.clock.advance(100);
    return this;
  }

  /** Begins all of it. */
  begin(): void {
    this.startCoordinator();
    this.client.start();
    for (const worker of this.workers) worker.start();
  }

  /** Another run of the client, or another one. */
  createClient(onOutcome: (outcome: Outcome) => void, name = 'client'): Client {
    return new Client({ ...this.#connect(name), onOutcome, ...this.#options.client });
  }

  /** One more worker, or another run of one. */
  createWorker(name: string): Worker {
    const { slots = 2, worker: createOptions } = this.#options;
    const worker = new Worker({ ...this.#connect(name), slots, ...createOptions?.() });
    this.workers.push(worker);
    return worker;
  }

  startCoordinator(): Coordinator {
    const clock = new MortalClock(this.clock);
    this.#coordinatorClock = clock;
    this.coordinator = new Coordinator({
      ...{ store: this.store, secret: 'secret', clock, heartbeat: HEARTBEAT, leaseMs: 2000 },
      log: this.#logOf('coordinator'),
      ...this.#options.coordinator,
    });
    this.network.accept = this.coordinator.accept;
    return this.coordinator;
  }

  /** What the coordinator has in memory is gone; its store is not. */
  killCoordinator(): void {
    this.network.accept = undefined;
    this.#coordinatorClock?.die();
    this.store.commit();
    this.network.reset();
    this.coordinator = undefined;
  }

  submit(...tasks: readonly Task[]): void {
    for (const task of tasks) void this.perform(task);
  }

  /** Submits a task, and waits for its outcome. */
  perform(task: Task): Promise<Outcome> {
    this.submitted.push(task.id);
    return this.client.submit(task);
  }

  /** Lets time pass until all that was submitted has an outcome, or so much of it has passed. */
  async settle(limitMs = 60_000): Promise<void> {
    for (let passedMs = 0; passedMs < limitMs && this.client.pending > 0; passedMs += 50) await this.clock.advance(50);
  }

  events(event: string, who?: string): readonly LoggedEvent[] {
    return this.log.filter((each) => each.event === event && (who === undefined || each.who === who));
  }

  [Symbol.dispose](): void {
    this.client.stop();
    for (const worker of this.workers) worker.stop();
    this.coordinator?.close();
    this.store.close();
  }

  #connect(name: string) {
    const { clock } = this;
    const random = this.random.fork(name);
    const log = this.#logOf(name);
    return { dial: this.network.dial(name), name, secret: 'secret', clock, random, log, heartbeat: HEARTBEAT };
  }

  #logOf(who: string) {
    return (event: string, fields: LogFields = {}): void =>
      void this.log.push({ ...fields, atMs: this.clock.now(), who, event });
  }
}
