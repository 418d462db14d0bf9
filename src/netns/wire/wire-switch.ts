import type { Worker } from 'node:worker_threads';
import { DisposedError, GloveboxError, quote, TimeoutError, UsageError } from '../../core/errors.js';
import { RealClock } from '../../core/real-clock.js';
import { explainThreadFailure } from '../../native/explain-netns-refusal.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { takeOverruns } from '../../native/packet-wire.js';
import { openWakeEvent, wake } from '../../native/poller.js';
import { startThread } from '../../native/start-thread.js';
import type { Impairment } from './impairment-model.js';
import { requireVerdict } from './verdict.js';
import { WireFrame } from './wire-frame.js';
import {
  COUNTS,
  countsAt,
  DIRECTIONS,
  THREAD_ENDED,
  type WireCommand,
  type WireCounts,
  type WireDirection,
  type WireReport,
  type WireVerdict,
  type WireWorkerData,
} from './wire-protocol.js';

const COMMAND_TIMEOUT_MS = 5000;

/** Decides about frames in the thread of the test; a frame waits for a promise, and others may overtake it. */
export type WireHandler = (frame: WireFrame) => WireVerdict | PromiseLike<WireVerdict>;

/** A wire to be: the sockets at its ends, which the switch closes. */
export interface WireSpec {
  readonly sockets: readonly [FileDescriptor, FileDescriptor];
  readonly mtu: number;
  readonly seed: number;
}

interface Loading {
  resolve(failure: string | undefined): void;
  reject(error: GloveboxError): void;
}

type Unnumbered<Command> = Command extends unknown ? Omit<Command, 'sequence'> : never;

/** All wires of a lab and the thread that passes their frames on. */
export class WireSwitch implements AsyncDisposable {
  readonly #wires: readonly WireSpec[];
  readonly #netns: Disposable;
  readonly #counts: Float64Array;
  readonly #done: Int32Array;
  readonly #wake = openWakeEvent();
  readonly #worker: Worker;
  readonly #handlers = new Map<number, WireHandler>();
  readonly #loading = new Map<number, Loading>();
  readonly #failures: unknown[] = [];
  readonly #exited: Promise<void>;
  /** Why no frame passes any more: the thread has ended by itself. */
  #lost: GloveboxError | undefined;
  /** Resolves when frames pass. */
  readonly ready: Promise<void>;
  #hasEnded = false;
  #sequence = 0;
  #closing: Promise<void> | undefined;

