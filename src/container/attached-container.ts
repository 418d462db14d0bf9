import type { Duplex, Readable } from 'node:stream';
import { messageOf } from '../core/message-of.js';
import type { Engine } from './connect-engine.js';
import { ContainerError } from './container-error.js';
import type { ContainerSpec } from './container-spec.js';
import type { Lifetime } from './lifetime.js';
import { type CreateRequest, planContainer } from './plan-container.js';
import { type OutputSinks, relayOutput, relayTerminal } from './relay-output.js';

/** A container whose one program has the streams of this process. */
export interface AttachedSpec
  extends Pick<ContainerSpec, 'env' | 'workingFolder' | 'mounts' | 'addCapabilities' | 'memoryMiB' | 'network'> {
  /** What its image goes by at the engine. */
  readonly image: string;
  readonly labels: Lifetime['labels'];
  /** The program, in place of whatever the image would start. */
  readonly command: readonly string[];
  /** The size of its terminal, if it is to have one. */
  readonly terminal?: TerminalSize;
  /** @defaultValue false */
  readonly isPrivileged?: boolean;
  /** As `docker run --security-opt` takes them. */
  readonly securityOptions?: readonly string[];
  /** What of `/proc` may not be changed. @defaultValue what the engine chooses */
  readonly readonlyPaths?: readonly string[];
  /** Devices of this machine that it has, too. */
  readonly devices?: readonly string[];
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** How its program ended. */
export interface AttachedExit {
  readonly code: number;
  readonly isOutOfMemory: boolean;
  /** The last that was written, by whoever. */
  readonly tail: string;
}

const TAIL_BYTES = 1000;

/** A container for one program. Whoever has its labels removes it. */
export class AttachedContainer {
  readonly #engine: Engine;
  readonly #spec: AttachedSpec;
  readonly #id: string;
  #stream: Duplex | undefined;
  #tail = Buffer.alloc(0);

  private constructor(engine: Engine, id: string, spec: AttachedSpec) {
    this.#engine = engine;
    this.#id = id;
    this.#spec = spec;
  }

  /** @throws ContainerError `ERR_GLOVEBOX_CONTAINER_START` with what the engine says */
  static async create(engine: Engine, spec: AttachedSpec): Promise<AttachedContainer> {
    try {
      const { id } = await engine.api.createContainer(planAttached(spec));
      return new AttachedContainer(engine, id, spec);
    } catch (error) {
      throw refuse('The engine cannot create the container', error);
    }
  }

  get #api() {
    return this.#engine.api.getContainer(this.#id);
  }

  /** Starts the program, with nothing that it writes lost. @throws ContainerError `ERR_GLOVEBOX_CONTAINER_START` */
  async start(): Promise<void> {
    try {
      const all = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
      this.#stream = (await this.#api.attach(all)) as Duplex;
      await this.#api.start();
    } catch (error) {
      throw refuse('The engine cannot start the container', error);
    }
  }

  /**
   * Connects its streams, until the program has ended and all that it wrote is written.
   *
   * @throws what writing fails with
   */
  async relay(input: Readable, sinks: OutputSinks): Promise<AttachedExit> {
    const stream = this.#stream;
    if (stream === undefined) throw new Error('it is not started');
    // Of a program that reads no more: its end is told by its exit.
    stream.on('error', () => {});
    input.pipe(stream);
    const note = (bytes: Buffer): void => {
      this.#tail = Buffer.concat([this.#tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    };
    try {
      if (this.#spec.terminal === undefined) await relayOutput(stream, sinks, note);
      else await relayTerminal(stream, sinks.stdout, note);
    } catch (error) {
      if (stream.errored !== error) throw error;
    } finally {
      input.unpipe(stream);
    }
    return { ...(await this.#waitForExit()), tail: this.#tail.toString() };
  }

  /** Asked only now: what was asked of an engine that ends is never answered. */
  async #waitForExit(): Promise<Pick<AttachedExit, 'code' | 'isOutOfMemory'>> {
    try {
      const { StatusCode: code }: { readonly StatusCode: number } = await this.#api.wait();
      const { State } = await this.#api.inspect();
      return { code, isOutOfMemory: State.OOMKilled };
    } catch (error) {
      const message = `The engine was lost while the command ran, and how that ended is not known: ${messageOf(error).trim()}`;
      throw new ContainerError('ERR_GLOVEBOX_CONTAINER_ENGINE', { message, cause: error });
    }
  }

  /** Sends the program a signal; nothing when it has ended. */
  async signal(name: NodeJS.Signals): Promise<void> {
    await this.#api.kill({ signal: name }).catch((error: unknown) => {
      if (!isNotRunning(error)) throw error;
    });
  }

  async resize({ rows, columns }: TerminalSize): Promise<void> {
    // What has ended meanwhile has no terminal.
    await this.#api.resize({ h: rows, w: columns }).catch(() => {});
  }

  /** The content of a file, in an archive; `undefined` when it is not there. Of one that has ended, too. */
  async readArchive(path: string): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of await this.#api.getArchive({ path })) chunks.push(Buffer.from(chunk));
    } catch {
      return undefined;
    }
    return Buffer.concat(chunks);
  }
}

function planAttached(spec: AttachedSpec): CreateRequest {
  const {
    image,
    labels,
    command,
    terminal,
    isPrivileged = false,
    securityOptions = [],
    devices = [],
    readonlyPaths,
    ...rest
  } = spec;
  const plan = planContainer(rest, image, labels);
  const { HostConfig: host } = plan;
  return {
    ...plan,
    // The whole of it: what the image has would stay before, or behind, the command.
    Entrypoint: [...command],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: terminal !== undefined,
    HostConfig: {
      ...host,
      // Else what is mounted below a folder would be there, too, and writable whatever the folder is.
      Mounts: (host.Mounts ?? []).map((mount) => Object.assign(mount, { BindOptions: { NonRecursive: true } })),
      // Whom nobody started has signals ignored that he does not ask for, and adopts all orphans.
      Init: true,
      Privileged: isPrivileged,
      SecurityOpt: [...securityOptions],
      Devices: devices.map((path) => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: 'rwm' })),
      ...(readonlyPaths === undefined ? {} : { ReadonlyPaths: [...readonlyPaths] }),
      // The streams are here: a copy on the engine's disk is for nobody.
      LogConfig: { Type: 'none', Config: {} },
      ...(terminal === undefined ? {} : { ConsoleSize: [terminal.rows, terminal.columns] }),
    },
  };
}

function isNotRunning(error: unknown): boolean {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return status === 409 || status === 404;
}

function refuse(what: string, error: unknown): ContainerError {
  return new ContainerError('ERR_GLOVEBOX_CONTAINER_START', {
    message: `${what}: ${messageOf(error).trim()}`,
    cause: error,
  });
}
