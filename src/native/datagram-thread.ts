// Run as a worker thread, from its source or from the package: it imports no other file of glovebox, so that both work.
// What it does blocks its thread and nothing else: it sends or receives datagrams on a socket that it is given, many by
// one system call, until all are there or it is told to stop.
import { createRequire } from 'node:module';
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';

interface Stoppable {
  readonly fd: number;
  /** One number, shared with the thread that started this one: 0, or one of {@link ORDERS}. */
  readonly control: Int32Array;
}

/** Stop now; or as soon as all is there. */
const ORDERS = { stop: 1, finish: 2 } as const;
/** How long a thread that is to stop still takes what comes, when there is no end of it. */
const DRAIN_NS = 100e6;

/** What a thread that sends is told. The socket is connected. */
export interface SendJob extends Stoppable {
  readonly kind: 'send';
  readonly streamId: number;
  readonly count: number;
  readonly sizeBytes: number;
  /** 0: as many as there can be. */
  readonly rateFramesPerSecond: number;
}

/** What a thread that sent says in the end. */
export interface SendOutcome {
  readonly sent: number;
  /** How many the kernel did not take, by error number. */
  readonly refused: ReadonlyMap<number, number>;
  readonly durationMs: number;
}

/** What a thread that receives is told. The socket is bound. */
export interface ReceiveJob extends Stoppable {
  readonly kind: 'receive';
  /** How many to wait for; 0: as many as their senders say. */
  readonly expected: number;
}

/** What a thread that received says in the end. */
export interface ReceiveOutcome {
  readonly streams: readonly ReceivedStream[];
  /** Datagrams that no generator made. */
  readonly foreign: number;
  /** What did not fit into the socket's buffer. */
  readonly droppedByBuffer: number;
}

/** What came of one generator. Times are of CLOCK_MONOTONIC, which all threads and namespaces share. */
export interface ReceivedStream {
  readonly streamId: number;
  /** How many its sender set out to send. */
  readonly count: number;
  /** Each counted once. */
  readonly received: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly minLatencyMs: number;
  readonly maxLatencyMs: number;
  readonly sumLatencyMs: number;
  /** How many took how long: a bucket is a 64th of a doubling of microseconds. */
  readonly latencies: Uint32Array;
}

/** Of the last bytes of each datagram nothing is said. Fields are little-endian, of 4 bytes: magic, stream, sequence, count, time (ns, 8). */
const HEADER_WORDS = 6;
const MAGIC = 0x47425446;

const BATCH = 64;
/** struct mmsghdr and struct iovec, on 64-bit processors: include/linux/socket.h, include/uapi/linux/uio.h. */
const MESSAGE_BYTES = 64;
const IOVEC_BYTES = 16;
const MESSAGE_LENGTH_WORD = 56 / 4;
/** The longest that a thread does not look whether it is to stop. */
const LOOK_MS = 10;
const [POLLIN, POLLOUT] = [1, 4];
const [EINTR, EAGAIN, ECONNREFUSED] = [4, 11, 111];
const MSG_DONTWAIT = 0x40;
const [SOL_SOCKET, SO_MEMINFO, SK_MEMINFO_DROPS] = [1, 55, 8];
const LATENCY_BUCKETS = 64 * 40;
const HIGH_WORD = 2 ** 32;

type Call = (...args: readonly (number | bigint)[]) => number;
interface Koffi {
  load(path: null): { func(definition: string): Call };
  address(bytes: Uint8Array): bigint;
  errno(): number;
}

const koffi = createRequire(import.meta.url)('koffi') as Koffi;
const libc = koffi.load(null);
const poll = libc.func('int poll(int64 fds, unsigned long count, int timeout)');
const nowNs = (): number => Number(process.hrtime.bigint());

/** The messages of one call, and their bytes, in memory that does not move: that of an ArrayBuffer of its own. */
class Batch {
  readonly address: bigint;
  /** The bytes of the datagrams, one slot each, and all that is before them. */
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly slotWords: number;
  readonly #slotsStart: number;

