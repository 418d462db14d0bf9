import type { Impairment } from './impairment-model.js';

/** Which way a frame goes: from the first end of the link to the second, or back. */
export type WireDirection = 'aToB' | 'bToA';

export const DIRECTIONS: readonly WireDirection[] = ['aToB', 'bToA'];

/**
 * What becomes of a frame: nothing said, it passes. `frames` go on in its place, the headers' checksums as they are in
 * them; none is as good as `'drop'`.
 */
export type WireVerdict =
  | 'pass'
  | 'drop'
  | { readonly delayMs?: number; readonly frames?: readonly Uint8Array[] }
  | undefined;

/** What has become of the frames of one direction of a wire, since the lab was built. */
export interface WireCounts {
  /** Frames that came in, and were taken. */
  readonly received: number;
  /** Frames that went out, duplicates among them. */
  readonly delivered: number;
  /** By `lossPercent`. */
  readonly lost: number;
  /** By `limitPackets`; and what came while 16384 were held already, or waited for a function in the test's thread. */
  readonly overLimit: number;
  /** By a test's own function, or by a fault. */
  readonly dropped: number;
  readonly duplicated: number;
  readonly corrupted: number;
  readonly reordered: number;
  /** What the kernel would not take at the other end: the interface was down. */
  readonly refused: number;
  /** What came faster than it could be passed on, tens of thousands of frames of it, and was not taken. */
  readonly overrun: number;
}

/** The places of the counts of one direction. */
export const COUNTS = [
  'received',
  'delivered',
  'lost',
  'overLimit',
  'dropped',
  'duplicated',
  'corrupted',
  'reordered',
  'refused',
  // Counted by the kernel.
  'overrun',
] as const satisfies readonly (keyof WireCounts)[];

/** Where the counts of a direction begin. */
export function countsAt(wire: number, direction: number): number {
  return (2 * wire + direction) * COUNTS.length;
}

/** In place of the number of a command: the thread has ended, and was not told to. */
export const THREAD_ENDED = -1;

/** What the worker that passes the frames on is started with. */
export interface WireWorkerData {
  readonly wires: readonly { readonly fds: readonly [number, number]; readonly mtu: number; readonly seed: number }[];
  readonly wakeFd: number;
  /** One number for each of {@link COUNTS}, for both directions of every wire. */
  readonly counts: Float64Array;
  /** The number of the last command that was done, or {@link THREAD_ENDED}. */
  readonly done: Int32Array;
}

/** What the worker is told. Commands have a number, and are in effect when `done` has it. */
export type WireCommand = { readonly sequence: number } & (
  | {
      readonly kind: 'impair';
      readonly wire: number;
      readonly direction: number;
      readonly settings: Impairment;
      readonly seed: number;
    }
  | { readonly kind: 'hold'; readonly wire: number; readonly direction: number; readonly held: boolean }
  | { readonly kind: 'intercept'; readonly wire: number; readonly by: 'nobody' | 'main' }
  | { readonly kind: 'load'; readonly wire: number; readonly url: string; readonly name: string }
  | { readonly kind: 'verdict'; readonly frame: number; readonly verdict: WireVerdict }
  | { readonly kind: 'stop' }
);

/** What the worker tells. */
export type WireReport =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'frame';
      readonly frame: number;
      readonly wire: number;
      readonly direction: number;
      readonly index: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'loaded'; readonly sequence: number; readonly failure: string | undefined }
  | { readonly kind: 'failed'; readonly wire: number; readonly error: unknown };
