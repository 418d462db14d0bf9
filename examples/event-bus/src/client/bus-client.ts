import { randomUUID } from 'node:crypto';
import { BusError } from '../errors.ts';
import type { BrokerStats, FromBroker, Outcome } from '../protocol/messages.ts';
import { checkTopic, compilePattern } from '../protocol/topics.ts';
import { Connection } from './connection.ts';
import { Deferred } from './deferred.ts';
import { Memberships, type TaskHandler } from './memberships.ts';
import { Submissions, type SubmittedTask } from './submissions.ts';

export interface BusClientOptions {
  /** A socket or a pipe: what `resolveAddress` gives. */
  readonly address: string;
  /** Unique on the bus; outcomes wait for a client of this name that is away. @defaultValue a random one */
  readonly name?: string;
  /** How long the first connection may take, in milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** Hears of connections that are lost and made again. @defaultValue nobody does */
  readonly onState?: (state: 'connected' | 'disconnected', reason?: string) => void;
}

export interface RequestOptions {
  /** The one collector that may do it. @defaultValue any of the topic */
  readonly to?: string;
  /** @defaultValue 60000 */
  readonly timeoutMs?: number;
}

/** What a task gave, and who did it. */
export type TaskResult = Extract<Outcome, { ok: true }>;

export interface SubscribeOptions {
  /** One of a group gets each message, in turn. @defaultValue everybody gets all */
  readonly group?: string;
}

/** Hears a message. */
export type MessageHandler = (payload: unknown, topic: string) => void;

interface Subscription {
  readonly pattern: string;
  readonly group: string | undefined;
  readonly handler: MessageHandler;
  readonly subscribed: Deferred<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** One participant of a bus. It connects again by itself, and what was not finished goes on. */
export class BusClient implements AsyncDisposable {
  readonly name: string;
  readonly #connection: Connection;
  readonly #submissions: Submissions;
  readonly #memberships: Memberships;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #questions = new Map<number, Deferred<BrokerStats>>();
  readonly #connected = new Deferred<void>();
  readonly #onState: NonNullable<BusClientOptions['onState']>;
  #lastNumber = 0;

