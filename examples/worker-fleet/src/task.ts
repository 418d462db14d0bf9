import { FleetError } from './errors.ts';

/** From the most urgent on. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;

export type Priority = (typeof PRIORITIES)[number];

/** Work: so many steps, each of which takes its time and goes on from what the last one found. */
export interface Task {
  /** Chosen by who submits it: submitted twice, it is done once. */
  readonly id: string;
  readonly priority: Priority;
  /** What the work is about. */
  readonly input: string;
  readonly steps: number;
  readonly stepMs: number;
  /** After how many steps a checkpoint is made; 0 for never. */
  readonly checkpointEvery: number;
  /** How much each step adds to what a checkpoint holds. */
  readonly recordBytes: number;
}

/** How far a task has come. Whoever has it can go on from there. */
export interface Checkpoint {
  /** Steps that are done. */
  readonly step: number;
  readonly digest: string;
  /** What the steps have noted. */
  readonly records: string;
}

/** How a task ended. */
export interface Outcome {
  readonly taskId: string;
  readonly isDone: boolean;
  /** What came out of it; why it failed. */
  readonly value: string;
  readonly worker: string;
  /** How many workers it took. */
  readonly attempts: number;
}

export function rankOf(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}

/** @throws FleetError `INVALID_TASK` with all that is wrong */
export function checkTask(task: Task): void {
  const mistakes = [
    ...(task.id === '' ? ['it has no id'] : []),
    ...(PRIORITIES.includes(task.priority) ? [] : [`there is no priority ${JSON.stringify(task.priority)}`]),
    ...(Number.isInteger(task.steps) && task.steps > 0 ? [] : [`steps is ${task.steps}, not a whole number above 0`]),
    ...(['stepMs', 'checkpointEvery', 'recordBytes'] as const).flatMap((name) =>
      Number.isFinite(task[name]) && task[name] >= 0 ? [] : [`${name} is ${task[name]}, not a number from 0 on`],
    ),
  ];
  if (mistakes.length > 0)
    throw new FleetError('INVALID_TASK', `task ${JSON.stringify(task.id)}: ${mistakes.join('; ')}`);
}
