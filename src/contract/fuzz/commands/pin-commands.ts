import type * as FastCheck from 'fast-check';
import { MAX_HANDLE, type Session } from '../session.js';
import { byOf, defineCommand, type Fc, NOTHING } from './command.js';

const PATHS = [
  '/a',
  '/b',
  '/dir/a',
  '/dir/b',
  '/dir',
  '/dir/deeper',
  '/no.dot',
  '/map0',
  '/missing/a',
  '/load0',
] as const;

/** Pins and directories. */
export const PIN_COMMANDS = [
  defineCommand({
    name: 'pin',
    weight: 6,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        kind: fc.constantFrom('program', 'map', 'link', 'link'),
        n: fc.nat(MAX_HANDLE),
        path: pathOf(fc),
        outside: fc.oneof({ weight: 19, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
    async run(session, { by, kind, n, path, outside }) {
      const object = session.object(kind, n, by);
      if (object === undefined) return NOTHING;
      const where = outside ? '/tmp/glovebox-no-pin' : at(session, path);
      await session.kernel(by).pin(object, where);
      session.pinned.push(where);
      return undefined;
    },
  }),
  defineCommand({
    name: 'unpin',
    weight: 5,
    arguments: (fc) => fc.record({ path: placeOf(fc) }),
    run: (session, { path }) => session.kernel(0).unpin(at(session, path)),
  }),
  defineCommand({
    name: 'open',
    weight: 4,
    arguments: (fc) => fc.record({ by: byOf(fc), path: placeOf(fc) }),
    run: async (session, { by, path }) => session.keep(await session.kernel(by).open(at(session, path)), by, false),
  }),
  defineCommand({
    name: 'mkdir',
    weight: 3,
    arguments: (fc) => fc.record({ path: pathOf(fc), recursive: fc.boolean() }),
    run: (session, { path, recursive }) => session.kernel(0).bpffs.mkdir(at(session, path), { recursive }),
  }),
  defineCommand({
    name: 'rmdir',
    weight: 1,
    arguments: (fc) => fc.record({ path: pathOf(fc) }),
    run: (session, { path }) => session.kernel(0).bpffs.rmdir(at(session, path)),
  }),
  defineCommand({
    name: 'rename',
    weight: 2,
    arguments: (fc) => fc.record({ from: placeOf(fc), to: placeOf(fc) }),
    async run(session, { from, to }) {
      const target = at(session, to);
      await session.kernel(0).bpffs.rename(at(session, from), target);
      session.pinned.push(target);
    },
  }),
  defineCommand({
    name: 'look',
    weight: 1,
    arguments: (fc) => fc.record({ path: placeOf(fc), how: fc.constantFrom('readdir', 'exists', 'readFile') }),
    async run(session, { path, how }) {
      const seen = await session.kernel(0).bpffs[how](at(session, path));
      if (!Array.isArray(seen)) return seen;
      // Pins that were made by a load are named after an id.
      const nameOf = (id: string): string => session.names.of('prog', Number(id)) ?? id;
      return seen.map(({ name, kind }) => `${kind} ${name.replace(/\d{2,}$/, nameOf)}`).sort();
    },
  }),
];

/** Mostly one of a few, so that pins are met again. */
function pathOf(fc: Fc): FastCheck.Arbitrary<(typeof PATHS)[number]> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('/a' as const, '/b' as const, '/dir/a' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...PATHS) },
  );
}

/** A path, or a number: one of those that were pinned at. */
function placeOf(fc: Fc): FastCheck.Arbitrary<(typeof PATHS)[number] | number> {
  return fc.oneof({ weight: 1, arbitrary: pathOf(fc) }, { weight: 2, arbitrary: fc.nat(MAX_HANDLE) });
}

function at(session: Session, place: string | number): string {
  if (typeof place === 'string') return `${session.world.bpffs}${place}`;
  const { pinned } = session;
  return pinned[place % Math.max(pinned.length, 1)] ?? `${session.world.bpffs}/a`;
}
