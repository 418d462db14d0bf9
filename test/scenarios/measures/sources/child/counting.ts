import { defineWorker } from '../../../../../src/process/workers/define-worker.js';

let done = 0;

export default defineWorker({
  start: () => undefined,
  commands: {
    work: (count: number) => {
      done += count;
    },
    stats: () => ({ done }),
  },
});
