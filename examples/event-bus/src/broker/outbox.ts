import type { FinishedTask, TaskStore } from '../store/task-store.ts';
import type { Peer } from './session.ts';

/** Outcomes that their owners have not taken yet; those who are away get them when they are back. */
export class Outbox {
  readonly #store: TaskStore;
  readonly #retentionMs: number;
  /** By the id of the task, oldest first. */
  readonly #finished = new Map<string, FinishedTask & { readonly atMs: number }>();

  constructor(store: TaskStore, retentionMs: number) {
    this.#store = store;
    this.#retentionMs = retentionMs;
  }

  get size(): number {
    return this.#finished.size;
  }

  has(id: string): boolean {
    return this.#finished.has(id);
  }

  add(task: FinishedTask, owner: Peer | undefined, atMs: number): void {
    this.#store.finished(task);
    this.restore(task, atMs);
    owner?.send({ type: 'outcome', task: task.id, outcome: task.outcome });
  }

  /** What was in the store already. */
  restore(task: FinishedTask, atMs: number): void {
    this.#finished.set(task.id, { ...task, atMs });
  }

  sendAll(owner: Peer): void {
    for (const { id, outcome, owner: name } of this.#finished.values())
      if (name === owner.name) owner.send({ type: 'outcome', task: id, outcome });
  }

  /** Its owner knows. */
  settle(id: string): void {
    if (this.#finished.delete(id)) this.#store.settled(id);
  }

  /** Nobody came for those that are too old. */
  expire(nowMs: number): void {
    for (const { id, atMs } of this.#finished.values()) {
      if (nowMs - atMs < this.#retentionMs) return;
      this.settle(id);
    }
  }
}
