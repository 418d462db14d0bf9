import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DisposedError, UsageError } from '../core/errors.js';
import { errnoOf } from '../core/kernel-error.js';
import { within } from '../core/within.js';
import { renderCommand } from '../process/process-error.js';
import type { ExecRequest } from './agent/encode-request.js';
import { type BootedMachine, bootMachine, restoreMachine } from './boot-machine.js';
import { planModules } from './kernel/plan-modules.js';
import type { VmKernel } from './kernel/vm-kernel.js';
import type { Accelerator } from './qemu/command-line.js';
import { NamelessFile } from './qemu/nameless-file.js';
import type { VmConsole } from './qemu/vm-console.js';
import { VmError } from './vm-error.js';
import { checkVmOptions, type VmOptions } from './vm-options.js';
import { VmProcess } from './vm-process.js';
import { VmSnapshot } from './vm-snapshot.js';
import { guardCall } from './watch-agent.js';

/** How a program is run in a guest. */
export interface VmRunOptions extends Omit<ExecRequest, 'argv'> {
  /** What it reads. @defaultValue nothing */
  readonly input?: string | Uint8Array;
  /** Resolves, too, when it ends otherwise than with 0. @defaultValue false */
  readonly allowFailure?: boolean;
}

/** What a program came to. */
export interface VmRunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a machine does now. */
export type VmState = 'running' | 'suspended' | 'failed' | 'closed';

const SHUTDOWN_MS = 3000;

/**
 * A machine with a kernel of its own: a QEMU that ends with its owner, whatever happens to this process.
 *
 * @example
 * ```ts
 * await using vm = await Vm.boot({ kernel: { debian: '6.1' }, modules: ['veth'] });
 * const { stdout } = await vm.run('uname', ['-r']);
 * ```
 */
export class Vm implements AsyncDisposable {
  readonly kernel: VmKernel;
  readonly console: VmConsole;
  /** Resolves with the reason when the kernel has panicked, or the machine is gone. It never rejects. */
  readonly failure: Promise<VmError>;
  readonly #booted: BootedMachine;
  #state: VmState = 'running';

