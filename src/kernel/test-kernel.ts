import { checkOptions } from '../core/check-options.js';
import { checkChoice, checkNumber, checkText, Mistakes } from '../core/mistakes.js';
import type { Operation } from '../core/operation.js';
import type { Fault, FaultError } from '../faults/fault.js';
import type { FaultPlan } from '../faults/plan.js';
import type { AttachSpec } from './attach.js';
import type { KernelBackend, ObjectKind } from './backend.js';
import { KernelCalls } from './calls/kernel-calls.js';
import type { KernelPoints } from './calls/kernel-points.js';
import { ForeignProcess, type InjectXdpOptions } from './foreign-process.js';
import { MAX_ID } from './ids.js';
import {
  type LinkId,
  type LinkInfo,
  type MapInfo,
  type MapSpec,
  PROGRAM_TYPES,
  type ProgramInfo,
  type ProgramSpec,
  type ProgramType,
} from './objects.js';
import type { AttachCall, LinkCall, LoadCall, ProgramCall } from './points.js';
import type { InspectableKernel, KernelSnapshot } from './snapshot.js';
import { checkSnapshots, diffSnapshots } from './snapshot-diff.js';

/** What a {@link TestKernel} is made of. */
export interface TestKernelParts {
  /** Its class, as errors name it: `FakeKernel`. */
  readonly subject: string;
  readonly faults: FaultPlan;
  /** The points of that plan: `takePoints(faults)`. */
  readonly points: KernelPoints;
  /** The kernel's first process: this object's own calls. */
  readonly backend: KernelBackend;
  /** Another process, in whose name things are injected; no front stands before it. */
  readonly foreign: KernelBackend;
}

/**
 * A kernel for tests, real or not: the contract, its faults and its record, and what someone else does on the machine.
 * A driver makes one by subclassing it over its backend; `FakeKernel` is the model, `LinuxKernel` the real one.
 */
export abstract class TestKernel extends KernelCalls implements InspectableKernel, AsyncDisposable {
  /** The plan that every call goes through. */
  readonly faults: FaultPlan;
  readonly #subject: string;
  readonly #backend: KernelBackend;
  readonly #foreign: ForeignProcess;
  readonly #stopListening: () => void;

  protected constructor({ subject, faults, points, backend, foreign }: TestKernelParts) {
    super(backend, points);
    this.faults = faults;
    this.#subject = subject;
    this.#backend = backend;
    this.#foreign = new ForeignProcess(foreign);
    this.#stopListening = faults.onCrash(() => backend.closeHandles());
  }

  /** Everything there is now, as plain data that can be compared. */
  abstract snapshot(): KernelSnapshot;

  /**
   * Whether everything that nothing holds any more is gone. A kernel may free some things a while later: to be asked
   * until it is true. Here it always is.
   */
  isSettled(): boolean {
    this.assertOpen('isSettled()');
    return true;
  }

  /** How many programs there are. */
  programCount(): number {
    return this.snapshot().programs.length;
  }

  /** How many links there are, defunct ones too. */
  linkCount(): number {
    return this.snapshot().links.length;
  }

  /** How many maps there are. */
  mapCount(): number {
    return this.snapshot().maps.length;
  }

  /** How many pins there are, on all bpffs mounts. */
  pinCount(): number {
    return this.snapshot().pins.length;
  }

  /** How many handles are open, over all processes made here; those of injected things do not count. */
  handleCount(): number {
    return this.#backend.handleCount;
  }

  /** What differs between two snapshots, a line each; by default from `before` to now. */
  diff(before: KernelSnapshot, after: KernelSnapshot = this.snapshot()): readonly string[] {
    checkSnapshots(`${this.#subject}.diff`, { before, after });
    return diffSnapshots(before, after);
  }

  /** The calls into this kernel, in the order they ended; without reads, unless they are asked for. */
  operations(options: { readonly reads?: boolean } = {}): readonly Operation[] {
    checkOptions(`${this.#subject}.operations`, options);
    return this.faults.operations({ ...options, prefix: 'kernel.' });
  }

  /** Every load of a program of that name fails. */
  failOnProgram(name: string, error: FaultError<LoadCall>): Fault {
    this.check('failOnProgram', (mistakes) => checkText(mistakes, 'name', name));
    return this.faults.inject('kernel.load', { where: { name }, before: error });
  }

