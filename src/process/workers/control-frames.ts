import { deserialize, serialize } from 'node:v8';
import type { WorkerBehaviour } from './behaviour.js';

/** An error as it crosses from one process to another. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
}

/** What the test tells a worker. */
export type ControlRequest =
  | {
      readonly kind: 'start';
      readonly name: string;
      readonly args: unknown;
      readonly behaviours: readonly WorkerBehaviour[];
    }
  | { readonly kind: 'call'; readonly id: number; readonly command: string; readonly args: readonly unknown[] }
  | { readonly kind: 'behave'; readonly id: number; readonly behaviour: WorkerBehaviour }
  | { readonly kind: 'behaveWell'; readonly id: number };

/** What a worker tells the test. */
export type ControlAnswer =
  | { readonly kind: 'ready'; readonly info: unknown; readonly commands: readonly string[] }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: SentError }
  | { readonly kind: 'event'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'received'; readonly message: unknown; readonly connection: number | undefined };

const HEADER_BYTES = 4;

/** Its length in 4 bytes, then the value as the structured clone algorithm writes it. @throws DataCloneError */
export function encodeFrame(value: ControlRequest | ControlAnswer): Buffer {
  const body = serialize(value);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32BE(body.length, 0);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** Takes bytes in whatever pieces they come, and gives the frames that are whole. */
export class FrameReader<Frame> {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): readonly Frame[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    for (;;) {
      if (this.#rest.length < HEADER_BYTES) return frames;
      const end = HEADER_BYTES + this.#rest.readUInt32BE(0);
      if (this.#rest.length < end) return frames;
      // Both ends of the channel are this package's own, of one version.
      frames.push(deserialize(this.#rest.subarray(HEADER_BYTES, end)) as Frame);
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/** What is thrown need not be an error. */
export function toSentError(thrown: unknown): SentError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown), stack: undefined, code: undefined };
  const code: unknown = Reflect.get(thrown, 'code');
  const isPlain = typeof code === 'string' || typeof code === 'number';
  return { name: thrown.name, message: thrown.message, stack: thrown.stack, code: isPlain ? code : undefined };
}