  private constructor({ address, name = `client-${randomUUID()}`, onState = () => {} }: BusClientOptions) {
    this.name = name;
    this.#onState = onState;
    this.#connection = new Connection(address, name, {
      onConnected: () => this.#sayAll(),
      onMessages: (messages) => this.#hear(messages),
      onDisconnected: (reason) => {
        this.#memberships.forget();
        onState('disconnected', reason);
      },
      onRefused: (error) => this.#fail(error),
    });
    this.#submissions = new Submissions((message) => this.#connection.send(message));
    this.#memberships = new Memberships((message) => this.#connection.send(message));
  }

  /** Connects, and waits for a broker if there is none yet. @throws BusError UNAVAILABLE when none comes */
  static async connect(options: BusClientOptions): Promise<BusClient> {
    const client = new BusClient(options);
    const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
    const timer = setTimeout(
      () => client.#fail(new BusError('UNAVAILABLE', `No broker answers at ${options.address} in ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      await client.#connected.promise;
      return client;
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives a task to the bus; resolves when it was taken on. @throws BusError QUEUE_FULL, UNKNOWN_COLLECTOR and the like */
  async submit(topic: string, payload: unknown, { to }: Pick<RequestOptions, 'to'> = {}): Promise<SubmittedTask> {
    const [task] = await this.submitAll(topic, [payload], to === undefined ? {} : { to });
    if (task === undefined) throw new BusError('CLOSED', 'The client was closed');
    if (task.refusal !== undefined) throw new BusError(task.refusal.code, task.refusal.message);
    return task;
  }

  /** Gives many at once; resolves when of each it is known whether it was taken on. */
  submitAll(
    topic: string,
    payloads: readonly unknown[],
    { to }: Pick<RequestOptions, 'to'> = {},
  ): Promise<readonly SubmittedTask[]> {
    return this.#submissions.submit(topic, payloads, to);
  }

  /** Has a task done. @throws BusError TASK_FAILED, TIMEOUT and the like */
  async request(topic: string, payload: unknown, options: RequestOptions = {}): Promise<TaskResult> {
    const { timeoutMs = REQUEST_TIMEOUT_MS } = options;
    const late = new Deferred<never>();
    const timer = setTimeout(
      () => late.reject(new BusError('TIMEOUT', `No result of a task of ${topic} in ${timeoutMs} ms`)),
      timeoutMs,
    );
    const work = this.submit(topic, payload, options).then((task) => task.outcome);
    try {
      const outcome = await Promise.race([work, late.promise]);
      if (outcome.ok) return outcome;
      throw new BusError(outcome.code, outcome.message);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Has a task done by each collector of a topic. @throws BusError as `request`, of the first that fails */
  async requestEach(topic: string, payload: unknown, options: Omit<RequestOptions, 'to'> = {}): Promise<TaskResult[]> {
    const members = (await this.stats()).topics[topic]?.members ?? [];
    const present = members.filter(({ state }) => state === 'present');
    return Promise.all(present.map(({ name }) => this.request(topic, payload, { ...options, to: name })));
  }

  /** Tells all who are there; while no broker is there, nobody. @throws BusError INVALID_ARGUMENT */
  publish(topic: string, payload: unknown): void {
    checkTopic(topic);
    this.#connection.send({ type: 'publish', topic, payload });
  }

  /** Hears the messages of a pattern from when this resolves. @throws BusError INVALID_ARGUMENT */
  async subscribe(pattern: string, handler: MessageHandler, { group }: SubscribeOptions = {}): Promise<Disposable> {
    compilePattern(pattern);
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const subscription = { pattern, group, handler, subscribed: new Deferred<void>() };
    this.#subscriptions.set(number, subscription);
    this.#saySubscription(number, subscription);
    await subscription.subscribed.promise;
    return {
      [Symbol.dispose]: () => {
        if (this.#subscriptions.delete(number)) this.#connection.send({ type: 'unsubscribe', subscription: number });
      },
    };
  }

  /** Does tasks of a topic from when this resolves, as one of the group of all who do. */
  join(
    topic: string,
    handler: TaskHandler,
    options: { readonly window: number; readonly concurrency: number },
  ): Promise<void> {
    return this.#memberships.join(topic, handler, options);
  }

  /** What the broker has to account for. */
  stats(): Promise<BrokerStats> {
    this.#lastNumber += 1;
    const question = new Deferred<BrokerStats>();
    this.#questions.set(this.#lastNumber, question);
    this.#connection.send({ type: 'ask', question: this.#lastNumber });
    return question.promise;
  }

  /** Ends the connection; what is not finished has no outcome here. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new BusError('CLOSED', 'The client was closed'));
    await this.#connection.close();
  }

  #sayAll(): void {
    this.#connected.resolve();
    this.#onState('connected');
    this.#memberships.sayAll();
    for (const [number, subscription] of this.#subscriptions) this.#saySubscription(number, subscription);
    this.#submissions.sayAll();
    for (const question of this.#questions.keys()) this.#connection.send({ type: 'ask', question });
  }

  #saySubscription(subscription: number, { pattern, group }: Subscription): void {
    this.#connection.send({ type: 'subscribe', subscription, pattern, ...(group !== undefined && { group }) });
  }

  #hear(messages: readonly FromBroker[]): void {
    for (const message of messages) {
      switch (message.type) {
        case 'task':
          this.#memberships.take(message);
          break;
        case 'joined':
          this.#memberships.confirm(message.topic);
          break;
        case 'decided':
          this.#submissions.decide(message.batch, message.refused);
          break;
        case 'outcome':
          this.#submissions.finish(message.task, message.outcome);
          break;
        case 'message':
          this.#subscriptions.get(message.subscription)?.handler(message.payload, message.topic);
          break;
        case 'subscribed':
          this.#subscriptions.get(message.subscription)?.subscribed.resolve();
          break;
        case 'answer':
          this.#questions.get(message.question)?.resolve(message.stats);
          this.#questions.delete(message.question);
          break;
      }
    }
    this.#submissions.settle();
  }

  #fail(error: BusError): void {
    this.#connected.reject(error);
    this.#submissions.fail(error);
    this.#memberships.fail(error);
    for (const { subscribed } of this.#subscriptions.values()) subscribed.reject(error);
    for (const question of this.#questions.values()) question.reject(error);
    this.#questions.clear();
  }
}
