import { Socket } from 'node:net';
import { RealClock } from '../../core/real-clock.js';
import { within } from '../../core/within.js';
import { openSocketPair } from '../../native/descriptor-message.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { Process } from '../../process/process.js';
import { VmError, type VmErrorCode, type VmErrorDetails } from '../vm-error.js';
import { buildCommandLine, DESCRIPTORS, type MachineSpec } from './command-line.js';
import { findQemu } from './find-qemu.js';
import { NamelessFile } from './nameless-file.js';
import { QmpClient } from './qmp-client.js';
import { VmConsole } from './vm-console.js';

/** What a machine starts with: an initramfs, or the memory of a snapshot. */
export type MachineContent = { readonly initramfs: Uint8Array } | { readonly memory: NamelessFile };

/** How long QEMU may take to end by itself: after a panic, so that the console is whole; when it was told to quit. */
const END_GRACE_MS = 1000;
const START_TIMEOUT_MS = 60_000;
const MIGRATION_POLL_MS = 5;
const MAX_BANDWIDTH = 1024 ** 4;

/** A QEMU and the things that only it and this process have: its control socket, its console, the agent's channel. */
export class QemuMachine implements AsyncDisposable {
  readonly spec: MachineSpec;
  readonly console: VmConsole;
  /** The agent's side channel. */
  readonly channel: Socket;
  readonly qmp: QmpClient;
  /** Resolves with the reason when the machine is no longer there, or its kernel panicked. It never rejects. */
  readonly failure: Promise<VmError>;
  readonly #process: Process;
  #isClosing = false;
  #begin = (): void => {};

  private constructor(spec: MachineSpec, parts: { process: Process; channel: Socket; qmp: QmpClient }) {
    this.spec = spec;
    this.#process = parts.process;
    this.channel = parts.channel;
    this.qmp = parts.qmp;
    this.console = new VmConsole(parts.process.logs);
    this.failure = this.#watch();
  }

