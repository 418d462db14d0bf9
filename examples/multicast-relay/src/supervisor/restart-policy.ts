const [FIRST_DELAY_MS, LAST_DELAY_MS] = [50, 2000];
const STEADY_MS = 1000;

/** How long to wait before a worker that died is started again: not at all, unless it does nothing but die. */
export class RestartPolicy {
  #nextDelayMs = 0;

  /** @param livedMs how long the worker lived that died now */
  delayMs(livedMs: number): number {
    const delayMs = livedMs >= STEADY_MS ? 0 : this.#nextDelayMs;
    this.#nextDelayMs = Math.min(LAST_DELAY_MS, Math.max(FIRST_DELAY_MS, delayMs * 2));
    return delayMs;
  }
}
