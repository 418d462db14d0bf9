import type { ErrnoName } from '../../../core/errno.js';
import type { Direction } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { FakeDevice } from '../../interfaces/fake-device.js';
import type { ProgramObject } from '../objects/kernel-objects.js';
import { isClassifier } from '../objects/kernel-type.js';
import type { ObjectStore } from '../objects/object-store.js';

/** Where the kernel starts to choose priorities: net/sched/cls_api.c, tcf_auto_prio (0xC000). */
const FIRST_CHOSEN_PRIORITY = 0xc000;
/** Only filters from here on count when it chooses (the 0x80000000 of tc_new_tfilter). */
const LOWEST_CHOSEN_PRIORITY = 0x8000;

/** One cls_bpf filter: its place is its name. */
export interface FilterEntry {
  readonly priority: number;
  readonly handle: number;
  readonly program: ProgramObject;
}

/** What to add. */
export interface FilterRequest {
  readonly priority: number | undefined;
  readonly handle: number | undefined;
  readonly exclusive: boolean;
}

/** The cls_bpf filters of one direction of a clsact qdisc: net/sched/cls_api.c over net/sched/cls_bpf.c. */
export class FilterChain {
  readonly #device: FakeDevice;
  readonly #direction: Direction;
  readonly #store: ObjectStore;
  /** In the order they run: by priority, and the newest first among equals, as cls_bpf lists them. */
  #entries: FilterEntry[] = [];

  constructor(device: FakeDevice, direction: Direction, store: ObjectStore) {
    this.#device = device;
    this.#direction = direction;
    this.#store = store;
  }

  /** In the order they run. */
  get entries(): readonly FilterEntry[] {
    return this.#entries;
  }

  /**
   * RTM_NEWTFILTER (tc_new_tfilter → cls_bpf_change): adds a filter, or puts the program in the place of one that is
   * not guarded by NLM_F_EXCL. The program is found only once the place is seen to be free. Returns what is there now.
   *
   * @throws KernelError EEXIST, EINVAL for a program of another type, what finding the program throws
   */
  add(findProgram: () => ProgramObject, request: FilterRequest): FilterEntry {
    const priority = request.priority ?? this.#choosePriority();
    const index = this.#entries.findIndex((entry) => entry.priority === priority && entry.handle === request.handle);
    const existing = this.#entries[index];
    if (existing !== undefined && request.exclusive) {
      this.#refuse(
        'EEXIST',
        'RTM_NEWTFILTER',
        `add filter ${existing.handle} of priority ${priority} to`,
        'Filter already exists',
      );
    }
    const program = findProgram();
    if (!isClassifier(program)) {
      this.#refuse(
        'EINVAL',
        'RTM_NEWTFILTER',
        `add program "${program.name}" (${program.type}) as a filter to`,
        'A filter takes programs of type tc and tcx only',
      );
    }
    const entry: FilterEntry = { priority, handle: request.handle ?? this.#chooseHandle(priority), program };
    this.#store.hold(program, 'kernel');
    if (existing === undefined) this.#insert(entry);
    else {
      this.#entries[index] = entry;
      this.#store.release(existing.program, 'kernel');
    }
    return entry;
  }

  /**
   * RTM_DELTFILTER: all filters of a priority, or the one with the handle. Returns what was taken off.
   *
   * @throws KernelError ENOENT
   */
  delete(priority: number, handle: number | undefined): readonly FilterEntry[] {
    const gone = this.#entries.filter(
      (entry) => entry.priority === priority && (handle === undefined || entry.handle === handle),
    );
    if (gone.length === 0) {
      const what =
        handle === undefined ? `filters of priority ${priority}` : `filter ${handle} of priority ${priority}`;
      this.#refuse(
        'ENOENT',
        'RTM_DELTFILTER',
        `delete ${what} from`,
        'Filter with specified priority/protocol not found',
      );
    }
    this.#entries = this.#entries.filter((entry) => !gone.includes(entry));
    for (const { program } of gone) this.#store.release(program, 'kernel');
    return gone;
  }

  /** The qdisc or the device goes. Returns what was taken off. */
  clear(): readonly FilterEntry[] {
    const gone = this.#entries;
    this.#entries = [];
    for (const { program } of gone) this.#store.release(program, 'kernel');
    return gone;
  }

  #insert(entry: FilterEntry): void {
    const place = this.#entries.findIndex((other) => other.priority >= entry.priority);
    this.#entries.splice(place < 0 ? this.#entries.length : place, 0, entry);
  }

  #choosePriority(): number {
    const lowest = this.#entries.find((entry) => entry.priority >= LOWEST_CHOSEN_PRIORITY);
    return lowest === undefined ? FIRST_CHOSEN_PRIORITY : lowest.priority - 1;
  }

  /** The lowest free handle of the priority (cls_bpf_change, idr_alloc_u32 from 1). */
  #chooseHandle(priority: number): number {
    const taken = new Set(this.#entries.filter((entry) => entry.priority === priority).map((entry) => entry.handle));
    let handle = 1;
    while (taken.has(handle)) handle += 1;
    return handle;
  }

  #refuse(code: ErrnoName, message: string, what: string, hint: string): never {
    refuse(
      code,
      `netlink(${message})`,
      `${what} ${this.#direction} of interface ${this.#device.name} (${this.#device.index})`,
      hint,
    );
  }
}
