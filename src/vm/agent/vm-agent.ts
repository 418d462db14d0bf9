import { randomBytes } from 'node:crypto';
import type { Duplex, Readable } from 'node:stream';
import { Readable as NodeReadable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { AbortedError, quote, TimeoutError } from '../../core/errors.js';
import { RealClock } from '../../core/real-clock.js';
import { VmError } from '../vm-error.js';
import { AgentConnection } from './agent-connection.js';
import { AgentProcess } from './agent-process.js';
import { defer } from './deferred.js';
import { type ExecRequest, encodeExec, encodeNumbers, encodePath, encodeStrings } from './encode-request.js';
import { FileChannel } from './file-channel.js';
import { ANSWER, type Frame, REQUEST } from './frame.js';

/** How long a connection waits for the guest. */
export interface ConnectOptions {
  /** From the call to the agent's hello, in milliseconds: a boot must fit. @defaultValue 30000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What an agent tells of itself. */
export interface AgentHello {
  /** Of the protocol. */
  readonly version: number;
  /** The guest's kernel, as `uname -r`. */
  readonly release: string;
  /** The guest's time since boot, in milliseconds, suspended time included. */
  readonly uptimeMs: number;
}

/** A file system to mount in the guest. */
export interface GuestMount {
  readonly source: string;
  /** Made, with its parents, where it is missing. */
  readonly target: string;
  readonly type: string;
  /** MS_RDONLY (1) and the like: include/uapi/linux/mount.h. @defaultValue 0 */
  readonly flags?: number;
  /** The file system's own options. @defaultValue none */
  readonly data?: string;
}

/** Where a hello goes unanswered (the guest boots, or another's half frame lies before it), another follows. */
const HELLO_EVERY_MS = 100;

/** The client of the agent in a guest: programs, files and requests, many at once over one line of bytes. */
export class VmAgent implements AsyncDisposable {
  readonly hello: AgentHello;
  /** Resolves with the reason when the connection is gone, by whatever end. */
  readonly lost: Promise<Error>;
  readonly #connection: AgentConnection;

  private constructor(connection: AgentConnection, hello: AgentHello) {
    this.#connection = connection;
    this.hello = hello;
    this.lost = connection.lost;
  }

  /**
   * Waits until the agent at the other end says hello. Programs that another client left behind go on, unheard.
   *
   * @throws TimeoutError when it does not, VmError `ERR_GLOVEBOX_VM_LOST` when the line closes, AbortedError
   */
  static async connect(stream: Duplex, options: ConnectOptions = {}): Promise<VmAgent> {
    const { timeoutMs = 30_000, signal } = options;
    const connection = new AgentConnection(stream);
    const nonce = randomBytes(8);
    const clock = new RealClock();
    const outcome = defer<AgentHello>();
    // An abort before anybody waits must not be an unhandled rejection.
    outcome.promise.catch(() => {});
    const greet = (): void => connection.send(REQUEST.hello, 0, nonce);
    connection.listen(0, {
      handle: (frame) => {
        if (frame.type !== ANSWER.hello || !frame.payload.subarray(0, 8).equals(nonce)) return;
        connection.begin();
        outcome.resolve(readHello(frame));
      },
      fail: (error) => outcome.reject(error),
    });
    const abort = (): void =>
      outcome.reject(new AbortedError('waiting for the agent in the guest was aborted', { cause: signal?.reason }));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const late = `the agent in the guest did not say hello within ${timeoutMs} ms`;
    const deadline = clock.setTimer(
      () => outcome.reject(new TimeoutError(`${late}: ${connection.describe()}`, timeoutMs)),
      timeoutMs,
    );
    let timer = clock.setTimer(function again() {
      greet();
      timer = clock.setTimer(again, HELLO_EVERY_MS);
    }, HELLO_EVERY_MS);
    try {
      greet();
      const hello = await outcome.promise;
      return new VmAgent(connection, hello);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      timer.cancel();
      deadline.cancel();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Starts a program. It answers at once; `started` tells whether the program could be started. @throws UsageError */
  exec(request: ExecRequest): AgentProcess {
    const payload = encodeExec(request);
    const id = this.#connection.takeId();
    const program = new AgentProcess(this.#connection, id, request.argv, request.pty !== undefined);
    this.#connection.listen(id, program);
    this.#connection.send(REQUEST.exec, id, payload);
    return program;
  }

  /**
   * Writes a file, which is made or emptied. Its folder must be there.
   *
   * @throws KernelError what open(2) and write(2) answer in the guest: ENOENT, ENOSPC, EROFS
   */
  async writeFile(
    path: string,
    content: Uint8Array | string | Readable,
    options: { readonly mode?: number; readonly append?: boolean } = {},
  ): Promise<void> {
    const name = encodePath('writeFile', path);
    const channel = this.#request(
      REQUEST.write,
      Buffer.concat([encodeNumbers(options.mode ?? 0o644, options.append === true ? 1 : 0), name]),
      `write ${quote(path)} in the guest`,
    );
    const source = content instanceof NodeReadable ? content : NodeReadable.from([Buffer.from(content)]);
    const sent = pipeline(source, channel.input);
    // The agent's refusal says more than the stream that it broke; a source that broke leaves nothing to wait for.
    await Promise.race([channel.done, sent.then(() => channel.done)]);
  }

  /** The content of a file. @throws KernelError ENOENT, EISDIR */
  async readFile(path: string): Promise<Buffer> {
    const channel = this.#read(path);
    return await buffer(channel.output);
  }

  /** The content of a file as a stream. */
  createReadStream(path: string): Readable {
    return this.#read(path).output;
  }

  /** Loads a module: its file, decompressed. @throws KernelError EEXIST when it is loaded, ENOEXEC for another kernel's */
  async loadModule(name: string, content: Uint8Array, parameters = ''): Promise<void> {
    const path = `/run/glovebox-${name}.ko`;
    await this.writeFile(path, content, { mode: 0o400 });
    const payload = encodeStrings([path, parameters]);
    await this.#request(REQUEST.module, payload, `load module ${quote(name)} in the guest`, 'finit_module').done;
  }

  /** Mounts a file system. @throws KernelError what mount(2) answers: ENODEV for an unknown type */
  async mount({ source, target, type, flags = 0, data = '' }: GuestMount): Promise<void> {
    const payload = Buffer.concat([encodeNumbers(flags, 1), encodeStrings([source, target, type, data])]);
    await this.#request(REQUEST.mount, payload, `mount ${quote(target)} in the guest`, 'mount').done;
  }

  /**
   * Sends messages of netlink to the guest's kernel, and answers with all that it says, errors included: as they are, to
   * be read by the codec.
   *
   * @param protocol - NETLINK_ROUTE (0) and the like: include/uapi/linux/netlink.h.
   */
  async netlink(protocol: number, messages: Uint8Array): Promise<Buffer> {
    const payload = Buffer.concat([encodeNumbers(protocol), messages]);
    const channel = this.#request(REQUEST.netlink, payload, 'speak netlink in the guest', 'netlink');
    const parts: Buffer[] = [];
    channel.output.on('data', (part: Buffer) => parts.push(part));
    await channel.done;
    return Buffer.concat(parts);
  }

  /** Whether the agent answers now; the guest's time since boot, in milliseconds. @throws TimeoutError */
  async ping(options: { readonly timeoutMs?: number } = {}): Promise<{ readonly uptimeMs: number }> {
    const { timeoutMs = 5000 } = options;
    const id = this.#connection.takeId();
    const nonce = randomBytes(8);
    const answer = defer<{ readonly uptimeMs: number }>();
    const late = `the agent in the guest did not answer within ${timeoutMs} ms`;
    const deadline = new RealClock().setTimer(() => answer.reject(new TimeoutError(late, timeoutMs)), timeoutMs);
    this.#connection.listen(id, {
      handle: ({ type, payload }) => {
        if (type !== ANSWER.pong || !payload.subarray(0, 8).equals(nonce)) return;
        answer.resolve({ uptimeMs: Number(payload.readBigUInt64LE(8)) / 1e6 });
      },
      fail: (error) => answer.reject(error),
    });
    try {
      this.#connection.send(REQUEST.ping, id, nonce);
      return await answer.promise;
    } finally {
      deadline.cancel();
      this.#connection.forget(id);
    }
  }

  /** Sets the guest's clock and stirs its random numbers: what a machine that was restored has is old, and its twin's. */
  async synchronize(unixTimeMs: number, seed: Uint8Array = randomBytes(64)): Promise<void> {
    const time = Buffer.alloc(12);
    time.writeBigInt64LE(BigInt(Math.floor(unixTimeMs / 1000)), 0);
    time.writeUInt32LE(Math.floor((unixTimeMs % 1000) * 1e6), 8);
    await this.#request(REQUEST.clock, Buffer.concat([time, seed]), 'set the clock of the guest', 'clock_settime').done;
  }

  /** Writes all to the disks and switches the machine off, or starts it again. Resolves when the agent has begun to. */
  async shutdown(how: 'poweroff' | 'reboot' = 'poweroff'): Promise<void> {
    const payload = encodeNumbers(how === 'reboot' ? 1 : 0);
    await this.#request(REQUEST.power, payload, 'switch off the guest', 'reboot').done;
  }

  /** What of the line was no frame, in bytes, for diagnosis. */
  get skippedBytes(): number {
    return this.#connection.skippedBytes;
  }

  /** Ends the connection; the guest and its programs go on. */
  close(): void {
    this.#connection.close(new VmError('ERR_GLOVEBOX_VM_LOST', { message: 'the connection to the agent was closed' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #read(path: string): FileChannel {
    const payload = Buffer.concat([encodeNumbers(0, 0), encodePath('readFile', path)]);
    return this.#request(REQUEST.read, payload, `read ${quote(path)} in the guest`);
  }

  #request(type: number, payload: Buffer, action: string, syscall?: string): FileChannel {
    const id = this.#connection.takeId();
    const channel = new FileChannel(this.#connection, id, action, syscall);
    this.#connection.listen(id, channel);
    this.#connection.send(type, id, payload);
    return channel;
  }
}

function readHello({ payload }: Frame): AgentHello {
  return {
    version: payload.readUInt32LE(8),
    uptimeMs: Number(payload.readBigUInt64LE(16)) / 1e6,
    release: payload.toString('latin1', 28),
  };
}
