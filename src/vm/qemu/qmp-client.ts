import { Socket } from 'node:net';
import { createEmitter, type TypedEmitter } from '../../core/events.js';
import { openSocketPair, sendDescriptors } from '../../native/descriptor-message.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { VmError } from '../vm-error.js';

/** An event of QEMU: `STOP`, `RESUME`, `SHUTDOWN`, `MIGRATION`. */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** QEMU's own side channel: commands and events as lines of JSON over a socket without a name. */
export class QmpClient implements Disposable {
  readonly events: TypedEmitter<{ event: (event: QmpEvent) => void }> = createEmitter();
  readonly #ours: FileDescriptor;
  readonly #theirs: FileDescriptor;
  readonly #socket: Socket;
  readonly #pending = new Map<number, PendingCall>();
  #buffer = '';
  #nextId = 1;
  #isClosed = false;

  /** @throws KernelError EMFILE */
  constructor() {
    const [ours, theirs] = openSocketPair('stream');
    this.#ours = ours;
    this.#theirs = theirs;
    this.#socket = new Socket({ fd: ours.duplicate().number, readable: true, writable: true });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => this.#end());
  }

  /** The end that QEMU gets. */
  get descriptor(): FileDescriptor {
    return this.#theirs;
  }

  /** QEMU has its end now: when it ends, ours does. */
  releaseDescriptor(): void {
    this.#theirs.close();
  }

  /**
   * A command and its answer.
   *
   * @param descriptor - Goes with the command, for `getfd`.
   * @throws VmError `ERR_GLOVEBOX_VM_LOST` when QEMU ends first, `ERR_GLOVEBOX_VM_COMMAND` when it refuses
   */
  async execute(
    command: string,
    parameters: Readonly<Record<string, unknown>> = {},
    descriptor?: FileDescriptor,
  ): Promise<unknown> {
    if (this.#isClosed) throw this.#lost(command);
    const id = this.#nextId++;
    const line = `${JSON.stringify({ execute: command, arguments: parameters, id })}\n`;
    if (descriptor === undefined) this.#socket.write(line);
    else sendDescriptors(this.#ours.number, new TextEncoder().encode(line), [descriptor.number]);
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    try {
      return await answer;
    } catch (error) {
      if (error instanceof VmError) throw error;
      throw this.#isClosed ? this.#lost(command) : refuse(command, error);
    }
  }

  #take(text: string): void {
    const lines = (this.#buffer + text).split('\n');
    this.#buffer = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#answer(JSON.parse(line));
  }

  #answer(message: {
    readonly id?: number;
    readonly event?: string;
    readonly data?: Record<string, unknown>;
    readonly error?: { readonly desc?: string };
    readonly return?: unknown;
  }): void {
    if (message.event !== undefined) {
      this.events.emit('event', { event: message.event, data: message.data ?? {} });
      return;
    }
    if (message.id === undefined) return;
    const call = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error === undefined) call?.resolve(message.return);
    else call?.reject(message.error.desc ?? 'no reason');
  }

  #end(): void {
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) reject(undefined);
    this.#pending.clear();
    this.#ours.close();
  }

  #lost(command: string): VmError {
    return new VmError('ERR_GLOVEBOX_VM_LOST', { message: `QEMU has ended: ${command} was not answered` });
  }

  /** Safe to call twice. */
  [Symbol.dispose](): void {
    this.#theirs.close();
    this.#socket.destroy();
    this.#end();
  }
}

function refuse(command: string, reason: unknown): VmError {
  return new VmError('ERR_GLOVEBOX_VM_COMMAND', { message: `QEMU refused ${command}: ${String(reason)}` });
}
