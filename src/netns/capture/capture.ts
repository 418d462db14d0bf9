import { closeSync, writeSync } from 'node:fs';
import { GloveboxError, quote, UsageError } from '../../core/errors.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { closeTogether, type PacketRingSize } from '../../native/packet-ring.js';
import { takeOverruns } from '../../native/packet-wire.js';
import { openWakeEvent } from '../../native/poller.js';
import { encodeHeader } from './capture-header.js';
import type { CaptureSettings } from './capture-options.js';
import { type CaptureEnd, chooseRingSize, openPorts, type RingBudget } from './capture-ports.js';
import { type FrameChunk, TOTALS } from './capture-protocol.js';
import { type CapturedFrame, type CapturePort, decodeChunk } from './captured-frame.js';
import { openCaptureFile, toWriteError, writeCaptureFile } from './open-capture-file.js';
import { encodeStatistics } from './pcapng.js';
import { CaptureThread } from './thread-handle.js';
import { type WaitForFrameOptions, waitForFrame } from './wait-for-frame.js';

/** What has become of the frames that came through a capture's filter. */
export interface CaptureCounts {
  /** Frames that were taken in. */
  readonly received: number;
  /** Frames that the kernel had no room for. They are in no file; where any are, the machine was too busy. */
  readonly dropped: number;
  /** Frames that were taken in, and left the memory for newer ones. They are in `file`, if there is one. */
  readonly overwritten: number;
}

/** @internal What a capture works with, and closes. */
export interface CaptureParts {
  readonly ends: readonly CaptureEnd[];
  readonly header: Uint8Array;
  readonly fileFd: number | undefined;
  /** Bound already. */
  readonly sockets: readonly FileDescriptor[];
  readonly ring: PacketRingSize;
  readonly wake: FileDescriptor;
}

/** @internal Opens all that a capture needs; it sees frames from when this resolves. */
export async function openCapture(
  ends: readonly CaptureEnd[],
  settings: CaptureSettings,
  budget: RingBudget,
): Promise<Capture> {
  const ring = chooseRingSize(ends.length, budget);
  const header = encodeHeader(ends, settings);
  const { file } = settings;
  const fileFd = file === undefined ? undefined : openCaptureFile(file, header);
  let wake: FileDescriptor | undefined;
  try {
    wake = openWakeEvent();
    return new Capture(settings, { ends, header, fileFd, sockets: await openPorts(ends, settings, ring), ring, wake });
  } catch (error) {
    wake?.close();
    if (fileFd !== undefined) closeSync(fileFd);
    throw error;
  }
}

/**
 * Frames that pass links of a lab, from when it is there until it is stopped, or the lab is closed. A thread of its own
 * takes them in: nothing is lost while the test's own is busy.
 */
export class Capture implements AsyncDisposable {
  /** Where it captures, in the order of the interfaces in a file. */
  readonly ports: readonly CapturePort[];
  readonly #settings: CaptureSettings;
  readonly #header: Uint8Array;
  readonly #sockets: readonly FileDescriptor[];
  readonly #wake: FileDescriptor;
  readonly #fileFd: number | undefined;
  readonly #thread: CaptureThread;
  readonly #counts: Float64Array;
  readonly #dropped: number[];
  readonly #startNs = nowNs();
  #kept: readonly FrameChunk[] = [];
  #stopping: Promise<void> | undefined;
  #hasStopped = false;

