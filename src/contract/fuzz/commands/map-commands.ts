import type * as FastCheck from 'fast-check';
import type { BpfMap } from '../../../kernel/objects.js';
import { MAX_HANDLE, type Session } from '../session.js';
import { defineCommand, type Fc, NOTHING } from './command.js';

/** Elements of maps. */
export const MAP_COMMANDS = [
  defineCommand({
    name: 'updateElement',
    weight: 8,
    arguments: (fc) =>
      fc.record({
        map: mapOf(fc),
        key: fc.nat(2),
        value: fc.nat(MAX_HANDLE),
        mode: fc.constantFrom('any' as const, 'any' as const, 'noexist' as const, 'exist' as const),
        short: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
    async run(session, { map: n, key, value, mode, short }) {
      const map = session.map(n);
      if (map === undefined) return NOTHING;
      const keySize = short ? map.keySizeBytes + 1 : map.keySizeBytes;
      const keyBytes = toBytes(key, keySize);
      const valueBytes = toBytes(toElement(session, map, value), map.valueSizeBytes);
      note(session, map, 'update', [keyBytes, valueBytes, mode]);
      return map.update(keyBytes, valueBytes, mode);
    },
  }),
  defineCommand({
    name: 'lookupElement',
    weight: 2,
    arguments: (fc) => fc.record({ map: mapOf(fc), key: fc.nat(2) }),
    async run(session, { map: n, key }) {
      const map = session.map(n);
      if (map === undefined) return NOTHING;
      const keyBytes = toBytes(key, map.keySizeBytes);
      note(session, map, 'lookup', [keyBytes]);
      return describeValue(session, map.type, await map.lookup(keyBytes));
    },
  }),
  defineCommand({
    name: 'deleteElement',
    weight: 2,
    arguments: (fc) => fc.record({ map: mapOf(fc), key: fc.nat(2) }),
    async run(session, { map: n, key }) {
      const map = session.map(n);
      if (map === undefined) return NOTHING;
      const keyBytes = toBytes(key, map.keySizeBytes);
      note(session, map, 'delete', [keyBytes]);
      return map.delete(keyBytes);
    },
  }),
  defineCommand({
    name: 'entries',
    weight: 1,
    arguments: (fc) => fc.record({ map: mapOf(fc) }),
    async run(session, { map: n }) {
      const map = session.map(n);
      if (map === undefined) return NOTHING;
      note(session, map, 'entries', []);
      // The order of a hash is its own.
      const entries = await map.entries();
      return entries.map(([key, value]) => `${[...key]}=${describeValue(session, map.type, value)}`).sort();
    },
  }),
];

/** Mostly the first that is open, so that it gets full. */
function mapOf(fc: Fc): FastCheck.Arbitrary<number> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(MAX_HANDLE) });
}

function toBytes(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(size, 4));
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes.slice(0, size);
}

/** What a number is as a value: the id of a program, the index of a device, or itself. */
function toElement(session: Session, { type }: BpfMap, value: number): number {
  if (type === 'prog_array') return session.program(value, 0, ['xdp'])?.id ?? 0;
  return type === 'devmap' ? session.device(value).ifindex : value;
}

function describeValue({ names }: Session, type: string, value: Uint8Array): string {
  if (type !== 'prog_array' && type !== 'devmap') return String([...value]);
  const id = new DataView(value.buffer, value.byteOffset).getUint32(0, true);
  return names.of(type === 'devmap' ? 'dev' : 'prog', id);
}

function note(session: Session, map: BpfMap, method: string, args: readonly unknown[]): void {
  session.trace.note(session.ownerOf(map), `${session.names.of('map', map.id)}.${method}`, args);
}
