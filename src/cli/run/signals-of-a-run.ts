import { constants } from 'node:os';
import process from 'node:process';

const RELAYED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

/** The signals of this process, for a command that runs elsewhere: until it runs, the first one calls its start off. */
export class SignalsOfARun implements Disposable {
  readonly #controller = new AbortController();
  readonly #stops: (() => void)[];
  #send: ((name: NodeJS.Signals) => unknown) | undefined;
  #first: NodeJS.Signals | undefined;

  constructor() {
    this.#stops = RELAYED.map((name) => {
      const take = (): void => this.#take(name);
      process.on(name, take);
      return () => process.off(name, take);
    });
  }

  /** Of what prepares the command. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What came before the command was started. */
  get first(): NodeJS.Signals | undefined {
    return this.#first;
  }

  /** From now on each goes to the command, and so does one that came as it was being started. */
  sendTo(send: (name: NodeJS.Signals) => unknown): void {
    this.#send = send;
    if (this.#first !== undefined) send(this.#first);
    this.#first = undefined;
  }

  #take(name: NodeJS.Signals): void {
    if (this.#send !== undefined) this.#send(name);
    else {
      this.#first ??= name;
      this.#controller.abort();
    }
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/**
 * Runs a command that takes a while to be started, with the signals of this process.
 *
 * @returns its exit code; 128 and the number of the signal that came before it was started
 */
export async function runWithSignals(run: (signals: SignalsOfARun) => Promise<number>): Promise<number> {
  using signals = new SignalsOfARun();
  try {
    return await run(signals);
  } catch (error) {
    const { first } = signals;
    if (first === undefined) throw error;
    console.error(`glovebox run: ${first} came before the command was started, and nothing was run`);
    return 128 + constants.signals[first];
  }
}
