import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { findSpanMistakes } from '../core/clock-sleep.js';
import { AbortedError, quote, UnsupportedError, UsageError } from '../core/errors.js';
import { errnoOf } from '../core/kernel-error.js';
import { messageOf } from '../core/message-of.js';
import { RealClock } from '../core/real-clock.js';
import { type CorrelationChoice, createIdCorrelation, findCorrelationMistakes } from './correlation.js';
import { MessageClient, type ReconnectOptions } from './message-client.js';
import { MessageError } from './message-error.js';
import {
  type AnyFraming,
  findSettingsMistakes,
  type MessageOf,
  type MessageSettings,
  readFraming,
} from './message-settings.js';
import { MessageStream } from './message-stream.js';
import { describeAddress, dialTo, findAddressMistakes, type StreamAddress } from './stream-address.js';

/** How a client of messages connects. */
export interface ConnectMessagesOptions<F extends AnyFraming> extends MessageSettings<F> {
  /** How answers are known. @defaultValue 'id' for JSON, 'order' for other framings */
  readonly correlation?: CorrelationChoice<MessageOf<F>>;
  /** Connects again when the connection is lost, and tries for `timeoutMs` at first. @defaultValue false */
  readonly reconnect?: boolean | ReconnectOptions;
  /** How long each attempt may take, and the first connection in all, in milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** Calls the first connection off. */
  readonly signal?: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 5000;
const RECONNECT = { delayMs: 20, maxDelayMs: 1000, attempts: Number.POSITIVE_INFINITY };

/**
 * Connects to a server of messages: a broker or a collector under test.
 *
 * @throws UsageError with every mistake @throws UnsupportedError for a pipe where there are none @throws AbortedError
 * @throws MessageError `ERR_GLOVEBOX_MESSAGE_CONNECT` when nobody is there, or does not answer in time
 *
 * @example
 * ```ts
 * await using client = await connectMessages({ unix: '/run/broker.sock' }, { reconnect: true });
 * const answer = await client.request({ kind: 'stats' });
 * await client.waitForMessage((message) => isEvent(message));
 * ```
 */
export async function connectMessages<F extends AnyFraming = 'json'>(
  address: StreamAddress,
  options: ConnectMessagesOptions<F> = {},
): Promise<MessageClient<MessageOf<F>>> {
  checkConnect(address, options);
  type Message = MessageOf<F>;
  const { clock = new RealClock(), in: place, timeoutMs = CONNECT_TIMEOUT_MS, signal, maxMessageBytes } = options;
  const framing = readFraming(options.framing);
  const isJson = options.framing === undefined || options.framing === 'json';
  const choice = options.correlation ?? (isJson ? 'id' : 'order');
  const { maxBacklogBytes, receivedLimit } = options;
  const name = describeAddress(address);
  const client = new MessageClient<Message>({
    address: name,
    clock,
    receivedLimit,
    correlation: choice === 'id' ? createIdCorrelation<Message>() : choice,
    reconnect: readReconnect(options.reconnect),
    dial: async (take, id, stopped) => {
      const attempt = new AbortController();
      const giveUp = (): void => attempt.abort(new Error(`nobody has answered in ${timeoutMs} ms`));
      const timer = clock.setTimer(giveUp, timeoutMs);
      try {
        const socket = await dialTo(address, place, AbortSignal.any([attempt.signal, stopped]));
        const settings = {
          framing,
          label: `connection ${id} to ${name}`,
          ...(maxMessageBytes !== undefined && { maxMessageBytes }),
          ...(maxBacklogBytes !== undefined && { maxBacklogBytes }),
        };
        return new MessageStream<Message>(socket, settings, take);
      } finally {
        timer.cancel();
      }
    },
  });
  const isPatient = options.reconnect !== undefined && options.reconnect !== false;
  const deadlineMs = clock.now() + timeoutMs;
  const abort = (): void => void client[Symbol.asyncDispose]();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    for (let waitMs = RECONNECT.delayMs; ; waitMs = Math.min(waitMs * 2, RECONNECT.maxDelayMs)) {
      try {
        await client.start();
        return client;
      } catch (error) {
        if (error instanceof UnsupportedError) throw error;
        const isOver = signal?.aborted === true || !isPatient || clock.now() + waitMs > deadlineMs;
        if (isOver) throw createFailure(name, error, signal);
        await clock.sleep(waitMs, signal === undefined ? {} : { signal }).catch(() => {});
      }
    }
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function createFailure(name: string, error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true)
    return new AbortedError(`the connection to ${name} was called off`, { cause: signal.reason });
  const reason = errnoOf(error) ?? messageOf(error);
  return new MessageError('ERR_GLOVEBOX_MESSAGE_CONNECT', `${name} cannot be connected to: ${reason}`, {
    cause: error,
  });
}

function readReconnect(given: boolean | ReconnectOptions | undefined): Required<ReconnectOptions> | undefined {
  if (given === undefined || given === false) return undefined;
  return given === true ? RECONNECT : { ...RECONNECT, ...given };
}

function checkConnect(address: unknown, options: ConnectMessagesOptions<AnyFraming>): void {
  checkOptions('connectMessages', options);
  const { timeoutMs, signal, reconnect, correlation } = options;
  const mistakes = [
    ...findAddressMistakes(address),
    ...(Object(address).tcp === 0 ? ['tcp must be the port of a server; received 0'] : []),
    ...findSettingsMistakes(options, ['correlation', 'reconnect', 'timeoutMs', 'signal']),
    ...findCorrelationMistakes(correlation),
    ...(timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs)),
    ...(signal === undefined || typeof signal?.addEventListener === 'function'
      ? []
      : [`signal must be an AbortSignal; received ${quote(signal)}`]),
    ...findReconnectMistakes(reconnect),
  ];
  if (mistakes.length > 0) throw new UsageError('connectMessages', mistakes);
}

function findReconnectMistakes(reconnect: unknown): readonly string[] {
  if (reconnect === undefined || typeof reconnect === 'boolean') return [];
  if (typeof reconnect !== 'object' || reconnect === null)
    return [`reconnect must be true, or such as { delayMs: 20 }; received ${quote(reconnect)}`];
  const { delayMs = 0, maxDelayMs = 0, attempts = 1 }: { [K in keyof ReconnectOptions]?: unknown } = reconnect;
  return [
    ...findUnknownOptions(reconnect, ['delayMs', 'maxDelayMs', 'attempts']).map((each) => `reconnect: ${each}`),
    ...findSpanMistakes('reconnect.delayMs', delayMs),
    ...findSpanMistakes('reconnect.maxDelayMs', maxDelayMs),
    ...(attempts === Number.POSITIVE_INFINITY || (Number.isInteger(attempts) && Number(attempts) > 0)
      ? []
      : [`reconnect.attempts must be a whole number above 0; received ${quote(attempts)}`]),
  ];
}
