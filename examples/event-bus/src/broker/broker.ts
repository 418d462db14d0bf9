import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { isFile } from '../address.ts';
import { BusError, isErrno } from '../errors.ts';
import { checkMessage } from '../protocol/check-message.ts';
import { type BrokerStats, PROTOCOL, type ToBroker } from '../protocol/messages.ts';
import { NoStore, type TaskStore } from '../store/task-store.ts';
import type { Overflow } from './bounded-buffer.ts';
import { MessageBoard } from './message-board.ts';
import { Session } from './session.ts';
import { TaskDesk } from './task-desk.ts';
import { type Member, STUCK_MS } from './task-queue.ts';
import { FairTurns, type Turns } from './turns.ts';

/** How a broker works. */
export interface BrokerOptions {
  /** A socket or a pipe: what `resolveAddress` gives. */
  readonly address: string;
  /** @defaultValue none: tasks are lost with the broker */
  readonly store?: TaskStore;
  /** How often everybody tells that it is alive, in milliseconds. @defaultValue 10000 */
  readonly heartbeatMs?: number;
  /** After how many intervals of silence a collector is lost. @defaultValue 2.25 */
  readonly patience?: number;
  /** What waits for each topic. @defaultValue 65536, and publishers wait for room */
  readonly buffer?: { readonly capacity: number; readonly overflow: Overflow };
  /** How long outcomes are kept for clients that are away, in milliseconds. @defaultValue 600000 */
  readonly retentionMs?: number;
  /** Who of a group is next. @defaultValue those who had the fewest turns */
  readonly createTurns?: () => Turns<Member>;
  /** What is done for each connection. @defaultValue a `Session` */
  readonly createSession?: (...args: ConstructorParameters<typeof Session>) => Session;
  /** The store failed: what was asked for last was not answered for, and the broker must not go on. */
  readonly onFailure: (error: unknown) => void;
}

const HEARTBEAT_MS = 10_000;
const PATIENCE = 2.25;
const RETENTION_MS = 600_000;
const BUFFER = { capacity: 65_536, overflow: 'block' } as const;
/** How long collectors have to come back after a restart, in intervals of heartbeats. */
const GRACE_HEARTBEATS = 3;
/** Looks at who is silent, for each interval of heartbeats. */
const LOOKS_PER_HEARTBEAT = 10;

/**
 * A broker: tasks for the collectors of a topic, and messages for its subscribers.
 *
 * It works in turns: all that came at once is done, then the store is written, and then everybody is told. So nobody is told
 * of what might be lost, and there are few calls to the kernel.
 */
export class Broker implements AsyncDisposable {
  readonly #options: BrokerOptions;
  readonly #heartbeatMs: number;
  readonly #store: TaskStore;
  readonly #server: Server;
  readonly #sessions = new Set<Session>();
  readonly #named = new Map<string, Session>();
  readonly #desk: TaskDesk;
  readonly #board = new MessageBoard();
  readonly #timer: NodeJS.Timeout;
  readonly #absentTimer: NodeJS.Timeout;
  #againTimer: NodeJS.Timeout | undefined;
  #lastLookMs = performance.now();

