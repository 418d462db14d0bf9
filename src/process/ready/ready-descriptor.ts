import { Socket } from 'node:net';
import { openPipe } from '../../native/pipe.js';
import type { ReadyCheck } from './ready-target.js';

/** Ready at the first byte on a pipe; a program that closes it without one has given up. */
export function createDescriptorCheck(number: number): ReadyCheck {
  const { readEnd, writeEnd } = openPipe();
  const reader = new Socket({ fd: readEnd.number, readable: true, writable: false });
  return {
    description: `a byte on descriptor ${number} (READY_FD)`,
    env: { READY_FD: String(number) },
    descriptors: [{ number, fd: writeEnd.number }],
    wait: () => {
      // As long as this process holds it, the end of the other holders is not seen.
      writeEnd.close();
      return new Promise((resolve, reject) => {
        reader.once('data', () => resolve());
        reader.once('error', reject);
        reader.once('end', () => reject(new Error('it was closed, with nothing written to it')));
      });
    },
    close: () => {
      writeEnd.close();
      // The socket has taken the descriptor over.
      reader.destroy();
    },
  };
}
