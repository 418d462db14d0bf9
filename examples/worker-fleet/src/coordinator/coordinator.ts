import type { Clock } from '../clock.ts';
import { Channel, DEFAULT_HEARTBEAT, type HeartbeatOptions } from '../connection/channel.ts';
import { Traffic } from '../connection/traffic.ts';
import type { Accept, Transport } from '../connection/transport.ts';
import { FleetError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { PriorityQueue, type Queue } from '../priority-queue.ts';
import { type DeliveredMessage, encode } from '../protocol/messages.ts';
import { type Checkpoint, checkTask, type Outcome, rankOf, type Task } from '../task.ts';
import { CoordinatorMetrics } from './coordinator-metrics.ts';
import { Handshake, type Introduced } from './handshake.ts';
import type { Peer } from './peer.ts';
import { type CreateInbox, Peers } from './peers.ts';
import type { Store, StoredTask } from './store.ts';

export interface CoordinatorOptions {
  readonly store: Store;
  readonly secret: string;
  readonly clock: Clock;
  readonly log: Log;
  /** @defaultValue a word every 5 s, dead after 15 s */
  readonly heartbeat?: HeartbeatOptions;
  /** How long a worker may be away until others get its tasks. @defaultValue 10000 */
  readonly leaseMs?: number;
  /** How many workers may lose a task until it has failed. @defaultValue 10 */
  readonly maxAttempts?: number;
  /** How long others may take to introduce themselves. @defaultValue 5000 */
  readonly handshakeMs?: number;
  /**
   * How long it is known how a task ended, for another run of the client that submits it once more. Then its id is free.
   * Who has not heard of the outcome yet does so all the same.
   *
   * @defaultValue 600000, ten minutes
   */
  readonly retentionMs?: number;
  /** What waits for a worker. @defaultValue a {@link PriorityQueue} */
  readonly pending?: Queue<OpenTask>;
  /** Knows what has come from one run of a worker or a client. @defaultValue an {@link Inbox} */
  readonly createInbox?: CreateInbox;
}

const RETENTION_MS = 600_000;
/** Looks at what may be forgotten, for each time of retention. */
const LOOKS_PER_RETENTION = 10;

/** A task that is not finished. */
export type OpenTask = { -readonly [Field in keyof StoredTask]: StoredTask[Field] };

/** Gives tasks to workers, and their outcomes to clients, whoever of them comes and goes. */
export class Coordinator {
  readonly traffic = new Traffic();
  readonly metrics: CoordinatorMetrics;
  readonly #options: CoordinatorOptions;
  readonly #store: Store;
  readonly #log: Log;
  readonly #peers: Peers;
  readonly #tasks = new Map<string, OpenTask>();
  readonly #pending: Queue<OpenTask>;
  #lastForgotMs: number;
  #turns = 0;
  #isClosed = false;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#log = options.log;
    this.#pending = options.pending ?? new PriorityQueue();
    this.#lastForgotMs = options.clock.now();
    this.#peers = new Peers(options.store, options.createInbox);
    this.metrics = new CoordinatorMetrics({
      traffic: this.traffic,
      workers: () =>
        this.#peers
          .workers()
          .map(({ name, channel, figures }) => ({ name, isConnected: channel !== undefined, figures })),
      pending: () => this.#pending.size,
      running: () => this.#peers.workers().reduce((count, { running }) => count + running.size, 0),
    });
    this.#recover();
  }

  /** Takes a connection. */
  readonly accept: Accept = (transport) => {
    const { secret, clock, handshakeMs: timeoutMs = 5000 } = this.#options;
    const handshake = new Handshake({ transport, secret, clock, timeoutMs });
    let peer: Peer | undefined;
    let channel: Channel | undefined;
    return {
      onFrame: (frame) => {
        if (channel !== undefined) {
          channel.receive(frame);
          return;
        }
        try {
          const introduced = handshake.read(frame);
          peer = this.#admit(introduced);
          channel = this.#connect(peer, introduced, transport);
        } catch (error) {
          if (!(error instanceof FleetError)) throw error;
          this.metrics.connections.add(1, { result: 'refused' });
          this.#log('refused', { reason: error.message });
          transport.send(encode({ type: 'refused', reason: messageOf(error) }));
          transport.close(error.message);
        }
      },
      onClose: (reason) => {
        handshake.cancel();
        channel?.stop();
        if (peer !== undefined && peer.channel === channel && !this.#isClosed) this.#disconnect(peer, reason);
      },
    };
  };

  /** Ends all connections. What is stored is for the next to go on from. */
  close(): void {
    this.#isClosed = true;
    this.#peers.close('the coordinator stops');
    this.#store.close();
  }

  #recover(): void {
    const { submitted, done, failed } = this.#store.countTasks();
    this.metrics.submitted.add(submitted);
    this.metrics.done.add(done);
    this.metrics.failed.add(failed);
    for (const stored of this.#store.openTasks()) {
      const open: OpenTask = { ...stored };
      this.#tasks.set(open.task.id, open);
      const worker = this.#peers.find(open.worker);
      if (worker === undefined) this.#pending.push(open, rankOf(open.task.priority), open.sequence);
      else worker.running.add(open.task.id);
    }
    for (const worker of this.#peers.workers()) this.#startLease(worker);
    if (submitted > 0) this.#log('recovered', { open: this.#tasks.size, done, failed });
  }

  #admit({ role, name, stream, slots }: Introduced): Peer {
    const known = this.#peers.find(stream);
    const before = this.#peers.runsOf(role, name);
    const peer = known ?? this.#peers.add({ stream, role, name });
    peer.slots = slots;
    if (known === undefined) for (const each of before) this.#retire(each, peer);
    return peer;
  }

  /** An earlier run of the same program, which will not come back. */
  #retire(earlier: Peer, now: Peer): void {
    earlier.channel?.close('another run of it has connected');
    earlier.channel = undefined;
    this.#peers.remove(earlier);
    for (const id of earlier.running) this.#requeue(id);
    if (now.role === 'client')
      for (const { message, priority } of earlier.outbox.pending()) this.#peers.post(now, message, priority);
  }

  #connect(peer: Peer, { keys, welcome }: Introduced, transport: Transport): Channel {
    const { clock, heartbeat = DEFAULT_HEARTBEAT } = this.#options;
    const { outbox, inbox, stream, role, name } = peer;
    peer.channel?.close('it has connected again');
    peer.lease?.cancel();
    this.metrics.connections.add(1, { result: 'accepted' });
    this.#log('connected', { role, name });
    transport.send(welcome);
    const { traffic } = this;
    const channel = new Channel({
      ...{ transport, keys: { send: keys.fromCoordinator, receive: keys.toCoordinator }, outbox, inbox },
      ...{ traffic, clock, heartbeat },
      onMessage: (message) => {
        this.#peers.touch(peer);
        this.#take(peer, message);
      },
      onPassing: (message) => {
        if (message.type === 'figures') peer.figures = message.figures;
      },
      onAcknowledged: (ids, tookMs) => {
        for (const id of ids) this.#store.removeOutgoing(stream, id);
        for (const ms of tookMs) this.metrics.deliverySeconds.observe(ms / 1000);
      },
      whenDurable: (then) => this.#store.afterCommit(then),
    });
    peer.channel = channel;
    this.#dispatch();
    return channel;
  }

  #disconnect(peer: Peer, reason: string): void {
    peer.channel = undefined;
    this.#log('disconnected', { role: peer.role, name: peer.name, reason });
    this.#startLease(peer);
  }

  #startLease(peer: Peer): void {
    const { clock, leaseMs = 10_000 } = this.#options;
    peer.lease?.cancel();
    peer.lease = clock.setTimer(() => {
      if (peer.running.size === 0) return;
      this.#log('lease ended', { name: peer.name, tasks: peer.running.size });
      for (const id of peer.running) {
        const open = this.#tasks.get(id);
        // It may be doing them: it hears of this when it comes back.
        if (open !== undefined) this.#cancel(peer, open);
        this.#requeue(id);
      }
      peer.running.clear();
      this.#dispatch();
    }, leaseMs);
  }

  #take(peer: Peer, message: DeliveredMessage): void {
    const isWorker = peer.role === 'worker';
    if (message.type === 'submit' && !isWorker) this.#submit(peer, message.task);
    else if (message.type === 'checkpoint' && isWorker) this.#keep(message.taskId, message.attempt, message.checkpoint);
    else if (message.type === 'result' && isWorker) this.#finish(peer, message.taskId, message);
    else throw new FleetError('PROTOCOL', `a ${peer.role} sends no message "${message.type}"`);
    this.#dispatch();
  }

  #submit(client: Peer, task: Task): void {
    checkTask(task);
    const nowMs = this.#options.clock.now();
    const sequence = this.#store.addTask(task, client.name, nowMs);
    if (sequence === undefined) {
      this.#tellAgain(client, task);
      return;
    }
    this.metrics.submitted.add();
    this.#log('submit', { task: task.id, priority: task.priority });
    const open = { task, client: client.name, sequence, submittedMs: nowMs, attempt: 0, worker: undefined };
    this.#tasks.set(task.id, open);
    this.#pending.push(open, rankOf(task.priority), sequence);
  }

  /** Who submits a task that has ended does not know how: another run of the client was told. */
  #tellAgain(client: Peer, { id, priority }: Task): void {
    const outcome = this.#store.findOutcome(id);
    if (outcome !== undefined) this.#peers.post(client, { type: 'outcome', outcome }, rankOf(priority));
  }

  #keep(taskId: string, attempt: number, checkpoint: Checkpoint): void {
    // One of an attempt that was given up is as good as any: work depends on the task alone.
    if (!this.#tasks.has(taskId)) return;
    this.metrics.checkpointsCreated.add();
    this.#store.saveCheckpoint(taskId, checkpoint);
    this.#log('checkpoint', { task: taskId, attempt, step: checkpoint.step });
  }

  #finish(worker: Peer, taskId: string, { isDone, value }: { readonly isDone: boolean; readonly value: string }): void {
    const open = this.#tasks.get(taskId);
    worker.running.delete(taskId);
    if (open === undefined) {
      this.metrics.superseded.add();
      return;
    }
    // Another may do it too, if this one was away for long.
    const other = this.#peers.find(open.worker);
    if (other?.running.delete(taskId)) this.#cancel(other, open);
    this.#conclude(open, { taskId, isDone, value, worker: worker.name, attempts: open.attempt });
  }

  #conclude(open: OpenTask, outcome: Outcome): void {
    const { id, priority } = open.task;
    const nowMs = this.#options.clock.now();
    this.#tasks.delete(id);
    this.#store.finishTask(outcome, nowMs);
    this.#forget(nowMs);
    (outcome.isDone ? this.metrics.done : this.metrics.failed).add();
    this.metrics.taskSeconds.observe((nowMs - open.submittedMs) / 1000, { priority });
    const client = this.#peers.runsOf('client', open.client).at(-1);
    if (client !== undefined) this.#peers.post(client, { type: 'outcome', outcome }, rankOf(priority));
  }

  /** What nobody asks for any more; now and then, so that it costs little. */
  #forget(nowMs: number): void {
    const { retentionMs = RETENTION_MS } = this.#options;
    if (nowMs - this.#lastForgotMs < retentionMs / LOOKS_PER_RETENTION) return;
    this.#lastForgotMs = nowMs;
    this.#store.forgetTasks(nowMs - retentionMs);
  }

  #cancel(worker: Peer, { task, attempt }: OpenTask): void {
    // As urgent as the task was, so that it comes behind it.
    this.#peers.post(worker, { type: 'cancel', taskId: task.id, attempt }, rankOf(task.priority));
  }

  #requeue(taskId: string): void {
    const open = this.#tasks.get(taskId);
    if (open === undefined) return;
    this.metrics.requeued.add();
    open.worker = undefined;
    const { maxAttempts = 10 } = this.#options;
    if (open.attempt >= maxAttempts) {
      const value = `given up after ${open.attempt} workers`;
      this.#conclude(open, { taskId, isDone: false, value, worker: '', attempts: open.attempt });
      return;
    }
    this.#store.assignTask(taskId, undefined, open.attempt);
    this.#pending.push(open, rankOf(open.task.priority), open.sequence);
  }

  /** Gives what waits to those that can take it, the most urgent to the one with the most room. */
  #dispatch(): void {
    for (;;) {
      const open = this.#pending.peek();
      if (open === undefined) return;
      if (!this.#tasks.has(open.task.id)) {
        // Its result has come meanwhile from a worker that had been given up.
        this.#pending.pop();
        continue;
      }
      const worker = this.#peers.findRoom();
      if (worker === undefined) return;
      this.#pending.pop();
      this.#assign(open, worker);
    }
  }

  #assign(open: OpenTask, worker: Peer): void {
    const { task } = open;
    open.attempt += 1;
    open.worker = worker.stream;
    this.#turns += 1;
    worker.lastTurn = this.#turns;
    worker.running.add(task.id);
    this.#store.assignTask(task.id, worker.stream, open.attempt);
    if (open.attempt === 1) {
      const waitedMs = this.#options.clock.now() - open.submittedMs;
      this.metrics.waitSeconds.observe(waitedMs / 1000, { priority: task.priority });
    }
    const checkpoint = open.attempt === 1 ? undefined : this.#store.findCheckpoint(task.id);
    if (checkpoint !== undefined) this.metrics.checkpointsRestored.add();
    const step = checkpoint?.step ?? 0;
    this.#log('assign', { task: task.id, priority: task.priority, worker: worker.name, attempt: open.attempt, step });
    const message = { type: 'assign' as const, task, attempt: open.attempt };
    this.#peers.post(worker, checkpoint === undefined ? message : { ...message, checkpoint }, rankOf(task.priority));
  }
}