  private constructor(booted: BootedMachine) {
    this.#booted = booted;
    this.kernel = booted.kernel;
    this.console = booted.machine.console;
    this.failure = booted.machine.failure;
    void this.failure.then(() => {
      if (this.#state !== 'closed') this.#state = 'failed';
    });
  }

  /**
   * Boots a machine, and waits until it answers. When that fails, nothing is left of it.
   *
   * @throws UsageError with every mistake @throws UnsupportedError without QEMU, or without a way to get the kernel
   * @throws VmError `ERR_GLOVEBOX_VM_PANIC`, `ERR_GLOVEBOX_VM_START` when it does not answer, with the console's tail
   */
  static async boot(options: VmOptions = {}): Promise<Vm> {
    checkVmOptions('Vm.boot', options);
    return new Vm(await bootMachine(options));
  }

  /** What it does at this moment. */
  get state(): VmState {
    return this.#state;
  }

  /** What runs it: the processor itself, or QEMU's emulation of one. */
  get accelerator(): Accelerator {
    return this.#booted.machine.spec.accelerator;
  }

  /**
   * Runs a program to its end. Nothing is passed through a shell.
   *
   * @throws VmError `ERR_GLOVEBOX_VM_COMMAND` when it ends otherwise than with 0; `_PANIC`, `_HUNG`, `_LOST` as soon as the
   * guest does @throws KernelError ENOENT for an unknown program
   */
  async run(command: string, args: readonly string[] = [], options: VmRunOptions = {}): Promise<VmRunResult> {
    const { input, allowFailure = false, ...request } = options;
    const { agent } = this.#open('run()');
    const program = agent.exec({ ...request, argv: [command, ...args] });
    program.stdin.end(input);
    const finished = async (): Promise<VmRunResult> => {
      const outputs = Promise.all([program.started, readText(program.stdout), readText(program.stderr)]);
      const [exit, [, stdout, stderr]] = await Promise.all([program.exit, outputs]);
      return { ...exit, stdout, stderr };
    };
    const result = await this.#guard(finished());
    if (result.code === 0 || allowFailure) return result;
    throw describeFailure([command, ...args], result);
  }

  /** Starts a program, whose streams are open while it runs. @throws UsageError */
  spawn(command: string, args: readonly string[] = [], options: Omit<ExecRequest, 'argv'> = {}): VmProcess {
    const { agent } = this.#open('spawn()');
    const program = agent.exec({ ...options, argv: [command, ...args] });
    return new VmProcess(program, (promise) => this.#guard(promise));
  }

  /**
   * Runs a line of shell; what is put into it is quoted, and an array is several words.
   *
   * @throws VmError as `run`
   * @example
   * ```ts
   * await vm.$`ip link add ${name} type veth`;
   * ```
   */
  $(texts: TemplateStringsArray, ...values: readonly ShellValue[]): Promise<VmRunResult> {
    const line = texts.map((text, index) => (index === 0 ? text : `${quoteWords(values[index - 1])}${text}`)).join('');
    return this.run('/bin/sh', ['-c', line]);
  }

  /** Writes a file; its folder must be there. @throws KernelError ENOENT, ENOSPC @throws VmError */
  writeFile(path: string, content: Uint8Array | string | Readable, options: { readonly mode?: number } = {}) {
    return this.#guard(this.#open('writeFile()').agent.writeFile(path, content, options));
  }

  /** The content of a file. @throws KernelError ENOENT, EISDIR @throws VmError */
  readFile(path: string): Promise<Buffer> {
    return this.#guard(this.#open('readFile()').agent.readFile(path));
  }

  /** Loads modules of its kernel, with those that they need; one that is loaded stays. @throws UsageError @throws KernelError */
  async loadModules(names: readonly string[]): Promise<void> {
    const { agent } = this.#open('loadModules()');
    for (const { name, content } of planModules(this.kernel, names)) {
      try {
        await this.#guard(agent.loadModule(name, content));
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
    }
  }

  /**
   * All that the machine is now, for any number of machines to go on from; it goes on itself.
   *
   * @throws UsageError for a machine that is a host of a lab, or has shared folders
   * @throws VmError `ERR_GLOVEBOX_VM_SNAPSHOT` when there is no room for it
   */
  async snapshot(): Promise<VmSnapshot<Vm>> {
    const { machine, kernel, ports, shares } = this.#open('snapshot()');
    const obstacles = [
      ...(ports === undefined ? [] : ['the machine is a host of a lab: two of it cannot be in one place']),
      ...(shares.length === 0
        ? []
        : [
            `the machine sees ${shares.map(({ share }) => share.host).join(', ')}: what of a shared folder it holds open is not in a snapshot. Write what it needs into it, by vm.writeFile`,
          ]),
    ];
    if (obstacles.length > 0) throw new UsageError('vm.snapshot', obstacles);
    const memory = new NamelessFile({ code: 'ERR_GLOVEBOX_VM_SNAPSHOT' });
    try {
      try {
        await machine.save(memory);
      } finally {
        await machine.resume();
      }
    } catch (error) {
      memory[Symbol.dispose]();
      throw error;
    }
    return new VmSnapshot<Vm>({
      spec: machine.spec,
      kernel,
      memory,
      restore: async (parts, options) => new Vm(await restoreMachine(parts, options)),
    });
  }

  /**
   * Stops its processors, and its clock: nothing in it goes on, and what is asked of it waits. Safe to call twice.
   *
   * @throws VmError
   */
  async suspend(): Promise<void> {
    await this.#open('suspend()').machine.pause();
    if (this.#state === 'running') this.#state = 'suspended';
  }

  /** Lets it go on. Safe to call twice. @throws VmError */
  async resume(): Promise<void> {
    await this.#open('resume()').machine.resume();
    if (this.#state === 'suspended') this.#state = 'running';
  }

  /** Ends it at once, as if somebody pulled the plug. Safe to call twice. */
  async kill(): Promise<void> {
    await this[Symbol.asyncDispose]();
  }

  /** Switches it off as a machine is, so that nothing it has written is lost, and ends it. Safe to call twice. */
  async shutdown(): Promise<void> {
    const { agent, machine } = this.#booted;
    // What stands still cannot hear.
    if (this.#state === 'suspended') await this.resume();
    if (this.#state === 'running') {
      this.#state = 'closed';
      await within(
        agent.shutdown().catch(() => {}),
        SHUTDOWN_MS,
      );
      await within(machine.failure, SHUTDOWN_MS);
    }
    await this[Symbol.asyncDispose]();
  }

  /** Ends it at once. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed';
    this.#booted.agent.close();
    await this.#booted.machine[Symbol.asyncDispose]();
    this.#booted.ports?.[Symbol.dispose]();
    for (const each of this.#booted.shares) await each[Symbol.asyncDispose]();
  }

  #guard<T>(promise: Promise<T>): Promise<T> {
    return guardCall(this.#booted.machine, this.#booted.agent, promise);
  }

  #open(action: string): BootedMachine {
    if (this.#state === 'closed') throw new DisposedError(`the virtual machine`, action);
    return this.#booted;
  }
}

/** What may be put into a line of shell. */
export type ShellValue = string | number | readonly (string | number)[];

function quoteWords(value: ShellValue | undefined): string {
  const words = typeof value === 'object' ? value : [value ?? ''];
  return words.map((word) => `'${String(word).replaceAll("'", "'\\''")}'`).join(' ');
}

async function readText(stream: Readable): Promise<string> {
  return (await buffer(stream)).toString();
}

function describeFailure(words: readonly string[], { code, signal, stderr, stdout }: VmRunResult): VmError {
  const end = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  const wrote = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-10).join('\n    ');
  const message = `In the guest, ${renderCommand(words)} ${end}${wrote === '' ? ' and wrote nothing' : `; it wrote:\n    ${wrote}`}`;
  return new VmError('ERR_GLOVEBOX_VM_COMMAND', { message });
}
