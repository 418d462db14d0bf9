import { quote, UsageError } from '../../core/errors.js';
import type { Process } from '../process.js';
import { findBehaviourMistakes, type WorkerBehaviour } from './behaviour.js';
import type { ReceivedMessage, WorkerEvent, WorkerLink } from './worker-link.js';
import type { AnyWorker, Copied, UntypedWorker, WorkerCommandsOf, WorkerEvents, WorkerInfo } from './worker-types.js';

/** How something that a worker tells is waited for. */
export interface WaitForEventOptions<Value> {
  /** Which of these events. @defaultValue any */
  readonly where?: (value: Value) => boolean;
  /** In milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

/** Arguments of a command. */
type CommandArgs<C> = C extends (...args: infer Args) => unknown ? Args : never;
/** What a command answers, as it arrives. */
type CommandResult<C> = C extends (...args: never[]) => infer Result ? Copied<Awaited<Result>> : never;

const WAIT_TIMEOUT_MS = 5000;

/** A worker that runs as a process of its own, as the test sees it. */
export class MockWorker<D extends AnyWorker = UntypedWorker> implements AsyncDisposable {
  readonly name: string;
  /** Its process: to kill, freeze and restart it, and for what it wrote. After `restart()` this object is the same. */
  readonly process: Process;
  readonly #link: WorkerLink;

  /** @internal Use `startWorker`. */
  constructor(process: Process, link: WorkerLink) {
    this.name = link.name;
    this.process = process;
    this.#link = link;
  }

  /** What its start answered, the last time. */
  get info(): WorkerInfo<D> {
    // The type is that of the module that the test has named.
    return this.#link.info as WorkerInfo<D>;
  }

  /**
   * Calls a command, and resolves with what it answers.
   *
   * @throws WorkerError what the command threw
   * @throws ProcessError `ERR_GLOVEBOX_PROCESS_EXIT` when the worker has ended or ends before it answers
   * @throws TimeoutError @throws UsageError for a command that there is not, and for what cannot be copied
   */
  async call<N extends keyof WorkerCommandsOf<D> & string>(
    command: N,
    ...args: CommandArgs<WorkerCommandsOf<D>[N]>
  ): Promise<CommandResult<WorkerCommandsOf<D>[N]>> {
    this.#link.checkCommand(command);
    const what = `call(${quote(command)})`;
    const value = await this.#link.ask(what, (id) => ({ kind: 'call', id, command, args }));
    return value as CommandResult<WorkerCommandsOf<D>[N]>;
  }

  /**
   * Asks it to misbehave from its next message on, until it ends or {@link MockWorker.behaveWell}; in effect when this
   * resolves. Of several behaviours all count messages, delays add up, and the first other effect whose turn it is decides.
   *
   * @throws UsageError with every mistake, and as `call`
   *
   * @example
   * ```ts
   * await collector.behave({ nth: 3, crash: 'before' });
   * ```
   */
  async behave(behaviour: WorkerBehaviour): Promise<void> {
    const mistakes = findBehaviourMistakes('', behaviour);
    if (mistakes.length > 0) throw new UsageError('behave', mistakes);
    await this.#link.ask(`behave(${quote(behaviour)})`, (id) => ({ kind: 'behave', id, behaviour }));
  }

  /** Takes all behaviours back; it reads again. */
  async behaveWell(): Promise<void> {
    await this.#link.ask('behaveWell()', (id) => ({ kind: 'behaveWell', id }));
  }

  /** The messages that it has got and begun to handle, over all its runs, also one that has ended abruptly. */
  async received(): Promise<readonly ReceivedMessage[]> {
    await this.#link.settle();
    return this.#link.received.list();
  }

  /** The first message that is taken by a function: one that it got before, or one that comes. @throws TimeoutError */
  waitForMessage(where: (message: unknown) => boolean, timeoutMs: number = WAIT_TIMEOUT_MS): Promise<ReceivedMessage> {
    return this.#link.received.waitFor({
      matches: ({ message }) => where(message),
      timeoutMs,
      describeFailure: (all) =>
        this.#describe(
          'has not got the message',
          timeoutMs,
          all.map(({ message }) => message),
        ),
    });
  }

  /** Waits until it has got so many messages, over all its runs; resolves with all that are kept. @throws TimeoutError */
  async waitForMessages(count: number, timeoutMs: number = WAIT_TIMEOUT_MS): Promise<readonly ReceivedMessage[]> {
    const { received } = this.#link;
    if (count > received.count)
      await received.waitFor({
        matches: () => received.count >= count,
        timeoutMs,
        describeFailure: (all) =>
          this.#describe(
            `has got ${received.count} of ${count} messages`,
            timeoutMs,
            all.map(({ message }) => message),
          ),
      });
    return received.list();
  }

  /** What it told by `emit`, over all its runs. */
  async events(): Promise<readonly WorkerEvent[]> {
    await this.#link.settle();
    return this.#link.events.list();
  }

  /** The value of the first event of a name: one that it told before, or one that comes. @throws TimeoutError */
  async waitFor<E extends keyof WorkerEvents<D> & string>(
    event: E,
    { where = () => true, timeoutMs = WAIT_TIMEOUT_MS }: WaitForEventOptions<WorkerEvents<D>[E]> = {},
  ): Promise<WorkerEvents<D>[E]> {
    const found = await this.#link.events.waitFor({
      matches: ({ name, value }) => name === event && where(value as WorkerEvents<D>[E]),
      timeoutMs,
      describeFailure: (all) =>
        this.#describe(
          `has not told of ${quote(event)}`,
          timeoutMs,
          all.map(({ name, value }) => [name, value]),
        ),
    });
    return found.value as WorkerEvents<D>[E];
  }

  #describe(what: string, timeoutMs: number, all: readonly unknown[]): string {
    const last = all.length === 0 ? 'nothing came' : `the last: ${all.slice(-3).map(quote).join(', ')}`;
    return `Worker ${JSON.stringify(this.name)} ${what} in ${timeoutMs} ms: ${last}; ${this.#link.describeState()}`;
  }

  /** Kills it. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await this.#link.settle();
    this.#link.channel.close();
  }
}
