import type { Process } from 'glovebox/process';
import type { SubmittedTask } from '../../src/client/submissions.ts';
import type { Outcome } from '../../src/protocol/messages.ts';

/** 0, 1, … */
export function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** The outcomes of tasks, in the order in which those were given. */
export function outcomesOf(tasks: readonly SubmittedTask[]): Promise<Outcome[]> {
  return Promise.all(tasks.map(({ outcome }) => outcome));
}

/** The numbers of the tasks that a collector has begun, in its order; it has to be verbose. */
export function begunBy(collector: Process): number[] {
  return collector.logs.lines().flatMap(({ text }) => {
    const match = /begins \w+ \{"n":(\d+)/.exec(text);
    return match === null ? [] : [Number(match[1])];
  });
}
