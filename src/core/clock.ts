/** A timer that was set on a {@link Clock}. */
export interface ClockTimer {
  /** Takes the timer back; safe to call twice, and after it fired. */
  cancel(): void;
}

/**
 * The only source of time in glovebox. Give a {@link VirtualClock} to make waiting free and exact, a {@link RealClock}
 * to wait for real.
 */
export interface Clock {
  /** Milliseconds since the clock's own epoch; never goes back. */
  now(): number;
  /** Calls `callback` once `delayMs` milliseconds have passed on this clock. */
  setTimer(callback: () => void, delayMs: number): ClockTimer;
  /** Resolves once `delayMs` milliseconds have passed on this clock; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
