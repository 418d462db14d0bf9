import { randomInt } from 'node:crypto';
import { BusError, type BusErrorCode } from '../errors.ts';
import type { BrokerStats, Effect, Outcome, Refusal, TaskSpec, TopicStats } from '../protocol/messages.ts';
import { COLLECTOR_BACK, COLLECTOR_LOST, checkTopic } from '../protocol/topics.ts';
import type { StoredTask, TaskStore } from '../store/task-store.ts';
import type { Overflow } from './bounded-buffer.ts';
import { Outbox } from './outbox.ts';
import type { Peer } from './session.ts';
import { type LiveTask, Member, TaskQueue } from './task-queue.ts';
import type { Turns } from './turns.ts';

export interface TaskDeskOptions {
  readonly store: TaskStore;
  readonly buffer: { readonly capacity: number; readonly overflow: Overflow };
  /** How long outcomes are kept for owners who are away. */
  readonly retentionMs: number;
  readonly createTurns: () => Turns<Member>;
  /** The session of a name. */
  readonly findPeer: (name: string) => Peer | undefined;
  readonly announce: (topic: string, payload: unknown) => void;
}

const REFUSALS: Readonly<Record<'dropped' | 'rejected', readonly [BusErrorCode, string]>> = {
  dropped: ['DROPPED', 'The queue was full, and this task came last'],
  rejected: ['QUEUE_FULL', 'The queue is full'],
};
/** Leases of a broker are not those of the one before, whose collectors may still have work of its. */
const FIRST_LEASE_BELOW = 2 ** 47;

/** Takes tasks on, has them done, and tells their owners what became of them. */
export class TaskDesk {
  readonly #options: TaskDeskOptions;
  readonly #outbox: Outbox;
  readonly #queues = new Map<string, TaskQueue>();
  readonly #tasks = new Map<string, LiveTask>();
  readonly #counts = { accepted: 0, recovered: 0, done: 0, dropped: 0, refused: 0, failedOver: 0, lateEffects: 0 };
  #lastLease = randomInt(FIRST_LEASE_BELOW);

