import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createSharedFile, SharedMemory } from '../system/shared-memory.ts';
import { JsonLines } from '../worker/json-lines.ts';
import type { WorkerOrder, WorkerReport } from '../worker/messages.ts';
import { WORKER_MEMORY_BYTES } from '../worker/worker-memory.ts';

export type WorkerKind = 'ingress' | 'egress';

/** What a worker is started with. */
export interface WorkerProcessOptions {
  readonly kind: WorkerKind;
  /** Where its memory is made; no name of it remains. */
  readonly runDirectory: string;
  readonly onReport: (report: WorkerReport) => void;
  /** It is gone; its memory can be read until {@link WorkerProcess.forget}. */
  readonly onExit: (how: string) => void;
}

/** A worker: its process, the conversation with it, and its memory, which outlives it. */
export class WorkerProcess {
  readonly memory: SharedMemory;
  readonly pid: number | undefined;
  readonly startedMs = performance.now();
  readonly #child: ChildProcess;
  readonly #lines: JsonLines<WorkerReport, WorkerOrder>;
  readonly #ended: Promise<void>;
  #isStarted = false;

  constructor({ kind, runDirectory, onReport, onExit }: WorkerProcessOptions) {
    const program = fileURLToPath(new URL(`../${kind}/main.ts`, import.meta.url));
    const fd = createSharedFile(`${runDirectory}/${kind}.memory`, WORKER_MEMORY_BYTES);
    try {
      this.memory = new SharedMemory(fd, WORKER_MEMORY_BYTES);
      // The directory tells a reader of ps(1) whose worker it is.
      this.#child = spawn(process.execPath, [program, runDirectory], {
        stdio: ['ignore', 'ignore', 'inherit', 'pipe', fd],
      });
    } finally {
      closeSync(fd);
    }
    this.pid = this.#child.pid;
    const control = this.#child.stdio[3];
    if (!(control instanceof Duplex)) throw new TypeError('Node gave no pipe to the worker');
    // A worker that was killed may have been spoken to: its exit tells all there is to tell.
    control.on('error', () => {});
    this.#lines = new JsonLines(control, (report) => {
      if (report.report === 'started') this.#isStarted = true;
      onReport(report);
    });
    this.#ended = new Promise((resolve) => {
      let isTold = false;
      const end = (how: string): void => {
        if (isTold) return;
        isTold = true;
        onExit(how);
        resolve();
      };
      this.#child.once('error', (error) => end(`could not be started: ${error.message}`));
      // With `close`, unlike `exit`, everything that it said has been heard.
      this.#child.once('close', (code, signal) =>
        end(signal === null ? `exited with ${code}` : `was killed by ${signal}`),
      );
    });
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  send(order: WorkerOrder): void {
    this.#lines.send(order);
  }

  /** Lets it finish, and kills it when it takes too long; resolves with whether that was needed. */
  async stop(timeoutMs: number): Promise<boolean> {
    this.send({ order: 'stop' });
    let wasKilled = false;
    const timer = setTimeout(() => {
      wasKilled = this.#child.kill('SIGKILL');
    }, timeoutMs);
    await this.#ended;
    clearTimeout(timer);
    return wasKilled;
  }

  /** Gives its memory back. */
  forget(): void {
    this.memory.close();
  }
}