  /** The `n`th load from now on fails, counted from 1. */
  failOnNthLoad(n: number, error: FaultError<LoadCall>): Fault {
    this.assertOpen('failOnNthLoad()');
    return this.faults.inject('kernel.load', { nth: n, before: error });
  }

  /** Every attach of that type fails; a filter of tc is of type `tc`. */
  failOnAttach(type: ProgramType, error: FaultError<AttachCall>): Fault {
    this.check('failOnAttach', (mistakes) => checkChoice(mistakes, 'type', type, PROGRAM_TYPES));
    return this.faults.inject('kernel.attach', { where: { attachType: type }, before: error });
  }

  /** Every detach of that link fails. */
  failOnDetach(linkId: LinkId, error: FaultError<LinkCall>): Fault {
    this.check('failOnDetach', (mistakes) => checkNumber(mistakes, 'linkId', linkId, 1, MAX_ID));
    return this.faults.inject('kernel.detach', { where: { linkId }, before: error });
  }

  /** Every unload of that program, by name or id, fails. */
  failOnUnload(program: string | number, error: FaultError<ProgramCall>): Fault {
    this.check('failOnUnload', (mistakes) => {
      if (typeof program === 'number') checkNumber(mistakes, 'program, an id,', program, 1, MAX_ID);
      else checkText(mistakes, 'program', program);
    });
    const where = typeof program === 'string' ? { name: program } : { programId: program };
    return this.faults.inject('kernel.unload', { where, before: error });
  }

  /** Every load of a dispatcher, a program with functions for extensions, fails. */
  failOnDispatcherCreate(error: FaultError<LoadCall>): Fault {
    this.assertOpen('failOnDispatcherCreate()');
    return this.faults.inject('kernel.load', { where: { dispatcher: true }, before: error });
  }

  /** Every attach of an extension fails. */
  failOnExtensionAttach(error: FaultError<AttachCall>): Fault {
    this.assertOpen('failOnExtensionAttach()');
    return this.faults.inject('kernel.attach', { where: { attachType: 'extension' }, before: error });
  }

  /** Every unload of a dispatcher fails. */
  failOnDispatcherCleanup(error: FaultError<ProgramCall>): Fault {
    this.assertOpen('failOnDispatcherCleanup()');
    return this.faults.inject('kernel.unload', { where: { dispatcher: true }, before: error });
  }

  /** Loads a program in someone else's name: neither recorded nor open to faults. @throws KernelError as a load */
  injectProgram(spec: ProgramSpec): ProgramInfo {
    this.assertOpen('injectProgram()');
    return this.#foreign.load(spec);
  }

  /** Creates a map in someone else's name. */
  injectMap(spec: MapSpec): MapInfo {
    this.assertOpen('injectMap()');
    return this.#foreign.createMap(spec);
  }

  /** Attaches in someone else's name, with a link. The program is given by its id. */
  injectLink(spec: AttachSpec): LinkInfo {
    this.assertOpen('injectLink()');
    return this.#foreign.attach(spec);
  }

  /** Pins what there is under an id in someone else's name; directories that are missing are made. */
  injectPin(path: string, object: { readonly kind: ObjectKind; readonly id: number }): void {
    this.assertOpen('injectPin()');
    this.#foreign.pin(path, object);
  }

  /** Puts a program of someone else's on a device's XDP hook, by netlink or with a link. */
  injectXdp(options: InjectXdpOptions): ProgramInfo {
    this.assertOpen('injectXdp()');
    return this.#foreign.occupyXdp(options);
  }

  /** Lets go of what was injected, as if the other process ended: what nothing else holds is freed. */
  releaseInjected(): void {
    this.#foreign.exit();
  }

  /** Closes the kernel: none of its handles is left, and every later call is a DisposedError. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening();
    this.#backend.closeHandles();
    this.#foreign.exit();
  }

  /** Refuses wrong arguments of a method that is not of the contract, such as `failOnProgram`. */
  protected check(method: string, find: (mistakes: Mistakes) => void): void {
    this.assertOpen(`${method}()`);
    const mistakes = new Mistakes();
    find(mistakes);
    mistakes.throwIfAny(`${this.#subject}.${method}`);
  }

  /** @throws DisposedError once it is closed */
  protected assertOpen(action: string): void {
    this.#backend.assertAlive(action);
  }
}
