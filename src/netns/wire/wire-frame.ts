import { Frame } from './frame.js';
import type { WireDirection } from './wire-protocol.js';

/**
 * A frame that passes a wire, as a function that decides about it sees it. In the thread of the wire its bytes are
 * overwritten when the function has returned.
 */
export class WireFrame extends Frame {
  readonly direction: WireDirection;
  /** Which frame of its direction it is, from 1. */
  readonly index: number;

  constructor(bytes: Uint8Array, direction: WireDirection, index: number) {
    super(bytes);
    this.direction = direction;
    this.index = index;
  }
}
