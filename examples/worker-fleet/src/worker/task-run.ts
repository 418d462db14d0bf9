import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../clock.ts';
import type { Checkpoint, Task } from '../task.ts';

export interface TaskRunEvents {
  onCheckpoint(checkpoint: Checkpoint): void;
  onEnd(isDone: boolean, value: string): void;
}

/** Does a task, step by step, from its beginning or from a checkpoint. */
export class TaskRun {
  readonly task: Task;
  readonly #clock: Clock;
  readonly #events: TaskRunEvents;
  #at: Checkpoint;
  #timer: Timer | undefined;

  constructor(task: Task, from: Checkpoint | undefined, clock: Clock, events: TaskRunEvents) {
    this.task = task;
    this.#at = from ?? beginning(task);
    this.#clock = clock;
    this.#events = events;
    this.#schedule();
  }

  /** Stops it; nothing is heard of it any more. */
  cancel(): void {
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(() => this.#step(), this.task.stepMs);
  }

  #step(): void {
    const { task } = this;
    if (task.input === '') {
      this.#events.onEnd(false, 'there is no input');
      return;
    }
    this.#at = takeStep(task, this.#at);
    const { step, digest } = this.#at;
    if (step >= task.steps) {
      this.#events.onEnd(true, digest);
      return;
    }
    if (task.checkpointEvery > 0 && step % task.checkpointEvery === 0) this.#events.onCheckpoint(this.#at);
    this.#schedule();
  }
}

/** What comes out of a task, wherever and in however many pieces it is done. */
export function solve(task: Task): string {
  let at = beginning(task);
  while (at.step < task.steps) at = takeStep(task, at);
  return at.digest;
}

function beginning({ input }: Task): Checkpoint {
  return { step: 0, digest: digestOf(input), records: '' };
}

/** Each step depends on all before it, so that one that was left out or done twice shows in the result. */
function takeStep({ id, steps, recordBytes }: Task, { step, digest, records }: Checkpoint): Checkpoint {
  const next = digestOf(`${digest} ${step}`);
  const record = `task ${id} step ${step + 1} of ${steps} digest ${next.slice(0, 16)} status ok `;
  return {
    step: step + 1,
    digest: next,
    records: records + record.repeat(Math.ceil(recordBytes / record.length)).slice(0, recordBytes),
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
