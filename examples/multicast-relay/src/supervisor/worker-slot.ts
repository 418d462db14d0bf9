import type { WorkerStatus } from '../stats.ts';
import type { WorkerOrder, WorkerReport } from '../worker/messages.ts';
import { RestartPolicy } from './restart-policy.ts';
import { type WorkerKind, WorkerProcess } from './worker-process.ts';

/** What a slot is made with. */
export interface WorkerSlotOptions {
  readonly kind: WorkerKind;
  readonly runDirectory: string;
  /** A process was started that knows nothing yet. */
  readonly onStart: (worker: WorkerProcess, generation: number) => void;
  readonly onReport: (report: WorkerReport) => void;
  /** It has died; its memory is still there. */
  readonly onDeath: (worker: WorkerProcess, generation: number, how: string) => void;
}

/** The place of a worker: there is at most one process in it, and another when that died. */
export class WorkerSlot {
  readonly #options: WorkerSlotOptions;
  readonly #policy = new RestartPolicy();
  #worker: WorkerProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #generation = 0;
  #isStopping = false;
  #lastExit = '';

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
  }

  /** From 1; 0 before the first. */
  get generation(): number {
    return this.#generation;
  }

  get restarts(): number {
    return Math.max(0, this.#generation - 1);
  }

  /** The process that runs; `undefined` when none does. */
  get worker(): WorkerProcess | undefined {
    return this.#worker;
  }

  /** Whether its worker is to end. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  get isStarted(): boolean {
    return this.#worker?.isStarted === true;
  }

  get status(): WorkerStatus {
    return { state: this.#state, pid: this.#worker?.pid, lastExit: this.#lastExit };
  }

  get #state(): WorkerStatus['state'] {
    if (this.#generation === 0) return 'not started';
    if (this.#worker !== undefined) return this.#worker.isStarted ? 'running' : 'starting';
    return this.#isStopping ? 'stopped' : 'restarting';
  }

  start(): void {
    const { kind, runDirectory, onStart, onReport, onDeath } = this.#options;
    this.#generation += 1;
    const generation = this.#generation;
    const worker = new WorkerProcess({
      kind,
      runDirectory,
      onReport,
      onExit: (how) => {
        this.#worker = undefined;
        this.#lastExit = how;
        onDeath(worker, generation, how);
        worker.forget();
        if (this.#isStopping) return;
        const delayMs = this.#policy.delayMs(performance.now() - worker.startedMs);
        this.#timer = setTimeout(() => this.start(), delayMs);
      },
    });
    this.#worker = worker;
    onStart(worker, generation);
  }

  send(order: WorkerOrder): void {
    this.#worker?.send(order);
  }

  /** Ends it for good; resolves with whether it had to be killed. */
  async stop(timeoutMs: number): Promise<boolean> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    return (await this.#worker?.stop(timeoutMs)) ?? false;
  }
}
