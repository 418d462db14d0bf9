import type { Timer } from '../clock.ts';
import { Connection, type ConnectionOptions } from '../connection/connection.ts';
import type { DeliveredMessage, WorkerFigures } from '../protocol/messages.ts';
import { type Checkpoint, rankOf, type Task } from '../task.ts';
import { TaskRun } from './task-run.ts';

export interface WorkerOptions extends Omit<ConnectionOptions, 'role' | 'onMessage' | 'slots'> {
  /** How many tasks it does at once. */
  readonly slots: number;
  /** How often it tells of itself. @defaultValue 1000 */
  readonly figuresMs?: number;
}

/** A checkpoint is worth less than any result. */
const CHECKPOINT_PRIORITY = 3;

/** Does what it is assigned, whether it is connected or not, and tells the coordinator when it is. */
export class Worker {
  readonly connection: Connection;
  readonly #options: WorkerOptions;
  readonly #runs = new Map<string, { readonly attempt: number; readonly run: TaskRun }>();
  #figuresTimer: Timer | undefined;
  #tasksDone = 0;
  #checkpointsCreated = 0;
  #checkpointsRestored = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.connection = new Connection({ ...options, role: 'worker', onMessage: (message) => this.#take(message) });
  }

  start(): void {
    this.connection.open();
    this.#scheduleFigures();
  }

  /** At once: whatever it does is for others to do again, from the last checkpoint. */
  stop(): void {
    this.#figuresTimer?.cancel();
    for (const { run } of this.#runs.values()) run.cancel();
    this.#runs.clear();
    this.connection.close();
  }

  figures(): WorkerFigures {
    const { counts, traffic } = this.connection;
    return {
      connectionAttempts: counts.attempts,
      connections: counts.connections,
      reconnections: counts.reconnections,
      reconnectMs: counts.reconnectMs,
      tasksDone: this.#tasksDone,
      checkpointsCreated: this.#checkpointsCreated,
      checkpointsRestored: this.#checkpointsRestored,
      messagesSent: traffic.messagesSent,
      messagesReceived: traffic.messagesReceived,
      plainBytes: traffic.plainBytes,
      wireBytes: traffic.wireBytes,
      residentBytes: process.memoryUsage.rss(),
    };
  }

  #take(message: DeliveredMessage): void {
    if (message.type === 'assign') this.#begin(message.task, message.attempt, message.checkpoint);
    if (message.type === 'cancel') this.#cancel(message.taskId, message.attempt);
  }

  #begin(task: Task, attempt: number, checkpoint: Checkpoint | undefined): void {
    const { clock, log } = this.#options;
    // It may be given back a task that was taken from it a moment ago.
    this.#runs.get(task.id)?.run.cancel();
    if (checkpoint !== undefined) this.#checkpointsRestored += 1;
    log('begin', { task: task.id, attempt, step: checkpoint?.step ?? 0 });
    const beganMs = clock.now();
    const run = new TaskRun(task, checkpoint, clock, {
      onCheckpoint: (made) => {
        this.#checkpointsCreated += 1;
        this.connection.send({ type: 'checkpoint', taskId: task.id, attempt, checkpoint: made }, CHECKPOINT_PRIORITY);
      },
      onEnd: (isDone, value) => {
        this.#runs.delete(task.id);
        const tookMs = clock.now() - beganMs;
        if (isDone) this.#tasksDone += 1;
        log('end', { task: task.id, attempt, isDone, tookMs });
        this.connection.send(
          { type: 'result', taskId: task.id, attempt, isDone, value, tookMs },
          rankOf(task.priority),
        );
      },
    });
    this.#runs.set(task.id, { attempt, run });
  }

  #cancel(taskId: string, attempt: number): void {
    const current = this.#runs.get(taskId);
    if (current?.attempt !== attempt) return;
    current.run.cancel();
    this.#runs.delete(taskId);
    this.#options.log('cancelled', { task: taskId, attempt });
  }

  #scheduleFigures(): void {
    const { clock, figuresMs = 1000 } = this.#options;
    this.#figuresTimer = clock.setTimer(() => {
      this.connection.sendPassing({ type: 'figures', figures: this.figures() });
      this.#scheduleFigures();
    }, figuresMs);
  }
}