  constructor(slotBytes: number) {
    // Not a power of two, or all datagrams would share a few lines of the processor's cache.
    this.slotWords = Math.ceil(slotBytes / 64) * 16 + 16;
    const iovecs = BATCH * MESSAGE_BYTES;
    const slots = iovecs + BATCH * IOVEC_BYTES;
    this.bytes = new Uint8Array(new ArrayBuffer(slots + BATCH * this.slotWords * 4));
    this.words = new Uint32Array(this.bytes.buffer);
    this.address = koffi.address(this.bytes);
    this.#slotsStart = slots / 4;
    const view = new DataView(this.bytes.buffer);
    for (let index = 0; index < BATCH; index += 1) {
      const iovec = iovecs + index * IOVEC_BYTES;
      view.setBigUint64(iovec, this.address + BigInt(slots + index * this.slotWords * 4), true);
      view.setBigUint64(iovec + 8, BigInt(slotBytes), true);
      // msg_iov and msg_iovlen, behind msg_name and msg_namelen.
      view.setBigUint64(index * MESSAGE_BYTES + 16, this.address + BigInt(iovec), true);
      view.setBigUint64(index * MESSAGE_BYTES + 24, 1n, true);
    }
  }

  /** Where the bytes of a datagram begin, in words. */
  slot(index: number): number {
    return this.#slotsStart + index * this.slotWords;
  }

  /** How many bytes a datagram that was received has. */
  lengthAt(index: number): number {
    return this.words[index * (MESSAGE_BYTES / 4) + MESSAGE_LENGTH_WORD] ?? 0;
  }
}

/** Waits until a socket can be used, but not for long. */
function createWait(fd: number, events: number): () => void {
  const request = new Uint8Array(new ArrayBuffer(1024));
  const view = new DataView(request.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, events, true);
  const address = koffi.address(request);
  return () => {
    view.setInt16(6, 0, true);
    poll(address, 1, LOOK_MS);
  };
}

function send({ fd, control, streamId, count, sizeBytes, rateFramesPerSecond: rate }: SendJob): SendOutcome {
  const sendmmsg = libc.func('int sendmmsg(int fd, int64 messages, unsigned int count, int flags)');
  const wait = createWait(fd, POLLOUT);
  const batch = new Batch(sizeBytes);
  const { words } = batch;
  for (let index = 0; index < BATCH; index += 1) {
    words.fill(0x5a5a5a5a, batch.slot(index), batch.slot(index) + batch.slotWords);
    words.set([MAGIC, streamId, 0, count], batch.slot(index));
  }
  const refused = new Map<number, number>();
  const startNs = nowNs();
  let next = 0;
  let failed = 0;
  while (next < count && Atomics.load(control, 0) !== ORDERS.stop) {
    let size = Math.min(BATCH, count - next);
    if (rate > 0) {
      const elapsedNs = nowNs() - startNs;
      const due = Math.floor((elapsedNs * rate) / 1e9) + 1 - next;
      if (due <= 0) {
        Atomics.wait(control, 0, 0, Math.max(0, ((next / rate) * 1e9 - elapsedNs) / 1e6));
        continue;
      }
      size = Math.min(size, due);
    }
    const time = process.hrtime.bigint();
    const low = Number(time & 0xffffffffn);
    const high = Number(time >> 32n);
    for (let index = 0, at = batch.slot(0); index < size; index += 1, at += batch.slotWords) {
      words[at + 2] = next + index;
      words[at + 4] = low;
      words[at + 5] = high;
    }
    const result = sendmmsg(fd, batch.address, size, MSG_DONTWAIT);
    if (result > 0) {
      next += result;
      continue;
    }
    const errno = koffi.errno();
    if (errno === EAGAIN) wait();
    // ECONNREFUSED tells that an earlier datagram came to a closed port: this one has not been tried.
    else if (errno !== EINTR && errno !== ECONNREFUSED) {
      refused.set(errno, (refused.get(errno) ?? 0) + 1);
      next += 1;
      failed += 1;
    }
  }
  return { sent: next - failed, refused, durationMs: (nowNs() - startNs) / 1e6 };
}

/** What is known of a stream while it comes in. */
class Stream {
  readonly #streamId: number;
  readonly #count: number;
  readonly #seen: Uint32Array;
  readonly #latencies = new Uint32Array(LATENCY_BUCKETS);
  #highest = -1;
  #duplicates = 0;
  #reordered = 0;
  #bytes = 0;
  #firstNs = 0;
  #lastNs = 0;
  #minNs = Number.POSITIVE_INFINITY;
  #maxNs = 0;
  #sumNs = 0;
  received = 0;

  constructor(streamId: number, count: number) {
    this.#streamId = streamId;
    this.#count = count;
    this.#seen = new Uint32Array(Math.ceil(count / 32));
  }

  get isComplete(): boolean {
    return this.received >= this.#count;
  }

