import { Frame } from '../wire/frame.js';

/** The headers of a frame that was kept. */
export function readFrame(bytes: Uint8Array | undefined): Frame | undefined {
  return bytes === undefined ? undefined : new Frame(bytes);
}
