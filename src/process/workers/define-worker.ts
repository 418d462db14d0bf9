import { findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { FramedMessage, FramingName } from '../../messages/framing.js';
import type { StreamAddress } from '../../messages/stream-address.js';
import type { FramedConnection, MessageHandler } from './framed-connection.js';
import type { FramedServer, StreamFraming } from './serve.js';

/** What a worker has to work with. */
export interface WorkerContext<Args = Readonly<Record<string, unknown>>, Events = Readonly<Record<string, unknown>>> {
  /** What the test called it. */
  readonly name: string;
  /** What the test gave it. */
  readonly args: Args;
  /** Tells the test of something. */
  emit<E extends keyof Events & string>(
    event: E,
    ...value: undefined extends Events[E] ? [value?: Events[E]] : [value: Events[E]]
  ): void;
  /** Listens; resolves when it does. What the handler answers is sent. @throws UsageError, or Node's error: EADDRINUSE… */
  serve<F extends FramingName = 'json'>(
    address: StreamAddress & StreamFraming<F>,
    handle: MessageHandler<FramedMessage<F>>,
  ): Promise<FramedServer<FramedMessage<F>>>;
  /** Connects to a server; the handler gets what that sends. @throws UsageError, or Node's error: ECONNREFUSED… */
  dial<F extends FramingName = 'json'>(
    address: StreamAddress & StreamFraming<F>,
    handle?: MessageHandler<FramedMessage<F>>,
  ): Promise<FramedConnection<FramedMessage<F>>>;
  /**
   * For every other protocol: passes a message through what the test has asked the worker to do wrong. Resolves with what
   * the handler answers, or with the wrong answer, or with `undefined` when there is to be none.
   */
  take<Answer>(message: unknown, handle: () => Answer | Promise<Answer>): Promise<Answer | undefined>;
}

/** Functions that a test can call in a worker. Arguments and results are copied by the structured clone algorithm. */
export type WorkerCommands = Readonly<Record<string, (...args: never[]) => unknown>>;

/** A small program for a test: what it does when it starts, and what the test can ask of it. */
export interface WorkerDefinition<Args, Events, Info, Commands extends WorkerCommands> {
  /** The worker is ready once this resolves; what it answers, without its methods, is the test's `worker.info`. */
  start?(context: WorkerContext<Args, Events>): Info | Promise<Info>;
  readonly commands?: Commands;
  /** At SIGTERM; the worker exits with code 0 after it. @defaultValue SIGTERM ends it at once */
  stop?(): void | Promise<void>;
}

/**
 * Defines a worker: the default export of a module of its own, which `startWorker` runs as a process.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * // collector.ts
 * let count = 0;
 * export default defineWorker({
 *   start: ({ args, serve }: WorkerContext<{ port: number }>) =>
 *     serve({ tcp: args.port }, () => ({ ack: ++count })),
 *   commands: { count: () => count },
 * });
 * ```
 */
export function defineWorker<
  Args = Readonly<Record<string, unknown>>,
  Events = Readonly<Record<string, unknown>>,
  Info = void,
  const Commands extends WorkerCommands = Readonly<Record<never, never>>,
>(definition: WorkerDefinition<Args, Events, Info, Commands>): WorkerDefinition<Args, Events, Info, Commands> {
  const mistakes = findDefinitionMistakes(definition);
  if (mistakes.length > 0) throw new UsageError('defineWorker', mistakes);
  return definition;
}

/** What is wrong with a definition; empty when nothing is. */
export function findDefinitionMistakes(definition: unknown): readonly string[] {
  if (typeof definition !== 'object' || definition === null)
    return [`the definition must be an object such as { start, commands }, not ${quote(definition)}`];
  const { start, stop, commands = {} }: { start?: unknown; stop?: unknown; commands?: unknown } = definition;
  const mistakes = [...findUnknownOptions(definition, ['start', 'commands', 'stop'])];
  for (const [name, hook] of Object.entries({ start, stop }))
    if (hook !== undefined && typeof hook !== 'function')
      mistakes.push(`${name} must be a function, not ${quote(hook)}`);
  if (typeof commands !== 'object' || commands === null)
    return [...mistakes, `commands must be an object of functions, not ${quote(commands)}`];
  for (const [name, command] of Object.entries(commands))
    if (typeof command !== 'function') mistakes.push(`commands.${name} must be a function, not ${quote(command)}`);
  return mistakes;
}
