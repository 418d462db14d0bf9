import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Calls for every word that comes. The host says `connection`, for a descriptor is there, and `stop`; a handler says `ready`, and
 * `returned`, for a descriptor is there that it has no room for. Who listens to the socket hears of its end and its errors.
 */
export function onWords<Word extends string>(socket: Socket, words: readonly Word[], hear: (word: Word) => void): void {
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    const word = words.find((each) => each === line);
    if (word !== undefined) hear(word);
  });
  // It repeats those of the socket: the other side may die with words unread.
  lines.on('error', () => {});
}
