import type { Clock } from '../../core/clock.js';
import type { TypedEmitter } from '../../core/events.js';
import { checkChoice, checkFlag, checkNumber, checkText } from '../../core/mistakes.js';
import { FaultPlan } from '../../faults/plan.js';
import type { ObjectKind } from '../../kernel/backend.js';
import { type KernelPoints, takePoints } from '../../kernel/calls/kernel-points.js';
import { type Capability, toPermissions } from '../../kernel/capabilities.js';
import { MAX_ID } from '../../kernel/ids.js';
import type { ProgramSpec } from '../../kernel/objects.js';
import type { KernelSnapshot } from '../../kernel/snapshot.js';
import { TestKernel } from '../../kernel/test-kernel.js';
import { FakeNetIfaceResolver } from '../interfaces/fake-net-iface-resolver.js';
import { Caller } from './caller.js';
import type { VerifierVerdict } from './calls/instructions.js';
import { FakeBackend } from './fake-backend.js';
import { FakeProcess, type FakeProcessOptions } from './fake-process.js';
import type { KernelEvents } from './kernel-events.js';
import { checkKernelOptions, checkProcessOptions, checkVerdict, guardTarget } from './kernel-options.js';
import { type AttachTarget, Machine } from './machine.js';
import type { DeferredMode, DeferredWork } from './objects/deferred-work.js';
import type { IdReuse } from './objects/id-table.js';
import type { KernelProfileName } from './profiles.js';
import { takeSnapshot } from './snapshot.js';

/** How a {@link FakeKernel} is made. */
export interface FakeKernelOptions {
  /** Which kernel it is. @defaultValue '6.18' */
  readonly profile?: KernelProfileName;
  /** The plan that its calls go through. @defaultValue a plan of its own */
  readonly faults?: FaultPlan;
  /** The machine's network interfaces. @defaultValue `lo` and `eth0` */
  readonly interfaces?: FakeNetIfaceResolver;
  /** What times are read from. @defaultValue the plan's clock */
  readonly clock?: Clock;
  /** Where a bpffs is mounted. @defaultValue ['/sys/fs/bpf'] */
  readonly bpffsMounts?: readonly string[];
  /** What the first process may do. @defaultValue all that are modelled */
  readonly capabilities?: readonly Capability[];
  /** When what is put off is done: at once, or by `deferred.step()`. @defaultValue 'immediate' */
  readonly deferred?: DeferredMode;
  /** How many operations the plan of its own keeps. @defaultValue all */
  readonly recordLimit?: number;
  /** The id that the first program, map and link get; near 2147483646 the wrap can be seen. @defaultValue 1 */
  readonly nextId?: number;
  /** Whether freed ids are given out again at once. @defaultValue 'cyclic', as Linux does */
  readonly idReuse?: IdReuse;
  /** RLIMIT_MEMLOCK, for kernels before 5.11. @defaultValue no limit */
  readonly memlockLimitBytes?: number;
  /** The test's own verifier, asked after the kernel's checks; `undefined` accepts. */
  readonly verifier?: (spec: ProgramSpec) => VerifierVerdict | undefined;
  /** Whether a function, tracepoint or file exists. @defaultValue everything does */
  readonly hasTarget?: (target: AttachTarget) => boolean;
}

/**
 * Linux's eBPF in memory: programs, maps, links, pins and hooks with their rules and errors, every call recorded and
 * open to faults. It is itself the first process on that kernel; `process()` makes others.
 *
 * @example
 * ```ts
 * await using kernel = new FakeKernel();
 * kernel.failOnNthLoad(2, 'ENOMEM');
 * const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
 * await kernel.attach({ type: 'xdp', program, ifindex: 2 });
 * kernel.operations().map(formatOperation); // ['load:prog_one:ok', 'attach:prog_one:ok']
 * ```
 */
export class FakeKernel extends TestKernel {
  /** The machine's network interfaces. */
  readonly interfaces: FakeNetIfaceResolver;
  readonly #machine: Machine;
  readonly #points: KernelPoints;
  readonly #caller: Caller;
  readonly #processes = new Set<Caller>();
  readonly #ownsInterfaces: boolean;

  /** @throws UsageError that lists every mistake in the options */
  constructor(options: FakeKernelOptions = {}) {
    checkKernelOptions(options);
    const faults = options.faults ?? createPlan(options);
    const interfaces = options.interfaces ?? new FakeNetIfaceResolver();
    const machine = createMachine(options, faults, interfaces);
    const points = takePoints(faults);
    const caller = new Caller(machine, toPermissions(options.capabilities), undefined);
    const foreign = new Caller(machine, toPermissions(), undefined);
    super({
      subject: 'FakeKernel',
      faults,
      points,
      backend: new FakeBackend(caller),
      foreign: new FakeBackend(foreign),
    });
    this.interfaces = interfaces;
    this.#ownsInterfaces = options.interfaces === undefined;
    this.#machine = machine;
    this.#points = points;
    this.#caller = caller;
  }

