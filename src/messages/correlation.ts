import { quote } from '../core/errors.js';

/** How an answer is known for that of a request. */
export interface Correlation<Message> {
  /** The request with its number, from 1. */
  attach(message: Message, id: number): Message;
  /** The number that an answer bears; `undefined` for what is no answer. */
  read(message: Message): number | undefined;
}

/**
 * `id`: objects with a field of that name, in requests and answers. `order`: every message that comes is the answer to
 * the oldest request that has none.
 */
export type CorrelationChoice<Message> = 'id' | 'order' | Correlation<Message>;

/** What is wrong with a choice. */
export function findCorrelationMistakes(choice: unknown): readonly string[] {
  const given = Object(choice) as object;
  const isOwn = ['attach', 'read'].every((name) => typeof Reflect.get(given, name) === 'function');
  if (choice === undefined || choice === 'id' || choice === 'order' || isOwn) return [];
  return [`correlation must be "id", "order", or have attach() and read(); received ${quote(choice)}`];
}

/** A number in the field `id` of objects. @throws TypeError for a request that is no object */
export function createIdCorrelation<Message>(): Correlation<Message> {
  return {
    attach(message, id) {
      if (typeof message !== 'object' || message === null || Array.isArray(message))
        throw new TypeError(
          `a request must be an object, to bear an id; received ${quote(message)}. Give another correlation`,
        );
      return { ...message, id };
    },
    read(message) {
      const id: unknown = Reflect.get(Object(message) as object, 'id');
      return typeof id === 'number' ? id : undefined;
    },
  };
}
