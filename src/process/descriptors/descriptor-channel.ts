import { fstatSync } from 'node:fs';
import { DisposedError, quote, UsageError } from '../../core/errors.js';
import { until } from '../../core/until.js';
import {
  type DescriptorMessage,
  MAX_DESCRIPTORS,
  openSocketPair,
  receiveDescriptors,
  sendDescriptors,
} from '../../native/descriptor-message.js';
import { FileDescriptor } from '../../native/file-descriptor.js';

/** How a {@link DescriptorChannel} waits. */
export interface DescriptorWaitOptions {
  /** In milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** Calls the wait off. */
  readonly signal?: AbortSignal;
}

/** What was received: bytes, and new descriptors of this process, which are the receiver's to close. */
export interface ReceivedDescriptors {
  readonly bytes: Uint8Array;
  readonly descriptors: readonly FileDescriptor[];
}

/** Something with a descriptor, or its number. */
export type DescriptorSource = number | FileDescriptor | { readonly fd: number | null };

const MAX_BYTES = 65_536;

/**
 * A Unix socket that carries file descriptors beside bytes (SCM_RIGHTS): open files, connections that were accepted,
 * sockets that listen. On one of `pair()` every message is taken as it was sent.
 *
 * @example
 * ```ts
 * const [ours, theirs] = DescriptorChannel.pair();
 * const handler = await spawn('handler', [], { descriptors: { 3: theirs } });
 * await ours.send('GET /', [connection]);
 * const { bytes, descriptors } = await ours.receive();
 * ```
 */
export class DescriptorChannel implements Disposable {
  readonly #socket: FileDescriptor;

  private constructor(socket: FileDescriptor) {
    this.#socket = socket;
  }

  /** Two ends, one for this process, one for a program. @throws KernelError EMFILE */
  static pair(): readonly [DescriptorChannel, DescriptorChannel] {
    const [a, b] = openSocketPair('seqpacket');
    return [new DescriptorChannel(a), new DescriptorChannel(b)];
  }

  /**
   * Takes over a connected Unix socket by the number of its descriptor. Of one that is a stream, what is sent in two
   * messages may be received as one; descriptors are never lost between.
   *
   * @throws UsageError for what is no socket
   */
  static from(fd: number): DescriptorChannel {
    if (!Number.isInteger(fd) || fd < 0 || !isSocket(fd))
      throw new UsageError(
        'DescriptorChannel.from',
        `fd must be the number of a connected Unix socket, not ${quote(fd)}`,
      );
    return new DescriptorChannel(new FileDescriptor(fd));
  }

  /** The number of its own descriptor. */
  get fd(): number {
    this.#assertOpen('fd');
    return this.#socket.number;
  }

  /** Whether this end has been closed. */
  get closed(): boolean {
    return this.#socket.closed;
  }

  /**
   * Sends bytes with descriptors, which stay open here. Waits for room.
   *
   * @throws UsageError with every mistake @throws KernelError EPIPE when the other end is closed @throws TimeoutError
   */
  async send(
    bytes: string | Uint8Array,
    descriptors: readonly DescriptorSource[] = [],
    options: DescriptorWaitOptions = {},
  ): Promise<void> {
    const encoded = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    const numbers = descriptors.map(readDescriptor);
    const mistakes = [
      // A message without a byte cannot be told from the end.
      ...(encoded.length === 0 || encoded.length > MAX_BYTES
        ? [`bytes must be from 1 to ${MAX_BYTES}; received ${encoded.length}`]
        : []),
      ...(numbers.length > MAX_DESCRIPTORS
        ? [`descriptors must be at most ${MAX_DESCRIPTORS}; received ${numbers.length}`]
        : []),
      ...numbers.flatMap((number, index) =>
        number === undefined ? [`descriptors[${index}] is none, or closed: ${quote(descriptors[index])}`] : [],
      ),
    ];
    if (mistakes.length > 0) throw new UsageError('DescriptorChannel.send', mistakes);
    const all = numbers.filter((number) => number !== undefined);
    await this.#retry('send()', () => sendDescriptors(this.#socket.number, encoded, all), options);
  }

  /**
   * The next message; `undefined` at the end of the connection.
   *
   * @throws KernelError EMFILE, ECONNRESET @throws TimeoutError @throws AbortedError
   */
  async receive(options: DescriptorWaitOptions = {}): Promise<ReceivedDescriptors | undefined> {
    const take = (): DescriptorMessage | undefined => receiveDescriptors(this.#socket.number, MAX_BYTES);
    const message = await this.#retry('receive()', take, options);
    return message.bytes.length === 0 && message.descriptors.length === 0 ? undefined : message;
  }

  /** Safe to call twice. */
  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What fails, fails at once: only "not now" is waited for. */
  async #retry<T>(action: string, attempt: () => T, { timeoutMs = 5000, signal }: DescriptorWaitOptions) {
    const tryOnce = (): { readonly value: NonNullable<T> } | { readonly error: unknown } | undefined => {
      try {
        this.#assertOpen(action);
        const value = attempt();
        return value ? { value } : undefined;
      } catch (error) {
        return { error };
      }
    };
    const wait = { timeoutMs, intervalMs: 0.5, maxIntervalMs: 5, ...(signal && { signal }) };
    const outcome = tryOnce() ?? (await until(tryOnce, { ...wait, description: `${action} of a descriptor channel` }));
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  #assertOpen(action: string): void {
    if (this.#socket.closed) throw new DisposedError('DescriptorChannel', action);
  }
}

/** The number of a descriptor; `undefined` for what is none, or closed. */
export function readDescriptor(source: DescriptorSource): number | undefined {
  const number = typeof source === 'number' ? source : readNumber(source);
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined;
}

function readNumber(source: FileDescriptor | { readonly fd: number | null }): number | null | undefined {
  if (source instanceof FileDescriptor) return source.closed ? undefined : source.number;
  return source?.fd;
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}
