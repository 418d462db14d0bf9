import type { ProblemRecord } from '../../scenario-result.js';

interface Problem {
  readonly atMs: number;
  readonly message: string;
  readonly subject: string;
  lastMs: number;
  count: number;
}

/** What went wrong with sources: of each kind the first is told, and how often it was. */
export class SourceProblems {
  readonly #problems = new Map<string, Problem>();

  add(subject: string, kind: string, message: string, atMs: number): void {
    const key = JSON.stringify([subject, kind]);
    const known = this.#problems.get(key);
    if (known === undefined) {
      this.#problems.set(key, { atMs, message, subject, lastMs: atMs, count: 1 });
    } else {
      known.count += 1;
      known.lastMs = atMs;
    }
  }

  list(): readonly ProblemRecord[] {
    return [...this.#problems.values()].map(({ atMs, message, subject, lastMs, count }) => {
      const more = count === 1 ? '' : ` (${count} times, the last at ${Math.round(lastMs)} ms)`;
      return { atMs, message: `${subject} ${message}${more}`, subject };
    });
  }
}
