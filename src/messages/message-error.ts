import { GloveboxError, type GloveboxErrorOptions } from '../core/errors.js';

/** What can go wrong with messages on a stream. */
export type MessageErrorCode =
  /** A message is larger than is allowed: one that is to be sent, or one that comes. */
  | 'ERR_GLOVEBOX_MESSAGE_TOO_LARGE'
  /** What came is no message in this framing. */
  | 'ERR_GLOVEBOX_MESSAGE_MALFORMED'
  /** The connection ended in the middle of a message. */
  | 'ERR_GLOVEBOX_MESSAGE_CUT_OFF'
  /** The other side does not read, and no more is kept for it. */
  | 'ERR_GLOVEBOX_MESSAGE_BACKLOG'
  /** There is no connection, or it ended while an answer was waited for. */
  | 'ERR_GLOVEBOX_MESSAGE_CLOSED'
  /** What handles messages, in the test itself, has thrown: `cause` is what. */
  | 'ERR_GLOVEBOX_MESSAGE_HANDLER'
  /** Nobody could be connected to. */
  | 'ERR_GLOVEBOX_MESSAGE_CONNECT';

/** Messages could not be sent, received or understood. */
export class MessageError extends GloveboxError {
  override readonly name = 'MessageError';
  declare readonly code: MessageErrorCode;

  constructor(code: MessageErrorCode, message: string, options: GloveboxErrorOptions = {}) {
    super(code, message, options);
  }
}
