import { Socket } from 'node:net';
import { messageOf } from '../errors.ts';
import { Poll } from '../system/poll.ts';
import { JsonLines } from './json-lines.ts';
import type { WorkerOrder, WorkerReport } from './messages.ts';

/** The descriptors that a worker inherits: its conversation with the supervisor, and the memory for its counters. */
export const [CONTROL_FD, MEMORY_FD] = [3, 4];

/** What a worker does. */
export interface WorkerTask {
  /** What it waits for now. */
  fds(): readonly number[];
  /** How long it waits at most; -1 is for ever. */
  timeoutMs(): number;
  /** Does what there is to do, and comes back soon. */
  turn(): void;
  obey(order: WorkerOrder): void;
}

/**
 * The life of a worker: it waits in one poll(2) for packets and for the supervisor, so that Node's event loop, which
 * knows nothing of our sockets, runs only in between. When the supervisor is gone, by SIGKILL too, so is the worker.
 */
export function runWorker(createTask: (report: (report: WorkerReport) => void) => WorkerTask): void {
  // Ctrl-C is for the supervisor, which tells its workers in their turn.
  process.on('SIGINT', () => {});
  const control = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
  const lines = new JsonLines<WorkerOrder, WorkerReport>(control, (order) => task.obey(order));
  control.on('end', () => process.exit(1));
  control.on('error', () => process.exit(1));
  const task = createTask((report) => lines.send(report));
  const poll = new Poll();
  const turn = (): void => {
    poll.watch([CONTROL_FD, ...task.fds()]);
    poll.wait(task.timeoutMs());
    try {
      task.turn();
    } catch (error) {
      lines.send({ report: 'problem', message: messageOf(error) });
      process.exitCode = 1;
      lines.end();
      return;
    }
    // Node reads what the supervisor says before it does this.
    setImmediate(turn);
  };
  setImmediate(turn);
}