  constructor(options: TaskDeskOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.store, options.retentionMs);
    const { tasks, finished } = options.store.recover();
    for (const task of finished) this.#outbox.restore(task, performance.now());
    for (const task of tasks) {
      const live = this.#revive(task, undefined, () => {});
      this.#tasks.set(task.id, live);
      const queue = this.#queueOf(task.topic);
      if (task.to !== undefined) queue.addDirect(live, task.to);
      // Whatever the buffer has room for now: these were answered for.
      else queue.waiting.restore(live);
    }
    this.#counts.recovered = tasks.length;
  }

  stats(): { readonly topics: Readonly<Record<string, TopicStats>>; readonly tasks: BrokerStats['tasks'] } {
    const topics = Object.fromEntries([...this.#queues.values()].map((queue) => [queue.topic, queue.stats()]));
    return { topics, tasks: { ...this.#counts, unsettled: this.#outbox.size } };
  }

  /** @param decide told once, when of each task it is known whether it was taken on */
  submit(owner: Peer, tasks: readonly TaskSpec[], decide: (refused: readonly Refusal[]) => void): void {
    const refused: Refusal[] = [];
    let open = tasks.length;
    const settleOne = (): void => {
      open -= 1;
      if (open === 0) decide(refused);
    };
    const refuse = (task: string, code: BusErrorCode, message: string): void => {
      this.#counts[code === 'DROPPED' ? 'dropped' : 'refused'] += 1;
      refused.push({ task, code, message });
      settleOne();
    };
    if (open === 0) decide(refused);
    for (const task of tasks) {
      try {
        this.#take(owner, task, (refusal) => {
          if (refusal === undefined) settleOne();
          else refuse(task.id, ...REFUSALS[refusal]);
        });
      } catch (error) {
        if (!(error instanceof BusError)) throw error;
        refuse(task.id, error.code, error.message);
      }
    }
  }

  #take(owner: Peer, task: TaskSpec, decide: LiveTask['decide']): void {
    // Sent again by an owner that did not hear the answer.
    if (this.#tasks.has(task.id) || this.#outbox.has(task.id)) {
      decide();
      return;
    }
    checkTopic(task.topic);
    const queue = this.#queueOf(task.topic);
    const live = this.#revive({ ...task, owner: owner.name }, owner, decide);
    if (task.to !== undefined) {
      const member = queue.members.get(task.to);
      if (member === undefined || member.isLost)
        throw new BusError('UNKNOWN_COLLECTOR', `No collector ${task.to} is there for ${task.topic}`);
      queue.addDirect(live, task.to);
      this.#accept(live);
      return;
    }
    const offer = queue.waiting.offer(live);
    if (offer.is === 'dropped' || offer.is === 'rejected') decide(offer.is);
    else if (offer.is === 'kept') this.#accept(live);
    if ('dropped' in offer) {
      this.#counts.dropped += 1;
      this.#finish(offer.dropped, {
        ok: false,
        code: 'DROPPED',
        message: 'The queue was full, and this task was its oldest',
      });
    }
  }

  #revive(task: StoredTask, from: Peer | undefined, decide: LiveTask['decide']): LiveTask {
    return { ...task, from, lost: [], decide, lease: undefined, holder: undefined };
  }

  #accept(task: LiveTask): void {
    const { id, topic, payload, owner, to } = task;
    this.#tasks.set(id, task);
    this.#options.store.taken({ id, topic, payload, owner, ...(to !== undefined && { to }) });
    this.#counts.accepted += 1;
    task.decide();
  }

  /** Something waits, and somebody has room for it: others are waited for. */
  get isHolding(): boolean {
    return [...this.#queues.values()].some((queue) => queue.isHolding);
  }

  /** Gives out what can be given out. */
  dispatch(): void {
    for (const queue of this.#queues.values()) {
      for (let next = queue.next(); next !== undefined; next = queue.next()) {
        this.#give(...next);
        queue.waiting.admit((task) => this.#admit(task));
      }
    }
  }

  /** One whose submitter is gone is not wanted: that sends it again, or nobody waits for it. */
  #admit(task: LiveTask): boolean {
    if (task.from?.isGone === true) return false;
    this.#accept(task);
    return true;
  }

  #give(member: Member, task: LiveTask): void {
    this.#lastLease += 1;
    task.lease = this.#lastLease;
    task.holder = member;
    member.give(task, task.lease);
    const { id, topic, payload, lease } = task;
    member.peer.send({ type: 'task', task: id, topic, payload, lease });
  }

  /** What a collector made of a task. It counts for the one that the task is leased to, and once. */
  report(from: Peer, id: string, lease: number, effect: Effect): void {
    const task = this.#tasks.get(id);
    const holder = task?.holder;
    if (task === undefined || holder === undefined || task.lease !== lease || holder.peer !== from) {
      this.#counts.lateEffects += 1;
      return;
    }
    holder.take(lease);
    this.#counts.done += 1;
    const by = from.name;
    this.#finish(
      task,
      effect.ok
        ? { ok: true, payload: effect.payload, by, lost: task.lost }
        : { ok: false, code: 'TASK_FAILED', message: effect.message, by },
    );
  }

  #finish({ id, owner }: LiveTask, outcome: Outcome): void {
    this.#tasks.delete(id);
    this.#outbox.add({ id, owner, outcome }, this.#options.findPeer(owner), performance.now());
  }

  settle(ids: readonly string[]): void {
    for (const id of ids) this.#outbox.settle(id);
  }

  expire(): void {
    this.#outbox.expire(performance.now());
  }

  /** An owner is there (again). */
  greet(owner: Peer): void {
    this.#outbox.sendAll(owner);
  }

  join(peer: Peer, topic: string, window: number): void {
    checkTopic(topic);
    if (window < 1) throw new BusError('INVALID_ARGUMENT', `A window must be at least 1, not ${window}`);
    const queue = this.#queueOf(topic);
    if (queue.members.has(peer.name)) throw new BusError('PROTOCOL', `${peer.name} has joined ${topic} already`);
    queue.add(new Member(peer, window));
  }

  /** A collector is silent or gone: others do what it had. */
  lose(peer: Peer, { reason, isGone }: { readonly reason: string; readonly isGone: boolean }): void {
    for (const [queue, member] of this.#membershipsOf(peer)) {
      if (isGone) queue.members.delete(peer.name);
      if (member.isLost) continue;
      const held = queue.lose(member);
      const direct = queue.direct.get(peer.name);
      for (let task = direct?.shift(); task !== undefined; task = direct?.shift()) this.#giveUp(task, reason);
      for (const task of held.toReversed()) {
        if (task.to !== undefined) this.#giveUp(task, reason);
        else {
          task.lost.push(peer.name);
          this.#counts.failedOver += 1;
          queue.waiting.giveBack(task);
        }
      }
      this.#options.announce(COLLECTOR_LOST, { name: peer.name, topic: queue.topic, reason, tasks: held.length });
    }
  }

  /** Nobody has come for tasks that only one collector may do, since the broker was started. */
  giveUpOnAbsent(): void {
    for (const { direct, members } of this.#queues.values()) {
      for (const [name, tasks] of direct) {
        if (members.has(name)) continue;
        for (let task = tasks.shift(); task !== undefined; task = tasks.shift())
          this.#giveUp(task, 'it has not come back');
      }
    }
  }

  #giveUp(task: LiveTask, reason: string): void {
    this.#finish(task, { ok: false, code: 'COLLECTOR_LOST', message: `${task.to} was lost: ${reason}` });
  }

  /** One that was silent is heard again. */
  welcomeBack(peer: Peer): void {
    for (const [queue, member] of this.#membershipsOf(peer)) {
      if (!member.isLost) continue;
      queue.welcomeBack(member);
      this.#options.announce(COLLECTOR_BACK, { name: peer.name, topic: queue.topic });
    }
  }

  #membershipsOf(peer: Peer): readonly (readonly [TaskQueue, Member])[] {
    return [...this.#queues.values()].flatMap((queue) => {
      const member = queue.members.get(peer.name);
      return member?.peer === peer ? [[queue, member] as const] : [];
    });
  }

  #queueOf(topic: string): TaskQueue {
    const found = this.#queues.get(topic);
    if (found !== undefined) return found;
    const queue = new TaskQueue(topic, this.#options.buffer, this.#options.createTurns());
    this.#queues.set(topic, queue);
    return queue;
  }
}
