import { findUnknownOptions } from '../core/check-options.js';
import type { Clock } from '../core/clock.js';
import { quote } from '../core/errors.js';
import { FRAMINGS, type FramedMessage, type Framing, type FramingName } from './framing.js';
import type { MessagePlace } from './stream-address.js';

/** A framing by its name, or one of a protocol's own. */
export type AnyFraming = FramingName | Framing<unknown>;

/** What is sent and received in a framing. */
export type MessageOf<F extends AnyFraming> = F extends FramingName
  ? FramedMessage<F>
  : F extends Framing<infer Message>
    ? Message
    : never;

/** What clients and servers of messages have in common. */
export interface MessageSettings<F extends AnyFraming> {
  /** How messages lie in the stream. @defaultValue 'json': a line of JSON each */
  readonly framing?: F;
  /** How large a message may be, in bytes, either way. @defaultValue 67108864, 64 MiB */
  readonly maxMessageBytes?: number;
  /** How much is kept for a peer that does not read, in bytes; a `send` beyond is refused. @defaultValue 67108864, 64 MiB */
  readonly maxBacklogBytes?: number;
  /** How many messages are kept that came; the oldest go first. @defaultValue 10000 */
  readonly receivedLimit?: number;
  /** The host of a lab, or the namespace, whose network is used. @defaultValue that of this process */
  readonly in?: MessagePlace;
  /** What times are told on, and waits go by. @defaultValue the machine's */
  readonly clock?: Clock;
}

const NAMES = ['framing', 'maxMessageBytes', 'maxBacklogBytes', 'receivedLimit', 'in', 'clock'];

/** What is wrong with them. @param names - Of further options. */
export function findSettingsMistakes(
  settings: MessageSettings<AnyFraming>,
  names: readonly string[],
): readonly string[] {
  const { framing, in: place, clock, maxMessageBytes, maxBacklogBytes, receivedLimit } = settings;
  return [
    ...findUnknownOptions(settings, [...NAMES, ...names]),
    ...(framing === undefined || isFraming(framing)
      ? []
      : [
          `framing must be ${Object.keys(FRAMINGS).map(quote).join(', ')}, or have encode() and createDecoder(); received ${quote(framing)}`,
        ]),
    ...Object.entries({ maxMessageBytes, maxBacklogBytes, receivedLimit })
      .filter(([, value]) => value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      .map(([name, value]) => `${name} must be a whole number above 0; received ${quote(value)}`),
    ...(place === undefined || typeof place?.connect === 'function'
      ? []
      : [`in must be a host of a lab or a Netns; received ${quote(place)}`]),
    ...(clock === undefined || typeof clock?.setTimer === 'function'
      ? []
      : [`clock must be a Clock; received ${quote(clock)}`]),
  ];
}

/** The framing that is meant. Its type is that of the name, or of the framing that was given. */
export function readFraming<F extends AnyFraming>(framing: F | undefined): Framing<MessageOf<F>> {
  const found: Framing<unknown> = typeof framing === 'object' ? framing : FRAMINGS[framing ?? 'json'];
  return found as Framing<MessageOf<F>>;
}

function isFraming(value: unknown): boolean {
  if (typeof value === 'string') return Object.hasOwn(FRAMINGS, value);
  const given = Object(value) as object;
  return ['encode', 'createDecoder'].every((name) => typeof Reflect.get(given, name) === 'function');
}
