import { defineWorker } from 'glovebox/process';

export default defineWorker({ commands: { echo: (value: number) => value } });
