import { quote } from '../core/errors.js';
import type { Framing } from './framing.js';

/** By these a message is known in most protocols. */
const FIELDS = ['type', 'kind', 'topic', 'id'];

/** In words, for an error: `a message of 120 bytes (type "submit", topic "tasks")`. */
export function describeMessage<Message>(message: Message, framing: Framing<Message>): string {
  return `a message of ${measure(message, framing)} (${describeContent(message)})`;
}

function describeContent(message: unknown): string {
  const known = FIELDS.filter((field) => isWord(Reflect.get(Object(message), field)));
  if (known.length === 0) return quote(message);
  return known.map((field) => `${field} ${quote(Reflect.get(Object(message), field))}`).join(', ');
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** As it is written in the stream, which is how it came, or nearly. */
function measure<Message>(message: Message, framing: Framing<Message>): string {
  try {
    const { length } = framing.encode(message);
    return length === 1 ? '1 byte' : `${length} bytes`;
  } catch {
    return 'unknown size';
  }
}
