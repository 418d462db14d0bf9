import type { PacketRingSize } from '../../native/packet-ring.js';

/** What the thread of a capture is started with. */
export interface CaptureThreadData {
  /** The sockets, in the order of the ports. */
  readonly fds: readonly number[];
  readonly ring: PacketRingSize;
  readonly wakeFd: number;
  readonly maxBytes: number;
  /** The file that all frames go to, its header in it already. */
  readonly fileFd: number | undefined;
  /** One number for each of {@link TOTALS}, then the frames received of each port: shared. */
  readonly counts: Float64Array;
}

export const TOTALS = ['received', 'overwritten', 'written'] as const;

/** Frames in a row, as packet blocks of pcapng. */
export interface FrameChunk {
  /** The number of the first, from 0. */
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

export type CaptureCommand =
  /** Asks for the frames from a number on: those that came before the command, or as soon as there is one. */
  | { readonly kind: 'read'; readonly id: number; readonly from: number; readonly until: 'now' | 'next' }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'stop' };

/** What could not be written to the file. */
export interface FileFailure {
  readonly code: string;
  readonly message: string;
}

export type CaptureReport =
  | { readonly kind: 'frames'; readonly id: number; readonly chunks: readonly FrameChunk[] }
  /** The last: all that is kept. */
  | { readonly kind: 'stopped'; readonly chunks: readonly FrameChunk[]; readonly failure: FileFailure | undefined };
