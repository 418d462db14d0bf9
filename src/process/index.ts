export {
  DescriptorChannel,
  type DescriptorSource,
  type DescriptorWaitOptions,
  type ReceivedDescriptors,
} from './descriptors/descriptor-channel.js';
export type { HandedSocket, HandedSocketSpec } from './descriptors/handed-sockets.js';
export type { LinePattern } from './logs/line-pattern.js';
export type { LogLine } from './logs/log-line.js';
export { type ProcessLogEvents, ProcessLogs, type WaitForLineOptions } from './logs/process-logs.js';
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
export { spawn } from './spawn.js';
export type { Isolation, SpawnOptions, SpawnPlace } from './spawn-options.js';
