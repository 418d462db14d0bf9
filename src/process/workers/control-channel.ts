import { Socket } from 'node:net';
import { openSocketPair } from '../../native/descriptor-message.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { type ControlAnswer, type ControlRequest, encodeFrame, FrameReader } from './control-frames.js';

/** The test's ends of a worker's channel, a new one for each of its runs: what one did not read is not another's. */
export class ControlChannel {
  #pair: { readonly ours: FileDescriptor; readonly theirs: FileDescriptor } | undefined;
  #socket: Socket | undefined;

  /** The number of the end that the next run gets; its process inherits it. @throws KernelError EMFILE */
  get fd(): number {
    if (this.#pair === undefined) {
      const [ours, theirs] = openSocketPair('stream');
      this.#pair = { ours, theirs };
    }
    return this.#pair.theirs.number;
  }

  /** Begins to talk with the run that has got {@link ControlChannel.fd}; returns what ends it. */
  open(take: (answer: ControlAnswer) => void): { end(): Promise<void> } {
    const pair = this.#pair;
    if (pair === undefined) throw new TypeError('nobody was given the other end');
    // The socket has taken the descriptor over.
    const socket = new Socket({ fd: pair.ours.number, readable: true, writable: true });
    const reader = new FrameReader<ControlAnswer>();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (bytes) => {
      for (const answer of reader.push(bytes)) take(answer);
    });
    socket.on('error', () => socket.destroy());
    socket.unref();
    this.#socket = socket;
    let isOver = false;
    return {
      end: () => {
        if (!isOver) {
          isOver = true;
          this.#socket = undefined;
          this.#pair = undefined;
          // Nobody has the other end any more: what the worker wrote last is read, and then comes the end.
          pair.theirs.close();
          // Whoever waits for that end may be the last thing that this process does.
          socket.ref();
        }
        return closed;
      },
    };
  }

  /** @throws DataCloneError for what cannot be copied */
  send(request: ControlRequest): void {
    this.#socket?.write(encodeFrame(request));
  }

  /** Waits until everything that was in the kernel's buffer when this was called has been taken. */
  async drain(): Promise<void> {
    for (;;) {
      const before = this.#socket?.bytesRead;
      // After the first, one whole turn of the event loop has looked at the socket.
      await nextTurn();
      await nextTurn();
      if (this.#socket?.bytesRead === before) return;
    }
  }

  /** Safe to call twice. */
  close(): void {
    this.#socket?.destroy();
    this.#pair?.theirs.close();
    // One that no run has used is no socket's yet.
    if (this.#socket === undefined) this.#pair?.ours.close();
    this.#pair = undefined;
    this.#socket = undefined;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
