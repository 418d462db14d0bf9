import { checkOptions } from '../../core/check-options.js';
import type { Clock } from '../../core/clock.js';
import { DisposedError } from '../../core/errors.js';
import type { TypedEmitter } from '../../core/events.js';
import type { Operation } from '../../core/operation.js';
import type { Fault, FaultError } from '../../faults/fault.js';
import { FaultPlan } from '../../faults/plan.js';
import type { AttachSpec } from '../../kernel/attach.js';
import {
  type LinkId,
  type LinkInfo,
  type MapInfo,
  type MapSpec,
  PROGRAM_TYPES,
  type ProgramInfo,
  type ProgramSpec,
  type ProgramType,
} from '../../kernel/objects.js';
import type { AttachCall, LinkCall, LoadCall, ProgramCall } from '../../kernel/points.js';
import type { InspectableKernel, KernelSnapshot } from '../../kernel/snapshot.js';
import { FakeNetIfaceResolver } from '../interfaces/fake-net-iface-resolver.js';
import { Caller } from './caller.js';
import type { VerifierVerdict } from './calls/instructions.js';
import { checkChoice, checkFlag, checkNumber, checkText, Mistakes } from './calls/mistakes.js';
import { type Capability, toPermissions } from './capabilities.js';
import { FakeProcess, type FakeProcessOptions } from './fake-process.js';
import { ForeignProcess, type InjectXdpOptions } from './foreign-process.js';
import type { KernelEvents } from './kernel-events.js';
import { checkKernelOptions, checkProcessOptions, checkVerdict, guardTarget } from './kernel-options.js';
import { type AttachTarget, Machine } from './machine.js';
import type { DeferredMode, DeferredWork } from './objects/deferred-work.js';
import { type IdReuse, MAX_ID } from './objects/id-table.js';
import type { KernelProfileName } from './profiles.js';
import { checkSnapshots, diffSnapshots, takeSnapshot } from './snapshot.js';
import { SystemCalls } from './system-calls.js';

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
export class FakeKernel extends SystemCalls implements InspectableKernel, AsyncDisposable {
  /** The plan that every call goes through. */
  readonly faults: FaultPlan;
  /** The machine's network interfaces. */
  readonly interfaces: FakeNetIfaceResolver;
  readonly #machine: Machine;
  readonly #caller: Caller;
  readonly #processes = new Set<Caller>();
  readonly #foreign: ForeignProcess;
  readonly #ownsInterfaces: boolean;
  readonly #stopListening: () => void;

  /** @throws UsageError that lists every mistake in the options */
  constructor(options: FakeKernelOptions = {}) {
    checkKernelOptions(options);
    const faults = options.faults ?? createPlan(options);
    const interfaces = options.interfaces ?? new FakeNetIfaceResolver();
    const machine = createMachine(options, faults, interfaces);
    const caller = new Caller(machine, toPermissions(options.capabilities), undefined);
    super(caller);
    this.faults = faults;
    this.interfaces = interfaces;
    this.#ownsInterfaces = options.interfaces === undefined;
    this.#machine = machine;
    this.#caller = caller;
    this.#foreign = new ForeignProcess(machine);
    this.#stopListening = faults.onCrash(() => caller.closeHandles());
  }

  /** What happens in the kernel, whoever causes it. */
  get events(): TypedEmitter<KernelEvents> {
    return this.#machine.events;
  }

  /** What the kernel has put off, with `deferred: 'manual'`. */
  get deferred(): DeferredWork {
    return this.#machine.deferred;
  }

  /** How many programs there are. */
  programCount(): number {
    return this.#machine.store.programs.size;
  }

  /** How many links there are, defunct ones too. */
  linkCount(): number {
    return this.#machine.store.links.size;
  }

  mapCount(): number {
    return this.#machine.store.maps.size;
  }

  /** How many pins there are, on all bpffs mounts. */
  pinCount(): number {
    return this.#machine.bpffs.pinCount;
  }