  private constructor(options: BrokerOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    this.#heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
    this.#store = options.store ?? new NoStore();
    this.#desk = new TaskDesk({
      store: this.#store,
      buffer: options.buffer ?? BUFFER,
      retentionMs: options.retentionMs ?? RETENTION_MS,
      createTurns: options.createTurns ?? (() => new FairTurns()),
      findPeer: (name) => this.#named.get(name),
      announce: (topic, payload) => this.#board.publish(topic, payload),
    });
    this.#timer = setInterval(() => this.#turn(() => this.#look()), this.#heartbeatMs / LOOKS_PER_HEARTBEAT);
    this.#absentTimer = setTimeout(
      () => this.#turn(() => this.#desk.giveUpOnAbsent()),
      this.#heartbeatMs * GRACE_HEARTBEATS,
    );
    const createSession = options.createSession ?? ((...args) => new Session(...args));
    server.on('connection', (socket) => {
      const session = createSession(socket, performance.now(), {
        onMessages: (from, messages) => this.#turn(() => this.#hear(from, messages)),
        onClosed: (who) => this.#turn(() => this.#leave(who, 'its connection has ended')),
      });
      this.#sessions.add(session);
    });
  }

  /** Begins to listen. @throws BusError ALREADY_RUNNING when another broker is there */
  static async listen(options: BrokerOptions): Promise<Broker> {
    const { address } = options;
    if (isFile(address)) {
      mkdirSync(dirname(address), { recursive: true, mode: 0o700 });
      await removeStale(address);
    }
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        const isTaken = isErrno(cause, 'EADDRINUSE');
        const message = isTaken ? `Another broker runs at ${address}` : `Nobody can listen at ${address}`;
        reject(new BusError(isTaken ? 'ALREADY_RUNNING' : 'UNAVAILABLE', message, { cause }));
      });
      server.listen(address, resolve);
    });
    if (isFile(address)) chmodSync(address, 0o600);
    return new Broker(options, server);
  }

  stats(): BrokerStats {
    return { pid: process.pid, sessions: this.#sessions.size, ...this.#desk.stats(), messages: this.#board.stats() };
  }

  /** Ends every conversation; what is not done is in the store. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    clearInterval(this.#timer);
    clearTimeout(this.#absentTimer);
    clearTimeout(this.#againTimer);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const session of this.#sessions) session.end();
    await closed;
    this.#store.close();
  }

  #turn(work: () => void): void {
    try {
      work();
      this.#desk.dispatch();
      this.#store.flush();
    } catch (error) {
      this.#options.onFailure(error);
      return;
    }
    for (const session of this.#sessions) session.flush();
    // Nobody may have anything to say until those who are waited for are found to be stuck.
    if (this.#desk.isHolding) this.#againTimer ??= setTimeout(() => this.#again(), STUCK_MS);
  }

  #again(): void {
    this.#againTimer = undefined;
    this.#turn(() => {});
  }

  #hear(session: Session, messages: readonly unknown[]): void {
    session.lastHeardMs = performance.now();
    if (session.isLost) {
      session.isLost = false;
      this.#desk.welcomeBack(session);
    }
    try {
      for (const message of messages) {
        checkMessage(message);
        this.#obey(session, message);
      }
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      session.refuse(error);
    }
  }

  #obey(session: Session, message: ToBroker): void {
    if (session.name === '' && message.type !== 'hello') throw new BusError('PROTOCOL', 'The first word is hello');
    switch (message.type) {
      case 'hello':
        this.#greet(session, message.name, message.protocol);
        break;
      case 'heartbeat':
        session.send({ type: 'heartbeat' });
        break;
      case 'join':
        this.#desk.join(session, message.topic, message.window);
        session.send({ type: 'joined', topic: message.topic });
        break;
      case 'submit':
        this.#desk.submit(session, message.tasks, (refused) =>
          session.send({ type: 'decided', batch: message.batch, refused }),
        );
        break;
      case 'effect':
        this.#desk.report(session, message.task, message.lease, message.effect);
        break;
      case 'settle':
        this.#desk.settle(message.tasks);
        break;
      case 'publish':
        this.#board.publish(message.topic, message.payload);
        break;
      case 'subscribe':
        this.#board.subscribe(session, message.subscription, message.pattern, message.group);
        session.send({ type: 'subscribed', subscription: message.subscription });
        break;
      case 'unsubscribe':
        this.#board.unsubscribe(session, message.subscription);
        break;
      case 'ask':
        session.send({ type: 'answer', question: message.question, stats: this.stats() });
        break;
    }
  }

  #greet(session: Session, name: string, protocol: number): void {
    if (session.name !== '') throw new BusError('PROTOCOL', `${session.name} has said hello already`);
    if (protocol !== PROTOCOL)
      throw new BusError('PROTOCOL', `This broker speaks protocol ${PROTOCOL}, and not ${protocol}`);
    const former = this.#named.get(name);
    if (former !== undefined) {
      // It has lost its connection, and is here before the end of that.
      this.#leave(former, 'it has connected again');
      former.destroy();
    }
    session.name = name;
    this.#named.set(name, session);
    session.send({ type: 'welcome', heartbeatMs: this.#heartbeatMs });
    this.#desk.greet(session);
  }

  #leave(session: Session, reason: string): void {
    if (!this.#sessions.delete(session)) return;
    if (this.#named.get(session.name) === session) this.#named.delete(session.name);
    this.#board.unsubscribe(session);
    this.#desk.lose(session, { reason, isGone: true });
  }

  /** Finds who has been silent for too long. */
  #look(): void {
    const now = performance.now();
    const lateMs = now - this.#lastLookMs - this.#heartbeatMs / LOOKS_PER_HEARTBEAT;
    this.#lastLookMs = now;
    this.#desk.expire();
    const patienceMs = this.#heartbeatMs * (this.#options.patience ?? PATIENCE);
    for (const session of this.#sessions) {
      // When this process itself was asleep it has heard nobody.
      if (lateMs > this.#heartbeatMs) session.lastHeardMs += lateMs;
      if (session.isLost || now - session.lastHeardMs < patienceMs) continue;
      session.isLost = true;
      const reason = `nothing was heard of it for ${Math.round(now - session.lastHeardMs)} ms`;
      this.#desk.lose(session, { reason, isGone: false });
    }
  }
}

/** A broker that was killed leaves its socket behind; one that runs answers. */
async function removeStale(path: string): Promise<void> {
  const answer = await new Promise<unknown>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', resolve);
  });
  if (answer === undefined)
    throw new BusError('ALREADY_RUNNING', `Another broker runs at ${path}; stop it, or choose another address`);
  if (isErrno(answer, 'ECONNREFUSED')) rmSync(path, { force: true });
}
