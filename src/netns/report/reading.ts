import { messageOf } from '../../core/message-of.js';
/** What was read of a lab, or why it could not be: a report on something broken must not break itself. */
export type Reading<T> = { readonly value: T; readonly failure?: never } | { readonly failure: string };

/** Reads, and keeps the reason where that is not possible. */
export function attempt<T>(read: () => T): Reading<T> {
  try {
    return { value: read() };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

/** The value, where there is one. */
export function readingValue<T>(reading: Reading<T>): T | undefined {
  return reading.failure === undefined ? reading.value : undefined;
}
