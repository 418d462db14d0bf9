import type { Worker } from 'node:worker_threads';
import { GloveboxError } from '../../core/errors.js';
import { explainThreadFailure } from '../../native/explain-netns-refusal.js';
import { wake } from '../../native/poller.js';
import { startThread } from '../../native/start-thread.js';
import type { CaptureCommand, CaptureReport, CaptureThreadData, FrameChunk } from './capture-protocol.js';

/** The last word of the thread. */
export type StoppedReport = Extract<CaptureReport, { readonly kind: 'stopped' }>;

/** The thread of a capture, as the test's own thread speaks with it. */
export class CaptureThread {
  /** Resolves when the thread has ended. Rejects when it failed. */
  readonly stopped: Promise<StoppedReport>;
  readonly #worker: Worker;
  readonly #wakeFd: number;
  readonly #reads = new Map<number, (chunks: readonly FrameChunk[] | undefined) => void>();
  #last = 0;
  #isStopping = false;
  #hasEnded = false;

  constructor(data: CaptureThreadData) {
    const worker = startThread('netns/capture/capture-thread', data);
    this.#worker = worker;
    this.#wakeFd = data.wakeFd;
    this.stopped = new Promise((resolve, reject) => {
      let report: StoppedReport | undefined;
      worker.on('message', (message: CaptureReport) => {
        if (message.kind === 'stopped') report = message;
        else this.#settle(message.id, message.chunks);
      });
      worker.once('error', (error) =>
        reject(
          new GloveboxError(
            'ERR_GLOVEBOX_THREAD_ENDED',
            `the capturing thread failed: ${explainThreadFailure(error)}`,
            {
              cause: error,
            },
          ),
        ),
      );
      worker.once('exit', (code) => {
        this.#hasEnded = true;
        for (const id of [...this.#reads.keys()]) this.#settle(id, undefined);
        if (report !== undefined) resolve(report);
        else reject(new GloveboxError('ERR_GLOVEBOX_THREAD_ENDED', `the capturing thread ended with code ${code}`));
      });
    });
    // Who stops it is told.
    this.stopped.catch(() => undefined);
  }

  /**
   * The frames from a number on: those that have come before this call, or as soon as there is one. `undefined` when it was
   * called off, or the thread has ended.
   */
  async read(from: number, until: 'now' | 'next', signal?: AbortSignal): Promise<readonly FrameChunk[] | undefined> {
    if (this.#hasEnded) return undefined;
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise<readonly FrameChunk[] | undefined>((resolve) => this.#reads.set(id, resolve));
    const cancel = (): void => {
      this.#post({ kind: 'cancel', id });
      this.#settle(id, undefined);
    };
    if (signal?.aborted) cancel();
    else {
      signal?.addEventListener('abort', cancel, { once: true });
      this.#worker.ref();
      this.#post({ kind: 'read', id, from, until });
    }
    return answer.finally(() => signal?.removeEventListener('abort', cancel));
  }

  /** Lets it take in what has come, and end. */
  stop(): Promise<StoppedReport> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      this.#worker.ref();
      this.#post({ kind: 'stop' });
    }
    return this.stopped;
  }

  #settle(id: number, chunks: readonly FrameChunk[] | undefined): void {
    this.#reads.get(id)?.(chunks);
    this.#reads.delete(id);
    if (this.#reads.size === 0 && !this.#isStopping) this.#worker.unref();
  }

  #post(command: CaptureCommand): void {
    this.#worker.postMessage(command);
    wake(this.#wakeFd);
  }
}
