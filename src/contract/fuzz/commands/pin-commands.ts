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
      return session.kernel(by).pin(object, outside ? '/tmp/glovebox-no-pin' : at(session, path));
    },
  }),
  defineCommand({
    name: 'unpin',
    weight: 4,
    arguments: (fc) => fc.record({ path: pathOf(fc) }),
    run: (session, { path }) => session.world.kernel.unpin(at(session, path)),
  }),
  defineCommand({
    name: 'open',
    weight: 4,
    arguments: (fc) => fc.record({ by: byOf(fc), path: pathOf(fc) }),
    run: async (session, { by, path }) => session.keep(await session.kernel(by).open(at(session, path)), by, false),
  }),
  defineCommand({
    name: 'mkdir',
    weight: 3,
    arguments: (fc) => fc.record({ path: pathOf(fc), recursive: fc.boolean() }),
    run: (session, { path, recursive }) => session.world.kernel.bpffs.mkdir(at(session, path), { recursive }),
  }),
  defineCommand({
    name: 'rmdir',
    weight: 1,
    arguments: (fc) => fc.record({ path: pathOf(fc) }),
    run: (session, { path }) => session.world.kernel.bpffs.rmdir(at(session, path)),
  }),
  defineCommand({
    name: 'rename',
    weight: 2,
    arguments: (fc) => fc.record({ from: pathOf(fc), to: pathOf(fc) }),
    run: (session, { from, to }) => session.world.kernel.bpffs.rename(at(session, from), at(session, to)),
  }),
  defineCommand({
    name: 'look',
    weight: 1,
    arguments: (fc) => fc.record({ path: pathOf(fc), how: fc.constantFrom('readdir', 'exists', 'readFile') }),
    async run(session, { path, how }) {
      const seen = await session.world.kernel.bpffs[how](at(session, path));
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

function at(session: Session, path: string): string {
  return `${session.world.bpffs}${path}`;
}