  /** What happens in the kernel, whoever causes it. */
  get events(): TypedEmitter<KernelEvents> {
    return this.#machine.events;
  }

  /** What the kernel has put off, with `deferred: 'manual'`. */
  get deferred(): DeferredWork {
    return this.#machine.deferred;
  }

  override programCount(): number {
    return this.#machine.store.programs.size;
  }

  override linkCount(): number {
    return this.#machine.store.links.size;
  }

  override mapCount(): number {
    return this.#machine.store.maps.size;
  }

  override pinCount(): number {
    return this.#machine.bpffs.pinCount;
  }

  override handleCount(): number {
    let count = super.handleCount();
    for (const { handles } of this.#processes) count += handles.size;
    return count;
  }

  /** Everything the kernel holds now, as plain data that can be compared. */
  override snapshot(): KernelSnapshot {
    return takeSnapshot(this.#machine);
  }

  /** Whether nothing is put off; with `deferred: 'manual'`, `deferred.step()` is for the test to call. */
  override isSettled(): boolean {
    this.assertOpen('isSettled()');
    return this.#machine.deferred.pending.length === 0;
  }

  /** Another process on this kernel. @throws UsageError for a capability that there is not, or a path that is none */
  process(options: FakeProcessOptions = {}): FakeProcess {
    this.assertOpen('process()');
    checkProcessOptions(options);
    const caller = new Caller(this.#machine, toPermissions(options.capabilities), options.netns);
    this.#processes.add(caller);
    return new FakeProcess(caller, this.#points);
  }

  /**
   * Makes everything as new: no object, pin, clsact or deferred work, ids from the start, all handles closed, all
   * other processes ended; the plan is reset too, with its faults, counters and record, and so are the interfaces when
   * they are the kernel's own. A call that still waits for a delay has no effect any more.
   */
  reset(): void {
    this.assertOpen('reset()');
    this.#caller.closeHandles();
    for (const caller of this.#processes) caller.exit();
    this.#processes.clear();
    this.releaseInjected();
    this.#machine.clear();
    this.faults.reset();
    if (this.#ownsInterfaces) this.interfaces.reset();
  }

  /** Closes the kernel: nothing is left, and every later call is a DisposedError. Safe to call twice. */
  override async [Symbol.asyncDispose](): Promise<void> {
    if (this.#machine.disposed) return;
    for (const caller of this.#processes) caller.closeHandles();
    this.#processes.clear();
    const closed = super[Symbol.asyncDispose]();
    this.#machine.dispose();
    await closed;
  }

  /** Makes the verifier refuse every program of that name. */
  rejectProgram(name: string, verdict: VerifierVerdict): void {
    this.check('rejectProgram', (mistakes) => checkText(mistakes, 'name', name));
    checkVerdict('FakeKernel.rejectProgram', verdict);
    this.#machine.rejections.set(name, verdict);
  }

  /** Whether there is memory: without, loads fail with ENOMEM (EINVAL from 6.9 on) and maps with ENOMEM. */
  setMemoryExhausted(exhausted: boolean): void {
    this.check('setMemoryExhausted', (mistakes) => checkFlag(mistakes, 'exhausted', exhausted ?? null));
    this.#machine.memoryExhausted = exhausted;
  }

  /** Makes the next id of a kind this one, or the next free one after it: ids that come again, on purpose. */
  setNextId(kind: ObjectKind, id: number): void {
    this.check('setNextId', (mistakes) => {
      checkChoice(mistakes, 'kind', kind, ['program', 'map', 'link']);
      checkNumber(mistakes, 'id', id, 1, MAX_ID);
    });
    this.#machine.table(kind).setNext(id);
  }
}

function createPlan({ clock, recordLimit }: FakeKernelOptions): FaultPlan {
  return new FaultPlan({
    ...(clock === undefined ? {} : { clock }),
    ...(recordLimit === undefined ? {} : { recordLimit }),
  });
}

function createMachine(options: FakeKernelOptions, faults: FaultPlan, interfaces: FakeNetIfaceResolver): Machine {
  return new Machine({
    profile: options.profile ?? '6.18',
    interfaces,
    clock: options.clock ?? faults.clock,
    bpffsMounts: options.bpffsMounts ?? ['/sys/fs/bpf'],
    deferred: options.deferred ?? 'immediate',
    memlockLimitBytes: options.memlockLimitBytes ?? Number.POSITIVE_INFINITY,
    verifier: options.verifier,
    hasTarget: guardTarget(options.hasTarget),
    nextId: options.nextId,
    idReuse: options.idReuse,
  });
}