  add(sequence: number, sizeBytes: number, sentNs: number, arrivedNs: number): void {
    this.#bytes += sizeBytes;
    this.#lastNs = arrivedNs;
    const word = this.#seen[sequence >>> 5] ?? 0;
    const bit = 1 << (sequence & 31);
    if ((word & bit) !== 0) {
      this.#duplicates += 1;
      return;
    }
    this.#seen[sequence >>> 5] = word | bit;
    if (this.received === 0) this.#firstNs = arrivedNs;
    this.received += 1;
    if (sequence < this.#highest) this.#reordered += 1;
    else this.#highest = sequence;
    const latencyNs = Math.max(0, arrivedNs - sentNs);
    if (latencyNs < this.#minNs) this.#minNs = latencyNs;
    if (latencyNs > this.#maxNs) this.#maxNs = latencyNs;
    this.#sumNs += latencyNs;
    const bucket = Math.min(LATENCY_BUCKETS - 1, Math.floor(Math.log2(latencyNs / 1000 + 1) * 64));
    this.#latencies[bucket] = (this.#latencies[bucket] ?? 0) + 1;
  }

  finish(): ReceivedStream {
    return {
      streamId: this.#streamId,
      count: this.#count,
      received: this.received,
      duplicates: this.#duplicates,
      reordered: this.#reordered,
      bytes: this.#bytes,
      firstMs: this.#firstNs / 1e6,
      lastMs: this.#lastNs / 1e6,
      minLatencyMs: this.#minNs / 1e6,
      maxLatencyMs: this.#maxNs / 1e6,
      sumLatencyMs: this.#sumNs / 1e6,
      latencies: this.#latencies,
    };
  }
}

function receive({ fd, control, expected }: ReceiveJob): ReceiveOutcome {
  const recvmmsg = libc.func('int recvmmsg(int fd, int64 messages, unsigned int count, int flags, int64 timeout)');
  const wait = createWait(fd, POLLIN);
  const batch = new Batch(65_536);
  const { words } = batch;
  const streams = new Map<number, Stream>();
  let foreign = 0;
  const isDone = (): boolean => {
    let received = 0;
    let areComplete = streams.size > 0;
    for (const stream of streams.values()) {
      received += stream.received;
      areComplete &&= stream.isComplete;
    }
    return expected > 0 ? received >= expected : areComplete;
  };
  const take = (size: number): void => {
    const arrivedNs = nowNs();
    for (let index = 0; index < size; index += 1) {
      const at = batch.slot(index);
      const sizeBytes = batch.lengthAt(index);
      const [magic, streamId = 0, sequence = 0, count = 0] = [words[at], words[at + 1], words[at + 2], words[at + 3]];
      if (sizeBytes < HEADER_WORDS * 4 || magic !== MAGIC || sequence >= count) {
        foreign += 1;
        continue;
      }
      let stream = streams.get(streamId);
      if (stream === undefined) {
        stream = new Stream(streamId, count);
        streams.set(streamId, stream);
      }
      stream.add(sequence, sizeBytes, (words[at + 4] ?? 0) + (words[at + 5] ?? 0) * HIGH_WORD, arrivedNs);
    }
  };
  let stopNs = Number.POSITIVE_INFINITY;
  for (;;) {
    const order = Atomics.load(control, 0);
    if (order === ORDERS.stop) stopNs = Math.min(stopNs, nowNs() + DRAIN_NS);
    const size = recvmmsg(fd, batch.address, BATCH, MSG_DONTWAIT, 0);
    if (size > 0) {
      take(size);
      if (stopNs < nowNs()) break;
      continue;
    }
    // What was in the buffer counts, so this is asked only now.
    if (order === ORDERS.stop || (order === ORDERS.finish && isDone())) break;
    wait();
  }
  return { streams: [...streams.values()].map((stream) => stream.finish()), foreign, droppedByBuffer: readDrops(fd) };
}

function readDrops(fd: number): number {
  const getsockopt = libc.func('int getsockopt(int fd, int level, int option, int64 value, int64 size)');
  const memory = new Uint32Array(new ArrayBuffer(1024));
  const address = koffi.address(new Uint8Array(memory.buffer));
  memory[128] = 4 * (SK_MEMINFO_DROPS + 1);
  getsockopt(fd, SOL_SOCKET, SO_MEMINFO, address, address + 512n);
  return memory[SK_MEMINFO_DROPS] ?? 0;
}

const job = workerData as SendJob | ReceiveJob;
parentPort?.postMessage(job.kind === 'send' ? send(job) : receive(job));
