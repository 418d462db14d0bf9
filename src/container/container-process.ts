import { type Duplex, PassThrough, type Readable, type Writable } from 'node:stream';
import { quote, UnsupportedError } from '../core/errors.js';
import { errnoOf } from '../core/kernel-error.js';
import { until } from '../core/until.js';

/** How a program that {@link Container.spawn} has started ended. */
export interface ContainerProcessExit {
  readonly code: number;
}

/** A program that runs beside the first of a container. */
export interface ContainerProcess {
  /** What it reads; ending it is an end of file for the program. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it has ended and all that it wrote has come; with 137 when its container was killed. */
  readonly exit: Promise<ContainerProcessExit>;
  /**
   * Sends it a signal, once it is started; nothing when it has ended.
   *
   * @throws UnsupportedError with an engine whose processes this machine does not see @throws KernelError EPERM for another user's
   */
  signal(name: NodeJS.Signals): Promise<void>;
}

/** What is needed of an engine's exec. */
export interface StartedExec {
  readonly stream: Duplex;
  /** Divides what comes of it. */
  readonly demux: (stream: NodeJS.ReadableStream, stdout: Writable, stderr: Writable) => void;
  readonly inspect: () => Promise<{ readonly code: number | null; readonly pid: number }>;
  /** Whether a process of this machine is one of the container's. */
  readonly isOfContainer: (pid: number) => boolean;
  readonly what: string;
}

/** {@link ContainerProcess}, of what an engine has started. */
export function followExec({ stream, demux, inspect, isOfContainer, what }: StartedExec): ContainerProcess {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  demux(stream, stdout, stderr);
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      stdout.end();
      stderr.end();
      resolve();
    };
    stream.once('end', end).once('close', end).once('error', end);
  });
  const exit = ended.then(inspect).then(({ code }) => ({ code: code ?? 137 }));
  // Whoever waits for it hears of it.
  exit.catch(() => {});
  return {
    stdin: stream,
    stdout,
    stderr,
    exit,
    async signal(name) {
      // Right after its start it has no number yet.
      const started = async () => {
        const state = await inspect();
        return state.code !== null || state.pid !== 0 ? state : undefined;
      };
      const { code, pid } = await until(started, { description: `${quote(what)} to be started` });
      if (code !== null) return;
      if (!isOfContainer(pid)) {
        throw new UnsupportedError({
          capability: 'local container',
          reason: `${quote(what)} runs where this machine does not see it, and an engine has no call that signals it`,
          fix: 'use an engine of this machine, or end the program by its input',
        });
      }
      try {
        process.kill(pid, name);
      } catch (error) {
        if (errnoOf(error) !== 'ESRCH') throw error;
      }
    },
  };
}