  /** How many handles are open, over all processes made here; those of injected things do not count. */
  handleCount(): number {
    let count = this.#caller.handles.size;
    for (const { handles } of this.#processes) count += handles.size;
    return count;
  }

  /** Everything the kernel holds now, as plain data that can be compared. */
  snapshot(): KernelSnapshot {
    return takeSnapshot(this.#machine);
  }

  /** What differs between two snapshots, a line each; by default from `before` to now. */
  diff(before: KernelSnapshot, after: KernelSnapshot = this.snapshot()): readonly string[] {
    checkSnapshots('FakeKernel.diff', { before, after });
    return diffSnapshots(before, after);
  }

  /** The calls into this kernel, in the order they ended; without reads, unless they are asked for. */
  operations(options: { readonly reads?: boolean } = {}): readonly Operation[] {
    checkOptions('FakeKernel.operations', options);
    return this.faults.operations({ ...options, prefix: 'kernel.' });
  }

  /** Another process on this kernel. @throws UsageError for a capability that there is not, or a path that is none */
  process(options: FakeProcessOptions = {}): FakeProcess {
    this.#assertOpen('process()');
    checkProcessOptions(options);
    const caller = new Caller(this.#machine, toPermissions(options.capabilities), options.netns);
    this.#processes.add(caller);
    return new FakeProcess(caller);
  }

  /**
   * Makes everything as new: no object, pin, clsact or deferred work, ids from the start, all handles closed, all
   * other processes ended; the plan is reset too, with its faults, counters and record, and so are the interfaces when
   * they are the kernel's own. A call that still waits for a delay has no effect any more.
   */
  reset(): void {
    this.#assertOpen('reset()');
    this.#caller.closeHandles();
    for (const caller of this.#processes) caller.exit();
    this.#processes.clear();
    this.#foreign.exit();
    this.#machine.clear();
    this.faults.reset();
    if (this.#ownsInterfaces) this.interfaces.reset();
  }

  /** Closes the kernel: nothing is left, and every later call is a DisposedError. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#machine.disposed) return;
    for (const caller of [this.#caller, ...this.#processes]) caller.closeHandles();
    this.#processes.clear();
    this.#foreign.exit();
    this.#stopListening();
    this.#machine.dispose();
  }

  /** Makes the verifier refuse every program of that name. */
  rejectProgram(name: string, verdict: VerifierVerdict): void {
    this.#check('rejectProgram', (mistakes) => checkText(mistakes, 'name', name));
    checkVerdict('FakeKernel.rejectProgram', verdict);
    this.#machine.rejections.set(name, verdict);
  }

  /** Whether there is memory: without, loads fail with ENOMEM (EINVAL from 6.9 on) and maps with ENOMEM. */
  setMemoryExhausted(exhausted: boolean): void {
    this.#check('setMemoryExhausted', (mistakes) => checkFlag(mistakes, 'exhausted', exhausted ?? null));
    this.#machine.memoryExhausted = exhausted;
  }

  /** Makes the next id of a kind this one, or the next free one after it: ids that come again, on purpose. */
  setNextId(kind: 'program' | 'map' | 'link', id: number): void {
    this.#check('setNextId', (mistakes) => {
      checkChoice(mistakes, 'kind', kind, ['program', 'map', 'link']);
      checkNumber(mistakes, 'id', id, 1, MAX_ID);
    });
    this.#machine.table(kind).setNext(id);
  }

  /** Every load of a program of that name fails. */
  failOnProgram(name: string, error: FaultError<LoadCall>): Fault {
    this.#check('failOnProgram', (mistakes) => checkText(mistakes, 'name', name));
    return this.faults.inject('kernel.load', { where: { name }, before: error });
  }

  /** The `n`th load from now on fails, counted from 1. */
  failOnNthLoad(n: number, error: FaultError<LoadCall>): Fault {
    this.#assertOpen('failOnNthLoad()');
    return this.faults.inject('kernel.load', { nth: n, before: error });
  }

  /** Every attach of that type fails; a filter of tc is of type `tc`. */
  failOnAttach(type: ProgramType, error: FaultError<AttachCall>): Fault {
    this.#check('failOnAttach', (mistakes) => checkChoice(mistakes, 'type', type, PROGRAM_TYPES));
    return this.faults.inject('kernel.attach', { where: { attachType: type }, before: error });
  }

  /** Every detach of that link fails. */
  failOnDetach(linkId: LinkId, error: FaultError<LinkCall>): Fault {
    this.#check('failOnDetach', (mistakes) => checkNumber(mistakes, 'linkId', linkId, 1, MAX_ID));
    return this.faults.inject('kernel.detach', { where: { linkId }, before: error });
  }

  /** Every unload of that program, by name or id, fails. */
  failOnUnload(program: string | number, error: FaultError<ProgramCall>): Fault {
    this.#check('failOnUnload', (mistakes) => {
      if (typeof program === 'number') checkNumber(mistakes, 'program, an id,', program, 1, MAX_ID);
      else checkText(mistakes, 'program', program);
    });
    const where = typeof program === 'string' ? { name: program } : { programId: program };
    return this.faults.inject('kernel.unload', { where, before: error });
  }

  /** Every load of a dispatcher, a program with functions for extensions, fails. */
  failOnDispatcherCreate(error: FaultError<LoadCall>): Fault {
    this.#assertOpen('failOnDispatcherCreate()');
    return this.faults.inject('kernel.load', { where: { dispatcher: true }, before: error });
  }

  /** Every attach of an extension fails. */
  failOnExtensionAttach(error: FaultError<AttachCall>): Fault {
    this.#assertOpen('failOnExtensionAttach()');
    return this.faults.inject('kernel.attach', { where: { attachType: 'extension' }, before: error });
  }

  /** Every unload of a dispatcher fails. */
  failOnDispatcherCleanup(error: FaultError<ProgramCall>): Fault {
    this.#assertOpen('failOnDispatcherCleanup()');
    return this.faults.inject('kernel.unload', { where: { dispatcher: true }, before: error });
  }

  /** Loads a program in someone else's name: neither recorded nor open to faults. @throws KernelError as a load */
  injectProgram(spec: ProgramSpec): ProgramInfo {
    this.#assertOpen('injectProgram()');
    return this.#foreign.load(spec);
  }

  /** Creates a map in someone else's name. */
  injectMap(spec: MapSpec): MapInfo {
    this.#assertOpen('injectMap()');
    return this.#foreign.createMap(spec);
  }

  /** Attaches in someone else's name, with a link. The program is given by its id. */
  injectLink(spec: AttachSpec): LinkInfo {
    this.#assertOpen('injectLink()');
    return this.#foreign.attach(spec);
  }

  /** Pins what there is under an id in someone else's name; directories that are missing are made. */
  injectPin(path: string, object: { readonly kind: 'program' | 'map' | 'link'; readonly id: number }): void {
    this.#assertOpen('injectPin()');
    this.#foreign.pin(path, object);
  }

  /** Puts a program of someone else's on a device's XDP hook, by netlink or with a link. */
  injectXdp(options: InjectXdpOptions): ProgramInfo {
    this.#assertOpen('injectXdp()');
    return this.#foreign.occupyXdp(options);
  }

  /** Lets go of what was injected, as if the other process ended: what nothing else holds is freed. */
  releaseInjected(): void {
    this.#foreign.exit();
  }

  #check(action: string, find: (mistakes: Mistakes) => void): void {
    this.#assertOpen(`${action}()`);
    const mistakes = new Mistakes();
    find(mistakes);
    mistakes.throwIfAny(`FakeKernel.${action}`);
  }

  #assertOpen(action: string): void {
    if (this.#machine.disposed) throw new DisposedError('FakeKernel', action);
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
    faults,
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
