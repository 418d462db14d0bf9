import type { Traffic } from '../connection/traffic.ts';
import type { WorkerFigures } from '../protocol/messages.ts';
import { Counter, Histogram, Reading, renderMetrics } from './metrics.ts';

/** What is read when somebody asks. */
export interface CoordinatorReadings {
  readonly traffic: Traffic;
  workers(): readonly {
    readonly name: string;
    readonly isConnected: boolean;
    readonly figures: WorkerFigures | undefined;
  }[];
  pending(): number;
  running(): number;
}

const FIGURES: readonly (readonly [keyof WorkerFigures, string, 'counter' | 'gauge', string])[] = [
  ['connectionAttempts', 'fleet_worker_connection_attempts_total', 'counter', 'Attempts to connect'],
  ['connections', 'fleet_worker_connections_total', 'counter', 'Attempts that were welcomed'],
  ['reconnections', 'fleet_worker_reconnections_total', 'counter', 'Connections after the first'],
  ['reconnectMs', 'fleet_worker_reconnect_milliseconds_total', 'counter', 'Time without a connection before those'],
  ['tasksDone', 'fleet_worker_tasks_done_total', 'counter', 'Tasks that came to a result'],
  ['checkpointsCreated', 'fleet_worker_checkpoints_created_total', 'counter', 'Checkpoints that it made'],
  [
    'checkpointsRestored',
    'fleet_worker_checkpoints_restored_total',
    'counter',
    'Tasks that it took up from a checkpoint',
  ],
  ['messagesSent', 'fleet_worker_messages_sent_total', 'counter', 'Messages that it sent'],
  ['messagesReceived', 'fleet_worker_messages_received_total', 'counter', 'Messages that it got'],
  ['plainBytes', 'fleet_worker_plain_bytes_total', 'counter', 'Bytes of its messages, both ways'],
  ['wireBytes', 'fleet_worker_wire_bytes_total', 'counter', 'Bytes of the same, compressed'],
  ['residentBytes', 'fleet_worker_resident_bytes', 'gauge', 'Memory of the worker'],
];

/** What a coordinator tells of itself and its workers. Figures of tasks go on over restarts, others begin at 0. */
export class CoordinatorMetrics {
  readonly submitted = new Counter('fleet_tasks_submitted_total', 'Tasks that are known');
  readonly done = new Counter('fleet_tasks_done_total', 'Tasks that came to a result');
  readonly failed = new Counter('fleet_tasks_failed_total', 'Tasks that came to none');
  readonly requeued = new Counter('fleet_tasks_requeued_total', 'Tasks that were taken from a worker');
  readonly superseded = new Counter('fleet_results_superseded_total', 'Results of tasks that were finished');
  readonly checkpointsCreated = new Counter('fleet_checkpoints_created_total', 'Checkpoints that were stored');
  readonly checkpointsRestored = new Counter('fleet_checkpoints_restored_total', 'Tasks that were assigned with one');
  readonly connections = new Counter('fleet_connections_total', 'Connections, by what became of them');
  readonly taskSeconds = new Histogram('fleet_task_seconds', 'From submission to the result, by priority');
  readonly waitSeconds = new Histogram('fleet_task_wait_seconds', 'From submission to the first worker, by priority');
  readonly deliverySeconds = new Histogram('fleet_message_delivery_seconds', 'From sending to the acknowledgement');
  readonly #readings: readonly Reading[];

  constructor({ traffic, workers, pending, running }: CoordinatorReadings) {
    const read = (name: string, help: string, type: 'counter' | 'gauge', value: () => number) =>
      new Reading(name, help, type, () => [[value()]]);
    this.#readings = [
      read('fleet_workers_connected', 'Workers with a connection', 'gauge', () =>
        workers().reduce((count, worker) => count + (worker.isConnected ? 1 : 0), 0),
      ),
      read('fleet_tasks_pending', 'Tasks that wait for a worker', 'gauge', pending),
      read('fleet_tasks_running', 'Tasks that workers do', 'gauge', running),
      read('fleet_messages_sent_total', 'Messages, sent', 'counter', () => traffic.messagesSent),
      read('fleet_messages_received_total', 'Messages, received', 'counter', () => traffic.messagesReceived),
      read('fleet_messages_resent_total', 'Messages that had to be sent again', 'counter', () => traffic.resent),
      read('fleet_messages_duplicate_total', 'Messages that had come before', 'counter', () => traffic.duplicates),
      read('fleet_frames_corrupted_total', 'Frames that were not as sealed', 'counter', () => traffic.corrupted),
      read('fleet_message_plain_bytes_total', 'Bytes of messages, both ways', 'counter', () => traffic.plainBytes),
      read('fleet_message_wire_bytes_total', 'Bytes of the same, compressed', 'counter', () => traffic.wireBytes),
      read('fleet_compression_ratio', 'How many times smaller that is', 'gauge', () => traffic.compressionRatio),
      read('fleet_resident_bytes', 'Memory of the coordinator', 'gauge', () => process.memoryUsage.rss()),
      ...FIGURES.map(
        ([figure, name, type, help]) =>
          new Reading(name, help, type, () =>
            workers().flatMap((worker) =>
              worker.figures === undefined ? [] : [[worker.figures[figure], { worker: worker.name }] as const],
            ),
          ),
      ),
    ];
  }

  render(): string {
    const { submitted, done, failed, requeued, superseded, checkpointsCreated, checkpointsRestored } = this;
    const { connections, taskSeconds, waitSeconds, deliverySeconds } = this;
    return renderMetrics([
      ...[submitted, done, failed, requeued, superseded, checkpointsCreated, checkpointsRestored, connections],
      ...[taskSeconds, waitSeconds, deliverySeconds],
      ...this.#readings,
    ]);
  }
}