  /** @internal Use `lab.capture`. */
  constructor(settings: CaptureSettings, parts: CaptureParts) {
    const { ends, header, fileFd, sockets, ring } = parts;
    this.ports = ends.map(({ port }) => port);
    this.#settings = settings;
    this.#header = header;
    this.#fileFd = fileFd;
    this.#sockets = sockets;
    this.#counts = new Float64Array(new SharedArrayBuffer((TOTALS.length + ends.length) * 8));
    this.#dropped = ends.map(() => 0);
    this.#wake = parts.wake;
    this.#thread = new CaptureThread({
      fds: sockets.map(({ number }) => number),
      ring,
      wakeFd: this.#wake.number,
      maxBytes: settings.maxBytes,
      fileFd,
      counts: this.#counts,
    });
  }

  /** @internal Whether it has let go of its file. */
  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  /** What has become of the frames until now; those of the last milliseconds count once `frames()` or `stop()` has resolved. */
  counts(): CaptureCounts {
    if (!this.#hasStopped) this.#readDropped();
    const [received = 0, overwritten = 0] = this.#counts;
    return { received, dropped: this.#dropped.reduce((sum, each) => sum + each, 0), overwritten };
  }

  /** Every frame that passed before this call and is still in memory, in the order of their times. */
  async frames(): Promise<readonly CapturedFrame[]> {
    const chunks = await this.#collect();
    return chunks.flatMap((chunk) => [...decodeChunk(chunk, this.ports)]);
  }

  /**
   * The first frame that a function says yes to, of those in memory and those that come.
   *
   * @throws TimeoutError, which tells the last frames that were seen, UsageError, AbortedError
   * @throws DisposedError when the capture ends before one came
   */
  waitFor(predicate: (frame: CapturedFrame) => boolean, options: WaitForFrameOptions = {}): Promise<CapturedFrame> {
    return waitForFrame(predicate, options, {
      ports: this.ports,
      hasStopped: () => this.#hasStopped,
      kept: () => this.#kept,
      read: (from, aborted) => this.#thread.read(from, 'next', aborted),
      stop: () => this.stop(),
    });
  }

  /**
   * Writes what is in memory to a pcapng file, which Wireshark opens; before it is stopped or after.
   *
   * @throws UsageError @throws KernelError ENOENT for a folder that is not there, EACCES, ENOSPC
   */
  async save(path: string): Promise<void> {
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw new UsageError('capture.save', `path must be a text; received ${quote(path)}`);
    const chunks = await this.#collect();
    const delivered = this.ports.map(() => 0);
    for (const chunk of chunks) countPorts(chunk.bytes, delivered);
    await writeCaptureFile(path, [
      this.#header,
      ...chunks.map(({ bytes }) => bytes),
      ...this.#encodeStatistics(delivered),
    ]);
  }

  /**
   * Ends it: frames that have passed before are in it, later ones are not. Safe to call twice.
   *
   * @throws KernelError ENOSPC, EIO when not all could be written to `file`; what is there can be read
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** As `stop`; a failure is told once. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasStopped) return;
    await this.stop();
  }

  async #stop(): Promise<void> {
    try {
      const { chunks, failure } = await this.#thread.stop();
      this.#readDropped();
      this.#kept = chunks;
      const { file } = this.#settings;
      if (this.#fileFd === undefined || file === undefined) return;
      const error = failure ?? this.#finishFile(this.#fileFd);
      if (error !== undefined) throw toWriteError(file, error, this.#tellWritten());
    } finally {
      this.#hasStopped = true;
      await closeTogether(this.#sockets);
      this.#wake.close();
      if (this.#fileFd !== undefined) closeSync(this.#fileFd);
    }
  }

  #finishFile(fd: number): { readonly code: string; readonly message: string } | undefined {
    const delivered = this.ports.map((_port, index) => this.#counts[TOTALS.length + index] ?? 0);
    try {
      writeSync(fd, Buffer.concat(this.#encodeStatistics(delivered)));
      return undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error) return { code: String(error.code), message: error.message };
      throw error;
    }
  }

  #tellWritten(): string {
    const [received = 0, , written = 0] = this.#counts;
    return `The file has the first ${written} of ${received} frames, and can be read`;
  }

  async #collect(): Promise<readonly FrameChunk[]> {
    if (this.#stopping === undefined) {
      const chunks = await this.#thread.read(0, 'now');
      if (chunks !== undefined) return chunks;
    }
    // Who stopped it was told what went wrong with its file.
    await this.stop().catch((error: unknown) => {
      if (error instanceof GloveboxError) throw error;
    });
    return this.#kept;
  }

  #encodeStatistics(delivered: readonly number[]): readonly Uint8Array[] {
    this.counts();
    const endNs = nowNs();
    return this.ports.map((_port, index) => {
      const dropped = this.#dropped[index] ?? 0;
      const received = (this.#counts[TOTALS.length + index] ?? 0) + dropped;
      const times = { startNs: this.#startNs, endNs };
      return encodeStatistics({ interface: index, ...times, received, dropped, delivered: delivered[index] ?? 0 });
    });
  }

  /** The kernel forgets what it has told. */
  #readDropped(): void {
    for (const [index, socket] of this.#sockets.entries()) {
      if (!socket.closed) this.#dropped[index] = (this.#dropped[index] ?? 0) + takeOverruns(socket.number);
    }
  }
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function countPorts(blocks: Uint8Array, counts: number[]): void {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  for (let at = 0; at < blocks.length; at += view.getUint32(at + 4, true)) {
    const port = view.getUint32(at + 8, true);
    counts[port] = (counts[port] ?? 0) + 1;
  }
}
