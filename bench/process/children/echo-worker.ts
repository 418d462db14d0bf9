import { defineWorker } from '../../../src/process/workers/define-worker.js';

export default defineWorker({ commands: { echo: (value: number) => value } });
