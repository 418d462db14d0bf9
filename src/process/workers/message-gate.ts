import { type BehaviourEffect, Behaviours } from './behaviour.js';

/** What comes of a message: an answer, none, or the end of its connection. */
export type Outcome<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer | undefined }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'disconnect' };

/** The one way that messages take into a worker: they are recorded, and treated as its behaviours say. */
export class MessageGate {
  readonly behaviours = new Behaviours();
  readonly #record: (message: unknown, connection: number | undefined) => void;
  #isReading = true;
  #waiting: (() => void)[] = [];

  /** @param record - Tells the test of a message. */
  constructor(record: (message: unknown, connection: number | undefined) => void) {
    this.#record = record;
  }

  /** Takes all behaviours back, and reads again. */
  behaveWell(): void {
    this.behaviours.clear();
    this.#setReading(true);
  }

  /** Resolves once reading is allowed. */
  async untilReading(): Promise<void> {
    while (!this.#isReading) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** @param reply - Sends what came of the message; a crash after the answer waits for it. */
  async take<Answer>(
    message: unknown,
    connection: number | undefined,
    handle: () => Answer | Promise<Answer>,
    reply: (outcome: Outcome<Answer>) => void | Promise<void>,
  ): Promise<void> {
    this.#record(message, connection);
    const { delayMs, effect } = this.behaviours.treat();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (effect !== undefined) endBefore(effect);
    const outcome = await this.#decide(effect, handle);
    await reply(outcome);
    if (effect?.crash === 'after') process.kill(process.pid, 'SIGKILL');
    if (effect?.stopReading === true) this.#setReading(false);
  }

  async #decide<Answer>(
    effect: BehaviourEffect | undefined,
    handle: () => Answer | Promise<Answer>,
  ): Promise<Outcome<Answer>> {
    if (effect?.garble === true) return { kind: 'garbage' };
    if (effect?.disconnect === true) return { kind: 'disconnect' };
    if (effect?.silent === true) return { kind: 'answer', answer: undefined };
    // What a wrong answer is, is the test's business alone.
    if (effect !== undefined && 'answer' in effect) return { kind: 'answer', answer: effect.answer as Answer };
    return { kind: 'answer', answer: await handle() };
  }

  #setReading(isReading: boolean): void {
    this.#isReading = isReading;
    if (!isReading) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}

function endBefore({ crash, exit, freeze }: BehaviourEffect): void {
  if (crash === 'before') process.kill(process.pid, 'SIGKILL');
  if (exit !== undefined) process.exit(exit);
  if (freeze === true) process.kill(process.pid, 'SIGSTOP');
}
