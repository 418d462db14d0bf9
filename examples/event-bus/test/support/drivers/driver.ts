import type { SpawnForTest } from 'glovebox/fixtures';
import type { Process } from 'glovebox/process';
import type { Overflow } from '../../../src/broker/bounded-buffer.ts';
import type { CollectorKind } from '../../../src/protocol/topics.ts';

/** What a task gave, and who did it. */
export interface DriverResult {
  readonly by: string;
  readonly payload: unknown;
}

/** One who publishes, asks and listens. */
export interface Participant extends AsyncDisposable {
  /** @param to the one collector that may do it @throws Error when nobody answers */
  request(kind: CollectorKind, payload: unknown, to?: string): Promise<DriverResult>;
  /** Gives all at once; resolves when the broker has them. */
  submitAll(kind: CollectorKind, payloads: readonly unknown[]): Promise<readonly Promise<DriverResult>[]>;
  publish(topic: string, payload: unknown): void;
  /** Hears messages from when this resolves. */
  subscribe(pattern: string, hear: (payload: unknown, topic: string) => void, group?: string): Promise<void>;
}

/** A broker that runs, with its collectors. */
export interface RunningBroker extends AsyncDisposable {
  /** The one that runs now. */
  readonly process: Process;
  /** It has joined when this resolves. */
  startCollector(name: string, kind: CollectorKind): Promise<Process>;
  connect(): Promise<Participant>;
  /** Gives the tasks 0 to count - 1 at once to a queue that nobody takes from yet; which were refused with an error. */
  offer(count: number): Promise<readonly number[]>;
  /** Which of them are taken from it, in order. */
  takeAll(): Promise<readonly number[]>;
  /** How many collectors of a kind are there. */
  countCollectors(kind: CollectorKind): Promise<number>;
  /** Ends the broker without a word, and starts another in its place. */
  killAndRestart(): Promise<void>;
}

/** How a broker is started, and where. */
export interface BrokerPlace {
  readonly spawn: SpawnForTest;
  readonly directory: string;
  /** Of queues. @defaultValue a large one that publishers wait for */
  readonly buffer?: { readonly capacity: number; readonly overflow: Overflow };
}

/** A kind of broker that the suite can be run against. */
export interface BrokerDriver {
  readonly name: string;
  /** Members of a queue group are taken exactly in turn; else at random. */
  readonly takesTurns: boolean;
  /** Why it cannot be started here; `undefined` when it can. */
  findObstacle(): string | undefined;
  start(place: BrokerPlace): Promise<RunningBroker>;
}
