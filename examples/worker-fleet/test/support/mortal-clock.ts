import type { Clock, Timer } from '../../src/clock.ts';

/** The clock of a program that can be killed: from then on none of its timers fires. */
export class MortalClock implements Clock {
  readonly #clock: Clock;
  #isDead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  die(): void {
    this.#isDead = true;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimer(() => {
      if (!this.#isDead) callback();
    }, delayMs);
  }
}
