import { FaultPlan } from '../../faults/plan.js';
import { openNetns } from '../../native/netns.js';
import { type KernelPoints, takePoints } from '../calls/kernel-points.js';
import type { NetIfaceResolver } from '../interfaces.js';
import type { KernelSnapshot } from '../snapshot.js';
import { SystemNetIfaceResolver } from '../system-interfaces.js';
import { TestKernel } from '../test-kernel.js';
import { cleanUp } from './clean-up.js';
import { LinuxBackend } from './linux-backend.js';
import { type CallerOptions, LinuxCaller } from './linux-caller.js';
import {
  checkKernelOptions,
  checkProcessOptions,
  type LinuxKernelOptions,
  type LinuxProcessOptions,
  requireBpf,
} from './linux-kernel-options.js';
import { LinuxMachine } from './linux-machine.js';
import { LinuxProcess } from './linux-process.js';
import { takeSnapshot } from './linux-snapshot.js';

/**
 * This machine's Linux behind the contract: bpf(2), netlink and perf events, every call recorded and open to faults. What
 * it makes is its own and goes with it, pins and attachments without a link too; when the process is killed, the kernel
 * takes back all but those attachments, which go with their network namespace.
 *
 * It is itself the first process on that kernel; `process()` makes others. Its calls are synchronous system calls, so
 * the thread's namespace and capabilities are switched for no longer than one of them.
 *
 * @example
 * ```ts
 * await using kernel = new LinuxKernel({ netns: '/run/netns/blue' });
 * const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
 * await kernel.attach({ type: 'xdp', program, ifindex: 2 });
 * ```
 */
export class LinuxKernel extends TestKernel {
  /** As given: the driver itself asks the kernel. @defaultValue this machine's */
  readonly interfaces: NetIfaceResolver;
  readonly #machine: LinuxMachine;
  readonly #points: KernelPoints;
  readonly #first: LinuxCaller;
  readonly #foreign: LinuxCaller;
  #closing: Promise<void> | undefined;

  /**
   * @throws UsageError that lists every mistake in the options
   * @throws UnsupportedError where there is no Linux with bpf(2)
   * @throws KernelError ENOENT when there is no such network namespace
   */
  constructor(options: LinuxKernelOptions = {}) {
    checkKernelOptions(options);
    requireBpf();
    const { netns, capabilities, clock, bpffs = 'private', visibility = 'own', resolveNetns } = options;
    const faults = options.faults ?? new FaultPlan(clock === undefined ? {} : { clock });
    const points = takePoints(faults);
    const machine = new LinuxMachine({ bpffs, visibility, resolveNetns });
    const { first, foreign } = startCallers(machine, { netns, capabilities });
    super({
      subject: 'LinuxKernel',
      faults,
      points,
      backend: new LinuxBackend(first),
      foreign: new LinuxBackend(foreign),
    });
    this.interfaces = options.interfaces ?? new SystemNetIfaceResolver();
    this.#machine = machine;
    this.#points = points;
    this.#first = first;
    this.#foreign = foreign;
  }

  override handleCount(): number {
    let count = 0;
    for (const caller of this.#machine.callers) if (caller !== this.#foreign) count += caller.handles.size;
    return count;
  }

  /** Everything that is shown of the kernel now, as plain data that can be compared. @throws KernelError EPERM */
  override snapshot(): KernelSnapshot {
    return this.#first.runAsHelper(() => takeSnapshot(this.#machine));
  }

  /**
   * Whether the kernel has freed everything that nothing here holds any more: what only a pin held, it frees some time
   * after the pin's removal, and a hook later still. To be asked until it is true.
   */
  override isSettled(): boolean {
    this.assertOpen('isSettled()');
    return this.#first.runAsHelper(() => this.#machine.settling.look());
  }

  /** Another process on this machine, with the same bpffs. @throws UsageError @throws KernelError ENOENT for a namespace */
  process(options: LinuxProcessOptions = {}): LinuxProcess {
    this.assertOpen('process()');
    checkProcessOptions(options);
    const { capabilities, netns = this.#first.shareNetns() } = options;
    return new LinuxProcess(new LinuxCaller(this.#machine, { capabilities, netns }), this.#points);
  }

  /**
   * Closes the kernel: everything that was made here and that nobody else holds is gone, and every later call is a
   * DisposedError. Safe to call twice.
   *
   * @throws ScopeError with every failure
   */
  override [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#machine.disposed = true;
    try {
      await cleanUp(this.#machine);
    } finally {
      await super[Symbol.asyncDispose]();
    }
  }
}

/** The kernel object's own process, and the one in whose name things are injected: both, or nothing is left open. */
function startCallers(
  machine: LinuxMachine,
  { netns, capabilities }: { readonly netns: string | undefined } & Pick<CallerOptions, 'capabilities'>,
): { readonly first: LinuxCaller; readonly foreign: LinuxCaller } {
  const opened = netns === undefined ? undefined : openNetns(netns);
  const first = new LinuxCaller(machine, { netns: opened, capabilities });
  try {
    return { first, foreign: new LinuxCaller(machine, { netns: first.shareNetns() }) };
  } catch (error) {
    first.exit();
    throw error;
  }
}
