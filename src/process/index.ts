export type { LinePattern } from '../core/line-pattern.js';
export type { LogLine } from '../core/log-line.js';
export type { ChildLife, Restart, RestartHistory, RestartSummary } from '../core/restart-history.js';
export { findRestarts } from '../core/restart-history.js';
export type { FramedMessage, FramingName } from '../messages/framing.js';
export type { StreamAddress } from '../messages/stream-address.js';
export {
  DescriptorChannel,
  type DescriptorSource,
  type DescriptorWaitOptions,
  type ReceivedDescriptors,
} from './descriptors/descriptor-channel.js';
export type { HandedSocket, HandedSocketSpec } from './descriptors/handed-sockets.js';
export { Journal, type JournalOptions, type Kept } from './journal/journal.js';
export type { Removal } from './journal/remove-kept.js';
export { type SweepOptions, type SweepReport, type SweptThing, sweepJournals } from './journal/sweep-journals.js';
export { createTempFolder, type TempFolder, type TempFolderOptions } from './journal/temp-folder.js';
export {
  type DescriptorInventory,
  type DescriptorLeakOptions,
  findDescriptorLeaks,
  takeDescriptors,
} from './leaks/descriptor-leaks.js';
export { findProcessLeaks } from './leaks/find-process-leaks.js';
export type { ProcessLeak } from './leaks/process-leak.js';
export { type LogSource, type MergedLine, mergeLogs } from './logs/merge-logs.js';
export { type ProcessLogEvents, ProcessLogs, type WaitForLineOptions } from './logs/process-logs.js';
export {
  type ObserveRestartsOptions,
  observeRestarts,
  RestartObserver,
  type SupervisedChild,
  type Supervisor,
} from './observe-restarts.js';
export type { ProcessFaultPoints, ProcessSignalCall, ProcessSpawnCall } from './points.js';
export { Process, type ProcessState, type StopOptions } from './process.js';
export { ProcessError, type ProcessErrorCode, type ProcessErrorDetails } from './process-error.js';
export type { ProcessExit } from './process-exit.js';
export type {
  ReadyDescriptor,
  ReadyFile,
  ReadyGrpc,
  ReadyHttp,
  ReadyListening,
  ReadyLog,
  ReadyNotify,
  ReadySpec,
} from './ready/ready-spec.js';
export type { ReadyTarget } from './ready/ready-target.js';
export { type CreateShellOptions, createShell, type OwnedShell } from './shell/create-shell.js';
export type {
  Shell,
  ShellArgument,
  ShellCommand,
  ShellOptions,
  ShellOutput,
  SyncShell,
} from './shell/shell.js';
export { spawn } from './spawn.js';
export type { Isolation, SpawnOptions, SpawnPlace } from './spawn-options.js';
export { createFakeTime, type FakeTime } from './surroundings/fake-time.js';
export { createSmallDisk, type SmallDisk, type SmallDiskOptions } from './surroundings/small-disk.js';
export type { ProcessUsage } from './usage/read-usage.js';
export { type UsagePeak, type UsageSample, UsageSeries, type WatchUsageOptions } from './usage/usage-series.js';
export type { BehaviourEffect, BehaviourOccurrence, WorkerBehaviour } from './workers/behaviour.js';
export {
  defineWorker,
  type WorkerCommands,
  type WorkerContext,
  type WorkerDefinition,
} from './workers/define-worker.js';
export type { FramedConnection, MessageHandler } from './workers/framed-connection.js';
export { MockWorker, type WaitForEventOptions } from './workers/mock-worker.js';
export type { FramedServer, StreamFraming } from './workers/serve.js';
export { type StartWorkerOptions, startWorker, startWorkers, type WorkerOptions } from './workers/start-worker.js';
export { WorkerError } from './workers/worker-error.js';
export type { ReceivedMessage, WorkerEvent } from './workers/worker-link.js';
export type {
  AnyWorker,
  Copied,
  UntypedWorker,
  WorkerArgs,
  WorkerCommandsOf,
  WorkerEvents,
  WorkerInfo,
} from './workers/worker-types.js';
