import { setTimeout as sleep } from 'node:timers/promises';
import { BusClient } from '../client/bus-client.ts';
import { type CollectorKind, taskTopic } from '../protocol/topics.ts';
import { COLLECT } from './collect.ts';

export interface CollectorOptions {
  readonly address: string;
  readonly name: string;
  readonly kinds: readonly CollectorKind[];
  /** How many tasks it is given before the first is done. @defaultValue 64 */
  readonly window?: number;
  /** How many it does at once. @defaultValue 1 */
  readonly concurrency?: number;
  /** How long a task takes at least, to go easy on the machine, in milliseconds. @defaultValue 0 */
  readonly paceMs?: number;
  /** Hears of each task that is begun. @defaultValue nobody does */
  readonly onTask?: (kind: CollectorKind, payload: unknown) => void;
  /** Hears of connections. @defaultValue nobody does */
  readonly onLog?: (line: string) => void;
}

const WINDOW = 64;

/** Does the tasks of its kinds. */
export class Collector implements AsyncDisposable {
  readonly #client: BusClient;

  private constructor(client: BusClient) {
    this.#client = client;
  }

  /** Resolves when tasks may come. @throws BusError */
  static async start(options: CollectorOptions): Promise<Collector> {
    const {
      address,
      name,
      kinds,
      window = WINDOW,
      concurrency = 1,
      paceMs = 0,
      onTask = () => {},
      onLog = () => {},
    } = options;
    const client = await BusClient.connect({
      address,
      name,
      onState: (state, reason) => onLog(reason === undefined ? state : `${state}: ${reason}`),
    });
    const join = (kind: CollectorKind): Promise<void> => {
      const perform = (payload: unknown): unknown => {
        onTask(kind, payload);
        const result = COLLECT[kind](payload);
        return paceMs === 0 ? result : sleep(paceMs).then(() => result);
      };
      return client.join(taskTopic(kind), perform, { window, concurrency });
    };
    await Promise.all(kinds.map(join));
    return new Collector(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}
