import { readFileSync } from 'node:fs';

/** An object file of `fixtures/`, by its name without `.o`. */
export function readFixture(name: string): Uint8Array {
  return readFileSync(new URL(`fixtures/${name}.o`, import.meta.url));
}

/** All of them. */
export const FIXTURES = [
  'big-endian',
  'core',
  'extension',
  'extern',
  'globals',
  'inner-maps',
  'legacy-maps',
  'same-section',
  'subprograms',
  'tc-two-maps',
  'tracing',
  'xdp-counter',
] as const;

/** One slot of eBPF's encoding, as its fields. */
export interface Slot {
  readonly opcode: number;
  readonly destination: number;
  readonly source: number;
  readonly offset: number;
  readonly immediate: number;
}

/** Takes instructions apart. */
export function decode(instructions: Uint8Array): readonly Slot[] {
  const view = new DataView(instructions.buffer, instructions.byteOffset, instructions.byteLength);
  return Array.from({ length: instructions.length / 8 }, (_, slot) => ({
    opcode: view.getUint8(slot * 8),
    destination: view.getUint8(slot * 8 + 1) & 15,
    source: view.getUint8(slot * 8 + 1) >>> 4,
    offset: view.getInt16(slot * 8 + 2, true),
    immediate: view.getInt32(slot * 8 + 4, true),
  }));
}

/** The words of a list of records. */
export function toWords(bytes: Uint8Array | undefined, wordsPerRecord: number): readonly (readonly number[])[] {
  if (bytes === undefined) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 / wordsPerRecord }, (_, record) =>
    Array.from({ length: wordsPerRecord }, (_unused, word) =>
      view.getUint32((record * wordsPerRecord + word) * 4, true),
    ),
  );
}

/** A copy with one number written over, little-endian. */
export function patch(bytes: Uint8Array, offset: number, value: number, sizeBytes: 1 | 2 | 4 | 8 = 4): Uint8Array {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  if (sizeBytes === 1) view.setUint8(offset, value);
  else if (sizeBytes === 2) view.setUint16(offset, value, true);
  else if (sizeBytes === 4) view.setUint32(offset, value, true);
  else view.setBigUint64(offset, BigInt(value), true);
  return copy;
}

/** The file offset of the header of a section, by its index. */
export function sectionHeader(bytes: Uint8Array, index: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40, true)) + index * 64;
}

/** The file offset of the contents of a section, by its index. */
export function sectionOffset(bytes: Uint8Array, index: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(sectionHeader(bytes, index) + 24, true));
}
