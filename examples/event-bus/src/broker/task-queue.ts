import type { MemberStats, TopicStats } from '../protocol/messages.ts';
import type { StoredTask } from '../store/task-store.ts';
import { BoundedBuffer, type Overflow } from './bounded-buffer.ts';
import { Deque } from './deque.ts';
import type { Peer } from './session.ts';
import type { Taker, Turns } from './turns.ts';

/** Who has done nothing for so long is not waited for. */
export const STUCK_MS = 500;

/** A task that is on its way. */
export interface LiveTask extends StoredTask {
  /** Collectors that had it, and were lost. */
  readonly lost: string[];
  /** Who submitted it; missing for those of the store. */
  readonly from: Peer | undefined;
  /** Told once, when it was taken on or refused. */
  readonly decide: (refusal?: 'dropped' | 'rejected') => void;
  lease: number | undefined;
  holder: Member | undefined;
}

/** A collector in the group of a topic. */
export class Member implements Taker {
  readonly peer: Peer;
  readonly window: number;
  readonly held = new Map<number, LiveTask>();
  given = 0;
  done = 0;
  isLost = false;
  /** When it was last seen to get on with its work, or had none. */
  #progressMs = performance.now();

  constructor(peer: Peer, window: number) {
    this.peer = peer;
    this.window = window;
  }

  get hasRoom(): boolean {
    return this.held.size < this.window;
  }

  get isStuck(): boolean {
    return this.held.size > 0 && performance.now() - this.#progressMs > STUCK_MS;
  }

  give(task: LiveTask, lease: number): void {
    if (this.held.size === 0) this.#progressMs = performance.now();
    this.held.set(lease, task);
    this.given += 1;
  }

  take(lease: number): void {
    this.held.delete(lease);
    this.done += 1;
    this.#progressMs = performance.now();
  }

  stats(): MemberStats {
    const { peer, held, given, done, isLost } = this;
    return { name: peer.name, held: held.size, given, done, state: isLost ? 'lost' : 'present' };
  }
}

/** The tasks of a topic, and the group that does them. */
export class TaskQueue {
  readonly topic: string;
  readonly waiting: BoundedBuffer<LiveTask>;
  readonly members = new Map<string, Member>();
  /** Tasks for one collector only, by its name. */
  readonly direct = new Map<string, Deque<LiveTask>>();
  readonly #turns: Turns<Member>;

  constructor(topic: string, buffer: { readonly capacity: number; readonly overflow: Overflow }, turns: Turns<Member>) {
    this.topic = topic;
    this.waiting = new BoundedBuffer(buffer.capacity, buffer.overflow);
    this.#turns = turns;
  }

  add(member: Member): void {
    this.members.set(member.peer.name, member);
    this.#turns.add(member);
  }

  /** It gets no more; what it had is given back: to the front, in the order in which it was. */
  lose(member: Member): readonly LiveTask[] {
    member.isLost = true;
    this.#turns.delete(member);
    const tasks = [...member.held.values()];
    member.held.clear();
    for (const task of tasks) task.holder = undefined;
    return tasks;
  }

  welcomeBack(member: Member): void {
    member.isLost = false;
    this.#turns.add(member);
  }

  addDirect(task: LiveTask, to: string): void {
    const tasks = this.direct.get(to) ?? new Deque<LiveTask>();
    this.direct.set(to, tasks);
    tasks.push(task);
  }

  /** Something waits, and somebody has room for it: another is waited for. */
  get isHolding(): boolean {
    return this.waiting.size > 0 && [...this.members.values()].some((member) => !member.isLost && member.hasRoom);
  }

  /** The next task and who is to do it; `undefined` when nothing waits, or nobody has room. */
  next(): readonly [Member, LiveTask] | undefined {
    for (const [name, tasks] of this.direct) {
      const member = this.members.get(name);
      if (member === undefined || member.isLost || !member.hasRoom) continue;
      const task = tasks.shift();
      if (task !== undefined) return [member, task];
      this.direct.delete(name);
    }
    if (this.waiting.size === 0) return undefined;
    const member = this.#turns.next();
    const task = member && this.waiting.take();
    return member && task && [member, task];
  }

  stats(): TopicStats {
    const direct = [...this.direct.values()].reduce((sum, { size }) => sum + size, 0);
    const members = [...this.members.values()].map((member) => member.stats());
    return { waiting: this.waiting.size + direct, blocked: this.waiting.blocked, members };
  }
}
