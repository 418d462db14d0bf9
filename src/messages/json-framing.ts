import { quote, UsageError } from '../core/errors.js';
import { messageOf } from '../core/message-of.js';
import { FRAMINGS, type Framing } from './framing.js';
import { MessageError } from './message-error.js';

/**
 * Lines of JSON whose messages are of one type: each that comes is read by a function, such as `schema.parse` of zod,
 * and what that throws for is malformed.
 *
 * @throws UsageError when it is no function
 *
 * @example
 * ```ts
 * const task = z.object({ id: z.number(), name: z.string() });
 * const broker = await serveMessages({ unix: path }, { framing: jsonFraming(task.parse), handle: ({ id }) => … });
 * ```
 */
export function jsonFraming<Message>(parse: (value: unknown) => Message): Framing<Message> {
  if (typeof parse !== 'function')
    throw new UsageError('jsonFraming', `parse must be a function, such as schema.parse; received ${quote(parse)}`);
  return {
    encode: (message) => FRAMINGS.json.encode(message),
    createDecoder: (maxMessageBytes) => {
      const decoder = FRAMINGS.json.createDecoder(maxMessageBytes);
      return {
        get pendingBytes() {
          return decoder.pendingBytes;
        },
        push: (bytes) => {
          const decoded = decoder.push(bytes);
          const messages: Message[] = [];
          for (const value of decoded.messages) {
            try {
              messages.push(parse(value));
            } catch (cause) {
              return { messages, error: createMalformed(value, cause) };
            }
          }
          return decoded.error === undefined ? { messages } : { messages, error: decoded.error };
        },
      };
    },
  };
}

function createMalformed(value: unknown, cause: unknown): MessageError {
  const reason = messageOf(cause);
  const text = `what came is not of the type that is read: ${quote(value)}: ${reason}`;
  return new MessageError('ERR_GLOVEBOX_MESSAGE_MALFORMED', text, { cause });
}
