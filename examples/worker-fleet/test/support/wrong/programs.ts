import { fileURLToPath } from 'node:url';

/** What can be wrong with a fleet, on purpose: checkers are to find it. */
export const WRONGS = [
  'no-jitter',
  'no-priority',
  'lose-one-in-a-thousand',
  'deliver-twice',
  'no-checkpoints',
] as const;

export type Wrong = 'none' | (typeof WRONGS)[number];

const at = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

/** The programs that do it, in place of the fleet's own. */
export const WRONG_PROGRAMS: Readonly<Record<Wrong, { readonly coordinator?: string; readonly worker?: string }>> = {
  none: {},
  'no-jitter': { worker: at('worker-without-jitter') },
  'no-priority': { coordinator: at('coordinator-without-priority') },
  'lose-one-in-a-thousand': { coordinator: at('coordinator-that-loses') },
  // It is the client that takes outcomes twice, and the client is no program.
  'deliver-twice': {},
  'no-checkpoints': { coordinator: at('coordinator-without-checkpoints') },
};