  /** @param netns - The namespace of the sockets, which is let go with them. */
  constructor(wires: readonly WireSpec[], netns: Disposable) {
    this.#wires = wires;
    this.#netns = netns;
    this.#counts = new Float64Array(new SharedArrayBuffer(countsAt(wires.length, 0) * 8));
    this.#done = new Int32Array(new SharedArrayBuffer(4));
    const data: WireWorkerData = {
      wires: wires.map(({ sockets: [a, b], mtu, seed }) => ({ fds: [a.number, b.number], mtu, seed })),
      wakeFd: this.#wake.number,
      counts: this.#counts,
      done: this.#done,
    };
    const worker = startThread('netns/wire/wire-worker', data);
    // Who waits until it is ready may have nothing else that keeps the process alive.
    worker.ref();
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      let cause: unknown;
      worker.on('message', (report: WireReport) => {
        if (report.kind === 'ready') {
          worker.unref();
          resolve();
        } else this.#hear(report);
      });
      worker.once('error', (error) => {
        cause = error;
      });
      worker.once('exit', (code) => {
        this.#hasEnded = true;
        // One that could not be started ends with code 0, and an error.
        if (code !== 0 || cause !== undefined || this.#isLost) reject(this.#lose(code, cause));
      });
    });
    // Who does not wait for it is told when it is closed.
    this.ready.catch(() => undefined);
  }

  /** Whether it was closed, or is about to be. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** The seed of a wire, where its impairments give none. */
  seed(wire: number): number {
    return this.#wires[wire]?.seed ?? 0;
  }

  /** What has become of the frames of a direction; also of those before the thread ended, or the switch was closed. */
  counts(wire: number, direction: WireDirection): WireCounts {
    const at = countsAt(wire, DIRECTIONS.indexOf(direction));
    const overrunAt = at + COUNTS.indexOf('overrun');
    const socket = this.#wires[wire]?.sockets[direction === 'aToB' ? 0 : 1];
    // The kernel forgets what it has told.
    if (socket?.closed === false) {
      this.#counts[overrunAt] = (this.#counts[overrunAt] ?? 0) + takeOverruns(socket.number);
    }
    const entries = COUNTS.map((name, index) => [name, this.#counts[at + index] ?? 0] as const);
    return Object.fromEntries(entries) as { readonly [Name in keyof WireCounts]: number };
  }

  /** In effect when this returns. */
  impair(wire: number, direction: WireDirection, settings: Impairment, seed: number): void {
    this.#command({ kind: 'impair', wire, direction: DIRECTIONS.indexOf(direction), settings, seed });
  }

  /** In effect when this returns. */
  hold(wire: number, direction: WireDirection, held: boolean): void {
    this.#command({ kind: 'hold', wire, direction: DIRECTIONS.indexOf(direction), held });
  }

  /** Lets a function in this thread decide; in effect when this returns. `undefined` takes it, or a module, back. */
  intercept(wire: number, handler: WireHandler | undefined): void {
    if (handler === undefined) this.#handlers.delete(wire);
    else this.#handlers.set(wire, handler);
    this.#command({ kind: 'intercept', wire, by: handler === undefined ? 'nobody' : 'main' });
  }

  /** Lets a function in the worker decide. @throws UsageError when the module cannot be imported, or has no such export */
  async load(wire: number, url: string, name: string): Promise<void> {
    if (this.#closing !== undefined) throw new DisposedError('lab', 'to load a function for a wire');
    this.#requireThread();
    const sequence = this.#post({ kind: 'load', wire, url, name });
    const failure = await new Promise<string | undefined>((resolve, reject) => {
      this.#loading.set(sequence, { resolve, reject });
      this.#worker.ref();
    });
    if (failure !== undefined) throw new UsageError('link.intercept', `module ${quote(url)}: ${failure}`);
  }

  /**
   * Ends the thread; what is on its way is lost. Safe to call twice.
   *
   * @throws AggregateError of what functions threw, and of a thread that ended before
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.#hasEnded) {
      this.#worker.ref();
      this.#post({ kind: 'stop' });
      await this.#exited;
    }
    for (const { resolve } of this.#loading.values()) resolve('the lab was closed');
    for (const { sockets } of this.#wires) for (const socket of sockets) socket.close();
    this.#wake.close();
    this.#netns[Symbol.dispose]();
    const failures = [...(this.#lost === undefined ? [] : [this.#lost]), ...this.#failures.splice(0)];
    if (failures.length > 0) throw new AggregateError(failures, `A wire failed: ${String(failures[0])}`);
  }

  #hear(report: Exclude<WireReport, { readonly kind: 'ready' }>): void {
    if (report.kind === 'failed') {
      // A function that fails for each frame fails the same way.
      if (this.#failures.length < 10) this.#failures.push(new Error(String(report.error)));
    } else if (report.kind === 'loaded') {
      this.#loading.get(report.sequence)?.resolve(report.failure);
      this.#loading.delete(report.sequence);
      if (this.#loading.size === 0 && this.#closing === undefined) this.#worker.unref();
    } else void this.#decide(report);
  }

  async #decide(report: Extract<WireReport, { readonly kind: 'frame' }>): Promise<void> {
    let verdict: WireVerdict = 'pass';
    try {
      const handler = this.#handlers.get(report.wire);
      const direction = DIRECTIONS[report.direction] ?? 'aToB';
      const answer = handler?.(new WireFrame(report.bytes, direction, report.index));
      // Frames that are decided at once keep their order.
      verdict = requireVerdict(typeof answer === 'object' && 'then' in answer ? await answer : answer);
    } catch (error) {
      verdict = 'drop';
      if (this.#failures.length < 10) this.#failures.push(error);
    }
    if (this.#closing === undefined && !this.#hasEnded) {
      this.#post({ kind: 'verdict', frame: report.frame, verdict });
    }
  }

  #command(command: Unnumbered<WireCommand>): void {
    if (this.#closing !== undefined) throw new DisposedError('lab', `to ${command.kind} a wire`);
    this.#requireThread();
    const sequence = this.#post(command);
    const clock = new RealClock();
    const deadline = clock.now() + COMMAND_TIMEOUT_MS;
    for (let done = Atomics.load(this.#done, 0); done < sequence; done = Atomics.load(this.#done, 0)) {
      this.#requireThread();
      const leftMs = deadline - clock.now();
      if (leftMs > 0) Atomics.wait(this.#done, 0, done, leftMs);
      else throw new TimeoutError(`The thread of the wires did not ${command.kind} within 5 s`, COMMAND_TIMEOUT_MS);
    }
  }

  /** @throws GloveboxError when the thread has ended */
  #requireThread(): void {
    if (this.#lost !== undefined) throw this.#lost;
    // It has said so itself; with what code and why comes when the event loop goes on.
    if (this.#isLost) throw toEndedError('ended');
  }

  get #isLost(): boolean {
    return Atomics.load(this.#done, 0) === THREAD_ENDED;
  }

  #lose(code: number, cause: unknown): GloveboxError {
    const how = cause === undefined ? `ended with code ${code}` : `failed: ${explainThreadFailure(cause)}`;
    const lost = toEndedError(how, cause);
    this.#lost = lost;
    for (const { reject } of this.#loading.values()) reject(lost);
    this.#loading.clear();
    return lost;
  }

  #post(command: Unnumbered<WireCommand>): number {
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#worker.postMessage({ ...command, sequence });
    wake(this.#wake.number);
    return sequence;
  }
}

function toEndedError(how: string, cause?: unknown): GloveboxError {
  const message = `The thread of the wires ${how}; no frame passes a wire of this lab any more`;
  return new GloveboxError('ERR_GLOVEBOX_THREAD_ENDED', message, { cause });
}
