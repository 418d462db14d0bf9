import { nameErrno } from '../errors.ts';

/** What each worker counts, by its place in the memory that it shares with the supervisor. */
export const INGRESS_COUNTERS = [
  /** Datagrams that came out of the sockets. */
  'recv',
  /** Those of a rule. */
  'matched',
  /** Those of no rule, or too long to be relayed. */
  'foreign',
  /** Handed to the channel. */
  'egressSent',
  /** What is to become of them: as many as each has outputs. */
  'egressCopies',
  /** Dropped on purpose, by the output `devnull`. */
  'discarded',
  /** Dropped, as the channel was full for too long. */
  'droppedChannelFull',
  /** Dropped, as there was no egress worker at the other end. */
  'droppedNotConnected',
  /** What did not fit into the receive buffers, by the kernel's own account. */
  'droppedReceiveBuffer',
  /** How often the channel had to be waited for. */
  'channelWaits',
] as const;

export const EGRESS_COUNTERS = [
  /** Datagrams that came out of the channel. */
  'channelRecv',
  /** Of a rule that is no more. */
  'orphaned',
  /** Copies that were to be sent: as many as each has outputs. */
  'submitted',
  /** Copies that the kernel did not take. */
  'refused',
  /** Copies whose interface is not there. */
  'unavailable',
] as const;

export type IngressCounter = (typeof INGRESS_COUNTERS)[number];
export type EgressCounter = (typeof EGRESS_COUNTERS)[number];

/** What workers count of, and for which there is room. */
const MAX_COUNTERS = 16;
const MAX_ERRNOS = 256;
export const COUNTERS_BYTES = (MAX_COUNTERS + MAX_ERRNOS) * 8;

/** Counters in memory that others read, while this runs, while it is stopped, and after it was killed. */
export class Counters<Name extends string> {
  readonly #names: readonly Name[];
  readonly #values: Float64Array;
  readonly #errnos: Float64Array;

  constructor(buffer: ArrayBuffer, names: readonly Name[]) {
    this.#names = names;
    this.#values = new Float64Array(buffer, 0, MAX_COUNTERS);
    this.#errnos = new Float64Array(buffer, MAX_COUNTERS * 8, MAX_ERRNOS);
  }

  add(name: Name, count: number): void {
    this.set(name, this.get(name) + count);
  }

  set(name: Name, value: number): void {
    this.#values[this.#names.indexOf(name)] = value;
  }

  get(name: Name): number {
    return this.#values[this.#names.indexOf(name)] ?? 0;
  }

  /** Notes why something was refused. */
  addErrno(errno: number, count: number): void {
    const index = Math.min(errno, MAX_ERRNOS - 1);
    this.#errnos[index] = (this.#errnos[index] ?? 0) + count;
  }

  all(): Readonly<Record<Name, number>> {
    return Object.fromEntries(this.#names.map((name) => [name, this.get(name)])) as Record<Name, number>;
  }

  /** How often each error was: `{ ENETUNREACH: 3 }`. */
  errnos(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#errnos.entries()].filter(([, count]) => count > 0).map(([errno, count]) => [nameErrno(errno), count]),
    );
  }
}
