import type { LogLine } from '../core/log-line.js';
import type { ProcessLogs } from '../process/logs/process-logs.js';
import type { StopOptions } from '../process/process.js';
import type { ContainerProcess } from './container-process.js';

/** How a command is run in a container. */
export interface ContainerRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly workingFolder?: string;
  readonly user?: string;
  /** Answers with a code other than 0 too, instead of throwing. @defaultValue false */
  readonly allowFailure?: boolean;
  /** Calls the wait off; the engine has no way to end the command. */
  readonly signal?: AbortSignal;
}

/** How a program is started beside the first of a container. */
export type ContainerSpawnOptions = Pick<ContainerRunOptions, 'env' | 'workingFolder' | 'user'>;

/** What a command in a container answered. */
export interface ContainerRunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a container has ended. */
export interface ContainerExit {
  readonly code: number;
  /** Whether the kernel ended it for want of memory. */
  readonly isOutOfMemory: boolean;
}

/** What a container uses. */
export interface ContainerUsage {
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly processes: number;
}

/** A container that runs. It is gone when it is disposed of, and when this process ends, whatever ends that. */
export interface Container extends AsyncDisposable {
  /** The engine's number for it. */
  readonly id: string;
  /**
   * Its first process, as this machine sees it.
   *
   * @throws UnsupportedError with a remote engine @throws ContainerError `ERR_GLOVEBOX_CONTAINER_ENDED`
   */
  readonly pid: number;
  /**
   * Its network namespace, for a host of a lab: `createLab({ hosts: { web: { netns: container.netns } }, … })`. The kernel
   * ends the namespace with the container, so one that was taken can no longer be restarted.
   *
   * @throws as {@link Container.pid}
   */
  readonly netns: number;
  readonly state: 'running' | 'suspended' | 'ended';
  /** What its first process writes. */
  readonly logs: ProcessLogs;
  /** Text that it wrote, line by line. */
  lines(): readonly LogLine[];
  /** Runs a command in it. @throws ContainerError `ERR_GLOVEBOX_CONTAINER_COMMAND` when it does not exit with 0 */
  run(command: string, args?: readonly string[], options?: ContainerRunOptions): Promise<ContainerRunResult>;
  /**
   * Starts a program in it, whose streams are open while it runs. It ends with the container.
   *
   * @throws ContainerError `ERR_GLOVEBOX_CONTAINER_ENDED`; of a program that is not there, its `exit` is 126 or 127
   */
  spawn(command: string, args?: readonly string[], options?: ContainerSpawnOptions): Promise<ContainerProcess>;
  /** Writes a file; its folder has to be there. @param mode - @defaultValue 0o644 */
  writeFile(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  readFile(path: string): Promise<Buffer>;
  /** Freezes all that is in it. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when it has ended, for SIGKILL; when it was sent, for another signal. @param signal - @defaultValue 'SIGKILL' */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Asks it to end, with SIGTERM unless another signal is given, and kills it when it has not within `timeoutMs`, 5 s. */
  stop(options?: StopOptions): Promise<ContainerExit>;
  /** Resolves when this run of it has ended; another promise after a restart. */
  readonly exit: Promise<ContainerExit>;
  waitForExit(): Promise<ContainerExit>;
  /** @throws UsageError when its namespace is a lab's */
  restart(options?: StopOptions): Promise<void>;
  usage(): Promise<ContainerUsage>;
}
