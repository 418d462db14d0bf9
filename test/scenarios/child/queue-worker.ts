import { rmSync } from 'node:fs';
import { defineWorker, type WorkerContext } from '../../../src/process/workers/define-worker.js';

let done = 0;

/** Does tasks, and answers with their number. It dies of a poisoned one. */
export default defineWorker({
  start: ({ args, serve, name }: WorkerContext<{ readonly unix: string }>) => {
    // Whoever was killed has left it.
    rmSync(args.unix, { force: true });
    return serve({ unix: args.unix }, (message) => {
      const { id, task } = message as { readonly id: number; readonly task: number | string };
      if (task === 'poison') process.exit(7);
      done += 1;
      return { id, task, by: name };
    });
  },
  commands: { stats: () => ({ done }) },
});
