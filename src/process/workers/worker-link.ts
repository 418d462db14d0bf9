import type { Clock } from '../../core/clock.js';
import { TimeoutError, UsageError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { suggest } from '../../core/nearest.js';
import { RealClock } from '../../core/real-clock.js';
import { RecordList } from '../../messages/record-list.js';
import { readActivity } from '../proc/unified-cgroup.js';
import { ProcessError } from '../process-error.js';
import { describeExit, type ProcessExit } from '../process-exit.js';
import type { ReadyTarget } from '../ready/ready-target.js';
import type { WorkerBehaviour } from './behaviour.js';
import { ControlChannel } from './control-channel.js';
import type { ControlAnswer, ControlRequest } from './control-frames.js';
import { WorkerError } from './worker-error.js';

/** Something that a worker told of. */
export interface WorkerEvent {
  readonly name: string;
  readonly value: unknown;
  /** On the test's clock. */
  readonly atMs: number;
}

/** A message that a worker got from whoever talks with it. */
export interface ReceivedMessage {
  readonly message: unknown;
  /** Which connection of the worker it came by, from 1; `undefined` where the worker does not use `serve` or `dial`. */
  readonly connection: number | undefined;
  /** On the test's clock. */
  readonly atMs: number;
}

/** What a link tells each run. */
export interface WorkerLinkOptions {
  readonly name: string;
  readonly args: unknown;
  readonly behaviours: readonly WorkerBehaviour[];
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  readonly receivedLimit: number;
}

interface Pending {
  readonly what: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What the test knows of a worker, over all its runs. */
export class WorkerLink {
  readonly name: string;
  readonly channel = new ControlChannel();
  readonly events: RecordList<WorkerEvent>;
  readonly received: RecordList<ReceivedMessage>;
  readonly #options: WorkerLinkOptions;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #target: ReadyTarget | undefined;
  #ended: ProcessExit | undefined;
  /** Resolves when everything that the last run told is taken; of one that runs it is the run before. */
  #over: Promise<void> = Promise.resolve();
  info: unknown;
  #commands: readonly string[] = [];

  constructor(options: WorkerLinkOptions) {
    this.name = options.name;
    this.#options = options;
    this.events = new RecordList(options.receivedLimit);
    this.received = new RecordList(options.receivedLimit);
  }

  /** A run was begun: tells it what it is, and resolves when it has started. @throws WorkerError */
  async start(target: ReadyTarget): Promise<void> {
    this.#target = target;
    this.#ended = undefined;
    const { args, behaviours, name } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const run = this.channel.open((answer) => {
        if (answer.kind === 'failed') reject(new WorkerError(name, answer.error));
        if (answer.kind === 'ready') {
          this.info = answer.info;
          this.#commands = answer.commands;
          resolve();
        }
        this.#take(answer);
      });
      // The first to hear of the end: another run may be begun at once, by another channel.
      void target.exit.then((exit) => {
        this.#ended = exit;
        this.#over = run.end().then(() => this.#rejectPending(exit));
      });
      this.channel.send({ kind: 'start', name, args, behaviours });
    });
  }

  /** Asks the worker to do something, and waits for its answer. */
  async ask(what: string, make: (id: number) => ControlRequest): Promise<unknown> {
    if (this.#ended !== undefined) {
      await this.#over;
      throw this.#createEnded(`it cannot be asked: ${what}`, this.#ended);
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const { callTimeoutMs } = this.#options;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { what, resolve, reject }));
    const timer = new RealClock().setTimer(
      () => this.#pending.get(id)?.reject(this.#createTimeout(what)),
      callTimeoutMs,
    );
    try {
      this.#send(what, make(id));
      return await answer;
    } finally {
      timer.cancel();
      this.#pending.delete(id);
    }
  }

  /** @throws UsageError for a command that the worker has not */
  checkCommand(command: string): void {
    if (this.#commands.includes(command)) return;
    const known = this.#commands.length === 0 ? '; it has none' : `; it has ${this.#commands.join(', ')}`;
    const subject = `worker ${JSON.stringify(this.name)}`;
    throw new UsageError(
      subject,
      `there is no command ${JSON.stringify(command)}${suggest(command, this.#commands) || known}`,
    );
  }

  /** Waits until everything that the worker has told is taken. */
  async settle(): Promise<void> {
    if (this.#ended === undefined) await this.channel.drain();
    else await this.#over;
  }

  /** What is known of it, for the end of a message. */
  describeState(): string {
    if (this.#ended !== undefined) return `it ${describeExit(this.#ended)}`;
    const isFrozen = 'Tt'.includes(readActivity(this.#target?.pid ?? 0) ?? 'X');
    const tail = this.#target?.logs.tail(5) ?? [];
    const wrote = tail.length === 0 ? 'wrote nothing' : `wrote last:\n${tail.map((line) => `  ${line}`).join('\n')}`;
    return `it ${isFrozen ? 'is frozen' : 'is running'} and ${wrote}`;
  }

  #send(what: string, request: ControlRequest): void {
    try {
      this.channel.send(request);
    } catch (cause) {
      const reason = messageOf(cause);
      throw new UsageError(what, `what is passed to another process must be data: ${reason}`, { cause });
    }
  }

  #take(answer: ControlAnswer): void {
    const atMs = this.#options.clock.now();
    if (answer.kind === 'event') this.events.add({ name: answer.name, value: answer.value, atMs });
    if (answer.kind === 'received') this.received.add({ message: answer.message, connection: answer.connection, atMs });
    if (answer.kind === 'result') this.#pending.get(answer.id)?.resolve(answer.value);
    if (answer.kind === 'error') this.#pending.get(answer.id)?.reject(new WorkerError(this.name, answer.error));
  }

  #rejectPending(exit: ProcessExit): void {
    for (const { what, reject } of this.#pending.values()) reject(this.#createEnded(`it did not answer ${what}`, exit));
  }

  #createEnded(consequence: string, exit: ProcessExit): ProcessError {
    return new ProcessError('ERR_GLOVEBOX_PROCESS_EXIT', {
      message: `Worker ${JSON.stringify(this.name)} has ended: ${consequence}`,
      exit,
      logTail: this.#target?.logs.tail() ?? [],
    });
  }

  #createTimeout(what: string): TimeoutError {
    const { callTimeoutMs } = this.#options;
    const message = `Worker ${JSON.stringify(this.name)} has not answered ${what} in ${callTimeoutMs} ms; ${this.describeState()}`;
    return new TimeoutError(message, callTimeoutMs);
  }
}
