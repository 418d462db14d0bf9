import { readU32, writeU32 } from '../../../kernel/element-bytes.js';
import type { MapSpec, MapUpdateMode } from '../../../kernel/objects.js';
import type { FakeDevice } from '../../interfaces/fake-device.js';
import type { ElementContext, Fail, MapElements, MapEntry } from './map-elements.js';

/** kernel/bpf/devmap.c and kernel/bpf/cpumap.c: slots that are filled with a device's index or a queue's size. */
export class SlotElements implements MapElements {
  readonly #slots = new Map<number, { readonly value: Uint8Array; readonly device: FakeDevice | undefined }>();
  readonly #spec: Required<MapSpec>;
  readonly #context: ElementContext;
  readonly #fail: Fail;

  constructor(spec: Required<MapSpec>, context: ElementContext, fail: Fail) {
    this.#spec = spec;
    this.#context = context;
    this.#fail = fail;
  }

  lookup(key: Uint8Array): Uint8Array {
    const slot = this.#slots.get(readU32(key)) ?? this.#fail('ENOENT', 'LOOKUP', 'The slot is empty');
    return slot.value.slice();
  }

  /** dev_map_update_elem and cpu_map_update_elem */
  update(key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void {
    const index = readU32(key);
    if (index >= this.#spec.maxEntries) this.#fail('E2BIG', 'UPDATE', `The last index is ${this.#spec.maxEntries - 1}`);
    if (mode === 'noexist') this.#fail('EEXIST', 'UPDATE', 'Every slot exists');
    const number = readU32(value);
    if (number === 0) {
      this.#slots.delete(index);
      return;
    }
    const device = this.#spec.type === 'devmap' ? this.#context.findDevice(number) : undefined;
    if (this.#spec.type === 'devmap' && device === undefined) {
      this.#fail('EINVAL', 'UPDATE', `There is no device with index ${number}`);
    }
    if (this.#spec.type === 'cpumap' && number > 16_384)
      this.#fail('EOVERFLOW', 'UPDATE', 'A queue holds at most 16384 packets');
    this.#slots.set(index, { value: value.slice(), device });
  }

  delete(key: Uint8Array): void {
    const index = readU32(key);
    if (index >= this.#spec.maxEntries)
      this.#fail('EINVAL', 'DELETE', `The last index is ${this.#spec.maxEntries - 1}`);
    this.#slots.delete(index);
  }

  entries(): readonly MapEntry[] {
    return [...this.#slots].sort(([a], [b]) => a - b).map(([index, slot]) => [writeU32(index), slot.value.slice()]);
  }

  clear(): void {
    this.#slots.clear();
  }

  /** A device is gone: its slots are emptied (dev_map_notification). */
  dropDevice(device: FakeDevice): void {
    for (const [index, slot] of this.#slots) if (slot.device === device) this.#slots.delete(index);
  }
}

/** Empties the slots of a devmap that lead to a device. */
export function dropDevice(elements: MapElements, device: FakeDevice): void {
  if (elements instanceof SlotElements) elements.dropDevice(device);
}
