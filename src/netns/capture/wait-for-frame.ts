import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { AbortedError, DisposedError, quote, TimeoutError, UsageError } from '../../core/errors.js';
import { RealClock } from '../../core/real-clock.js';
import type { FrameChunk } from './capture-protocol.js';
import { type CapturedFrame, type CapturePort, decodeChunk, describeFrame } from './captured-frame.js';

const DEFAULT_TIMEOUT_MS = 5000;

/** How a frame is waited for. */
export interface WaitForFrameOptions {
  /** @defaultValue 5000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What of a capture a frame is waited for in. */
export interface FrameSource {
  readonly ports: readonly CapturePort[];
  hasStopped(): boolean;
  /** What was kept, once it has stopped. */
  kept(): readonly FrameChunk[];
  /** Frames from a number on, when there are any; `undefined` when it was called off, or there will be none. */
  read(from: number, signal: AbortSignal): Promise<readonly FrameChunk[] | undefined>;
  stop(): Promise<void>;
}

/** The first frame that a function says yes to. */
export async function waitForFrame(
  predicate: (frame: CapturedFrame) => boolean,
  options: WaitForFrameOptions,
  capture: FrameSource,
): Promise<CapturedFrame> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = checkWaitOptions(predicate, options);
  const aborts = new AbortController();
  const timer = new RealClock().setTimer(() => aborts.abort(), timeoutMs);
  const callOff = (): void => aborts.abort();
  signal?.addEventListener('abort', callOff, { once: true });
  if (signal?.aborted) aborts.abort();
  let last: readonly CapturedFrame[] = [];
  let from = 0;
  try {
    for (;;) {
      const chunks = capture.hasStopped() ? capture.kept() : await capture.read(from, aborts.signal);
      for (const chunk of chunks ?? []) {
        for (const frame of decodeChunk(chunk, capture.ports)) {
          if (frame.index < from) continue;
          from = frame.index + 1;
          if (predicate(frame)) return frame;
          last = [...last.slice(-2), frame];
        }
      }
      if (signal?.aborted) throw new AbortedError('The wait for a frame was called off', { cause: signal.reason });
      if (aborts.signal.aborted)
        throw new TimeoutError(
          `No frame that was waited for came within ${timeoutMs} ms: ${tellLast(from, last)}`,
          timeoutMs,
        );
      if (capture.hasStopped())
        throw new DisposedError('capture', 'waitFor()', `No frame matched: ${tellLast(from, last)}`);
      // The thread is ending; what it has kept will be looked at.
      if (chunks === undefined) await capture.stop();
    }
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', callOff);
  }
}

function checkWaitOptions(predicate: unknown, options: WaitForFrameOptions): WaitForFrameOptions {
  checkOptions('capture.waitFor', options);
  const { timeoutMs, signal } = options;
  const mistakes = [
    ...(typeof predicate === 'function' ? [] : [`predicate must be a function; received ${quote(predicate)}`]),
    ...findUnknownOptions(options, ['timeoutMs', 'signal']),
    ...(timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs)),
    ...(signal === undefined || typeof signal?.addEventListener === 'function'
      ? []
      : [`signal must be an AbortSignal; received ${quote(signal)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError('capture.waitFor', mistakes);
  return options;
}

function tellLast(seen: number, last: readonly CapturedFrame[]): string {
  if (seen === 0) return 'none was captured at all';
  return `${seen} were captured, the last of them\n${last.map((frame) => `- ${describeFrame(frame)}`).join('\n')}`;
}
