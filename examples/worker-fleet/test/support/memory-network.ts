import type { Clock } from '../../src/clock.ts';
import type { Accept, Dial, Transport, TransportEvents } from '../../src/connection/transport.ts';

export type Way = 'up' | 'down';

/** Changes a frame on its way; `undefined` loses it. `up` is to the coordinator. */
export type Tamper = (frame: Uint8Array, way: Way, name: string) => Uint8Array | undefined;

interface Line {
  readonly name: string;
  readonly ends: { readonly [Each in Way]: (reason: string) => void };
}

/** Connections without a network: everything takes its time on a clock, and can be lost, changed, cut and reset. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #lines = new Set<Line>();
  readonly #cuts = new Set<string>();
  /** What takes connections; nobody at first. */
  accept: Accept | undefined;
  tamper: Tamper = (frame) => frame;
  /** When each attempt to connect was made, and by whom. */
  readonly attempts: { readonly atMs: number; readonly name: string }[] = [];

  constructor(clock: Clock, latencyMs = 1) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  /** Frames of one that go this way are lost from now on, and nobody is told. */
  cut(name: string, ...ways: Way[]): void {
    for (const way of ways.length === 0 ? (['up', 'down'] as const) : ways) this.#cuts.add(`${name} ${way}`);
  }

  /** Frames of one that go either way arrive again. */
  mend(name: string): void {
    for (const way of ['up', 'down']) this.#cuts.delete(`${name} ${way}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  /** Ends connections; both ends are told. @defaultValue those of all */
  reset(name?: string): void {
    for (const line of [...this.#lines].filter((each) => name === undefined || each.name === name)) {
      this.#lines.delete(line);
      for (const end of [line.ends.up, line.ends.down]) end('ECONNRESET');
    }
  }

  dial(name: string): Dial {
    return (events) => {
      this.attempts.push({ atMs: this.#clock.now(), name });
      let accepted: ReturnType<Accept> | undefined;
      const isOver = { up: false, down: false };
      const endOf = (way: Way, listener: () => Pick<TransportEvents, 'onClose'> | undefined) => (reason: string) => {
        if (isOver[way]) return;
        isOver[way] = true;
        listener()?.onClose(reason);
      };
      const line: Line = { name, ends: { up: endOf('up', () => accepted), down: endOf('down', () => events) } };
      const later = (then: () => void): void => void this.#clock.setTimer(then, this.#latencyMs);
      const carry = (way: Way, take: (frame: Uint8Array) => void): Transport => {
        const own: Way = way === 'up' ? 'down' : 'up';
        const end = (reason: string): void => {
          line.ends[own](reason);
          later(() => {
            if (!this.#cuts.has(`${name} ${way}`)) line.ends[way](reason);
          });
        };
        return {
          bufferedBytes: 0,
          send: (frame) => {
            const bytes = Uint8Array.from(frame);
            later(() => {
              if (this.#cuts.has(`${name} ${way}`) || isOver[way]) return;
              const changed = this.tamper(bytes, way, name);
              if (changed !== undefined) take(changed);
            });
          },
          close: end,
          destroy: () => end('ECONNRESET'),
        };
      };
      const ours = carry('up', (frame) => accepted?.onFrame(frame));
      later(() => {
        if (this.#cuts.has(`${name} up`)) return;
        if (this.accept === undefined) line.ends.down('ECONNREFUSED');
        if (isOver.down || this.accept === undefined) return;
        this.#lines.add(line);
        events.onOpen();
        accepted = this.accept(carry('down', (frame) => events.onFrame(frame)));
      });
      return ours;
    };
  }
}
