import { MAX_HANDLE } from '../session.js';
import { defineCommand, NOTHING } from './command.js';

/** Elements of maps. */
export const MAP_COMMANDS = [
  defineCommand({
    name: 'updateElement',
    weight: 4,
    arguments: (fc) =>
      fc.record({
        map: fc.nat(MAX_HANDLE),
        key: fc.nat(3),
        value: fc.nat(MAX_HANDLE),
        mode: fc.constantFrom('any', 'noexist', 'exist'),
        short: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
    async run(session, { map: n, key, value, mode, short }) {
      const map = session.map(n);
      if (map === undefined) return NOTHING;
      const keySize = short ? map.keySizeBytes + 1 : map.keySizeBytes;
      const number = map.type === 'prog_array' ? (session.program(value, 0, ['xdp'])?.id ?? 0) : value;
      return map.update(toBytes(key, keySize), toBytes(number, map.valueSizeBytes), mode);
    },
  }),
  defineCommand({
    name: 'lookupElement',
    weight: 2,
    arguments: (fc) => fc.record({ map: fc.nat(MAX_HANDLE), key: fc.nat(3) }),
    async run(session, { map: n, key }) {
      const map = session.map(n);
      if (map === undefined) return NOTHING;
      return describeValue(session, map.type, await map.lookup(toBytes(key, map.keySizeBytes)));
    },
  }),
  defineCommand({
    name: 'deleteElement',
    weight: 2,
    arguments: (fc) => fc.record({ map: fc.nat(MAX_HANDLE), key: fc.nat(3) }),
    async run(session, { map: n, key }) {
      const map = session.map(n);
      if (map === undefined) return NOTHING;
      return map.delete(toBytes(key, map.keySizeBytes));
    },
  }),
  defineCommand({
    name: 'entries',
    weight: 1,
    arguments: (fc) => fc.record({ map: fc.nat(MAX_HANDLE) }),
    async run(session, { map: n }) {
      const map = session.map(n);
      if (map === undefined) return NOTHING;
      // The order of a hash is its own.
      const entries = await map.entries();
      return entries.map(([key, value]) => `${[...key]}=${describeValue(session, map.type, value)}`).sort();
    },
  }),
];

function toBytes(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(size, 4));
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes.slice(0, size);
}

function describeValue(
  session: { names: { of(kind: string, id: number): string | undefined } },
  type: string,
  value: Uint8Array,
): string {
  if (type !== 'prog_array') return String([...value]);
  const id = new DataView(value.buffer, value.byteOffset).getUint32(0, true);
  return String(session.names.of('prog', id));
}