  /**
   * Starts QEMU, in a pid namespace of its own where that is allowed: it ends with this process, however that ends.
   *
   * @throws UnsupportedError without QEMU @throws VmError `ERR_GLOVEBOX_VM_START` when it ends at once, or does not answer
   */
  static async start(
    spec: MachineSpec,
    content: MachineContent,
    {
      qemu,
      signal,
      timeoutMs = START_TIMEOUT_MS,
      descriptors: others = {},
    }: {
      readonly qemu?: string;
      readonly signal?: AbortSignal;
      /** How long QEMU itself may take until it answers; its guest may take longer. */
      readonly timeoutMs?: number;
      readonly descriptors?: Readonly<Record<number, FileDescriptor>>;
    } = {},
  ): Promise<QemuMachine> {
    const file = qemu ?? findQemu(spec.architecture);
    signal?.throwIfAborted();
    using source = 'memory' in content ? content.memory.reopen() : storeInitramfs(content.initramfs);
    const qmp = new QmpClient();
    const [ours, own] = openSocketPair('stream');
    using theirs = own;
    const channel = new Socket({ fd: ours.number, readable: true, writable: true });
    channel.on('error', () => {});
    const isIncoming = 'memory' in content;
    const descriptors: Record<number, FileDescriptor> = {
      ...others,
      [DESCRIPTORS.qmp]: qmp.descriptor,
      [DESCRIPTORS.channel]: theirs,
      [isIncoming ? DESCRIPTORS.memory : DESCRIPTORS.initramfs]: source,
    };
    const process = new Process(file, [...buildCommandLine(spec, { isIncoming })], { cwd: '/', descriptors });
    const machine = new QemuMachine(spec, { process, channel, qmp });
    try {
      await process.start();
      machine.#begin();
      qmp.releaseDescriptor();
      const isReady = machine.#prepare(isIncoming).then(() => true);
      if ((await machine.#orFail(within(isReady, timeoutMs))) !== true)
        throw machine.describe('ERR_GLOVEBOX_VM_START', {
          message: `QEMU has not answered ${timeoutMs} ms after its start`,
          next: machine.#findNext(),
        });
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #prepare(isIncoming: boolean): Promise<void> {
    await this.qmp.execute('qmp_capabilities');
    if (!isIncoming) return;
    await this.qmp.execute('migrate-set-parameters', { 'max-bandwidth': MAX_BANDWIDTH });
    await this.qmp.execute('migrate-incoming', { uri: `fd:${DESCRIPTORS.memory}` });
    await this.#migrated('restore');
  }

  /** What a promise gives, unless the machine is lost first. @throws VmError */
  async #orFail<T>(promise: Promise<T>): Promise<T> {
    const failed = this.failure.then((error): T => {
      throw error;
    });
    failed.catch(() => {});
    try {
      return await Promise.race([promise, failed]);
    } catch (error) {
      // That QEMU has ended is heard of first by its sockets; why, by its exit.
      if (!(error instanceof VmError) || error.code !== 'ERR_GLOVEBOX_VM_LOST') throw error;
      throw (await within(this.failure, END_GRACE_MS)) ?? error;
    }
  }

  /** Resolves as the promise does, unless the machine is lost first. @throws VmError */
  guard<T>(promise: Promise<T>): Promise<T> {
    return this.#orFail(promise);
  }

  /** Stands still: its clock too. */
  async pause(): Promise<void> {
    await this.#orFail(this.qmp.execute('stop'));
  }

  async resume(): Promise<void> {
    await this.#orFail(this.qmp.execute('cont'));
  }

  /**
   * Writes all that the machine is to a file; it stands still afterwards.
   *
   * @throws VmError `ERR_GLOVEBOX_VM_SNAPSHOT` when it cannot be written, or has a device that cannot be saved
   */
  async save(memory: Pick<NamelessFile, 'descriptor' | 'folder'>): Promise<void> {
    await this.pause();
    await this.#orFail(this.qmp.execute('migrate-set-parameters', { 'max-bandwidth': MAX_BANDWIDTH }));
    await this.#orFail(this.qmp.execute('getfd', { fdname: 'memory' }, memory.descriptor));
    try {
      await this.#orFail(this.qmp.execute('migrate', { uri: 'fd:memory' }));
      await this.#orFail(this.#migrated('save'));
    } catch (error) {
      if (!(error instanceof VmError) || error.code !== 'ERR_GLOVEBOX_VM_COMMAND') throw error;
      throw this.describe('ERR_GLOVEBOX_VM_SNAPSHOT', {
        message: `The machine cannot be saved to a file in ${memory.folder}: ${error.message}`,
        next: `Is there room for ${this.spec.memoryMiB} MiB in ${memory.folder}? Another folder is taken by TMPDIR`,
        cause: error,
      });
    }
  }

  async #migrated(action: 'save' | 'restore'): Promise<void> {
    const clock = new RealClock();
    for (;;) {
      const answer = await this.qmp.execute('query-migrate');
      const status = readField(answer, 'status');
      // Not before it stands in the state that follows: one that is told to go on sooner never does.
      if (status === 'completed' && (await this.#isSettled(action))) return;
      if (status === 'failed' || status === 'cancelled') {
        const reason = readField(answer, 'error-desc') ?? status;
        throw new VmError('ERR_GLOVEBOX_VM_COMMAND', { message: `QEMU failed to ${action} it: ${reason}` });
      }
      await clock.sleep(MIGRATION_POLL_MS);
    }
  }

  async #isSettled(action: 'save' | 'restore'): Promise<boolean> {
    if (action === 'restore') return true;
    return readField(await this.qmp.execute('query-status'), 'status') === 'postmigrate';
  }

  async #watch(): Promise<VmError> {
    // Not before it has started: until then there is nothing to wait for.
    await new Promise<void>((resolve) => {
      this.#begin = resolve;
    });
    const panicked = new Promise<'panicked'>((resolve) => {
      this.console.onPanic(() => resolve('panicked'));
    });
    const first = await Promise.race([this.#process.exit, panicked]);
    // What follows the first line tells where it was: it is waited for.
    if (first === 'panicked') await within(this.#process.exit, END_GRACE_MS);
    return this.#explainEnd();
  }

  #explainEnd(): VmError {
    const panic = this.console.findPanic();
    if (panic !== undefined)
      return this.describe('ERR_GLOVEBOX_VM_PANIC', {
        message: `The guest's kernel panicked: ${panic.trim()}`,
        consoleTail: this.console.panicTail(),
      });
    if (this.#isClosing) return this.describe('ERR_GLOVEBOX_VM_LOST', { message: 'The virtual machine was closed' });
    if (this.console.lines().length === 0 && this.console.machineTail().length > 0)
      return this.describe('ERR_GLOVEBOX_VM_START', {
        message: 'QEMU ended before the guest wrote anything',
        next: this.#findNext(),
      });
    return this.describe('ERR_GLOVEBOX_VM_LOST', {
      message: 'The virtual machine has ended: it was powered off, or QEMU was killed',
    });
  }

  /** What may help a QEMU that does not come up. */
  #findNext(): string {
    const { accelerator, memoryMiB, kernelImage, architecture } = this.spec;
    if (this.console.machineTail().some((line) => /cannot allocate memory/i.test(line)))
      return `This machine has no ${memoryMiB} MiB to give: lower memoryMiB`;
    if (accelerator === 'kvm') return 'KVM may be of no use here: with accelerator "tcg" the guest is emulated';
    return `Is ${kernelImage} a kernel for ${architecture}?`;
  }

  /** An error with the console's tail, and with what QEMU itself wrote. */
  describe(code: VmErrorCode, details: Omit<VmErrorDetails, 'machineTail'>): VmError {
    return new VmError(code, { consoleTail: this.console.tail(), machineTail: this.console.machineTail(), ...details });
  }

  /** What it and the keepers of its namespace are called on this machine. */
  get pids(): readonly number[] {
    return this.#process.pids();
  }

  /** Ends it. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.channel.destroy();
    await this.#process[Symbol.asyncDispose]();
    this.qmp[Symbol.dispose]();
  }
}

function storeInitramfs(bytes: Uint8Array): FileDescriptor {
  using file = new NamelessFile();
  file.write(bytes);
  return file.reopen();
}

function readField(answer: unknown, name: string): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const value: unknown = Reflect.get(answer, name);
  return typeof value === 'string' ? value : undefined;
}
