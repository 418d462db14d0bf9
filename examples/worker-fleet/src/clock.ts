/** A timer that was set on a {@link Clock}. */
export interface Timer {
  /** Takes it back; safe to call twice, and after it fired. */
  cancel(): void;
}

/** Where the time comes from. */
export interface Clock {
  /** Milliseconds; never goes back. */
  now(): number;
  setTimer(callback: () => void, delayMs: number): Timer;
}

/** Where chance comes from. */
export interface Random {
  /** From 0 to 1, without 1. */
  float(): number;
}

/** That of the machine: milliseconds since 1970, which do not jump while the process runs. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

export const systemRandom: Random = { float: Math.random };
