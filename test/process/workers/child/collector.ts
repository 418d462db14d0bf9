import { defineWorker, type WorkerContext } from '../../../../src/process/workers/define-worker.js';

let count = 0;

export default defineWorker({
  start: ({ args, serve, emit }: WorkerContext<{ readonly port?: number }, { got: number }>) =>
    serve({ tcp: args.port ?? 0, host: '127.0.0.1' }, () => {
      count += 1;
      emit('got', count);
      return { ack: count };
    }),
  commands: {
    count: () => count,
    add: (a: number, b: number) => a + b,
    later: async (text: string) => ({ text, when: new Date(0), bytes: new Uint8Array([1, 2]) }),
    fail: () => {
      throw Object.assign(new RangeError('out of tea'), { code: 'ETEA' });
    },
    die: () => {
      process.stderr.write('no more\n');
      process.exit(7);
    },
    reject: () => {
      void Promise.reject(new Error('nobody caught me'));
      return new Promise(() => {});
    },
    hang: () => new Promise(() => {}),
  },
});
