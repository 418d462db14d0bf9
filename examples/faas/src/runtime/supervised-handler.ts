import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Bundle } from './bundle.ts';
import { HandlerProcess } from './handler-process.ts';
import type { StartContainer } from './start-container.ts';

/** A handler that dies at once each time must not keep the machine busy. */
const RESTART_MS = 1000;

/** A handler that is started again when it ends, at most once in a second. What comes in between it cannot take. */
export class SupervisedHandler {
  readonly #start: () => Promise<HandlerProcess>;
  readonly #onRestart: (why: string) => void;
  readonly #stopping = new AbortController();
  readonly #supervising: Promise<void>;
  #process: HandlerProcess;
  #startedMs = performance.now();

  private constructor(
    process: HandlerProcess,
    start: (signal: AbortSignal) => Promise<HandlerProcess>,
    onRestart: (why: string) => void,
  ) {
    this.#process = process;
    this.#start = () => start(this.#stopping.signal);
    this.#onRestart = onRestart;
    this.#supervising = this.#supervise();
  }

  /**
   * @param onReturned - Takes a connection that the handler had no room for.
   * @param onRestart - Is told of every end that was not asked for, and of every start that failed after it.
   * @throws FaasError UNAVAILABLE when the first start fails
   */
  static async start(
    name: string,
    startContainer: StartContainer,
    bundle: Bundle,
    onReturned: (fd: number) => void,
    onRestart: (why: string) => void,
  ): Promise<SupervisedHandler> {
    const start = (signal?: AbortSignal) => HandlerProcess.start(name, startContainer, bundle, onReturned, signal);
    return new SupervisedHandler(await start(), start, onRestart);
  }

  /** Hands a connection over, which stays open here; `false` when nobody can take it. */
  pass(fd: number): boolean {
    return this.#process.pass(fd);
  }

  /** Resolves when it has ended, with all that it has started, and will not be started again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process.stop();
    await this.#supervising;
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#stopping;
    let why = await this.#process.ended;
    while (!signal.aborted) {
      this.#onRestart(why);
      const waitMs = this.#startedMs + RESTART_MS - performance.now();
      await delay(Math.max(0, waitMs), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#startedMs = performance.now();
      try {
        this.#process = await this.#start();
        if (signal.aborted) await this.#process.stop();
        why = await this.#process.ended;
      } catch (error) {
        why = messageOf(error);
      }
    }
  }
}
