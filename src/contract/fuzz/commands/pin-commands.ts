import type { Session } from '../session.js';
import { defineCommand, NOTHING } from './command.js';

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
        by: fc.nat(5),
        kind: fc.constantFrom('program', 'map', 'link', 'link'),
        n: fc.nat(20),
        path: fc.constantFrom(...PATHS),
        outside: fc.oneof({ weight: 19, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
    async run(session, { by, kind, n, path, outside }) {
      const object = kind === 'program' ? session.program(n) : kind === 'map' ? session.map(n) : session.link(n);
      if (object === undefined) return NOTHING;
      return session.kernel(by).pin(object, outside ? '/proc/pin' : at(session, path));
    },
  }),
  defineCommand({
    name: 'unpin',
    weight: 4,
    arguments: (fc) => fc.record({ path: fc.constantFrom(...PATHS) }),
    run: (session, { path }) => session.world.kernel.unpin(at(session, path)),
  }),
  defineCommand({
    name: 'open',
    weight: 4,
    arguments: (fc) => fc.record({ by: fc.nat(5), path: fc.constantFrom(...PATHS) }),
    run: async (session, { by, path }) => session.keep(await session.kernel(by).open(at(session, path)), false),
  }),
  defineCommand({
    name: 'mkdir',
    weight: 3,
    arguments: (fc) => fc.record({ path: fc.constantFrom(...PATHS), recursive: fc.boolean() }),
    run: (session, { path, recursive }) => session.world.kernel.bpffs.mkdir(at(session, path), { recursive }),
  }),
  defineCommand({
    name: 'rmdir',
    weight: 1,
    arguments: (fc) => fc.record({ path: fc.constantFrom(...PATHS) }),
    run: (session, { path }) => session.world.kernel.bpffs.rmdir(at(session, path)),
  }),
  defineCommand({
    name: 'rename',
    weight: 2,
    arguments: (fc) => fc.record({ from: fc.constantFrom(...PATHS), to: fc.constantFrom(...PATHS) }),
    run: (session, { from, to }) => session.world.kernel.bpffs.rename(at(session, from), at(session, to)),
  }),
  defineCommand({
    name: 'look',
    weight: 1,
    arguments: (fc) =>
      fc.record({ path: fc.constantFrom(...PATHS), how: fc.constantFrom('readdir', 'exists', 'readFile') }),
    run: (session, { path, how }): Promise<unknown> => session.world.kernel.bpffs[how](at(session, path)),
  }),
];

function at(session: Session, path: string): string {
  return `${session.world.bpffs}${path}`;
}
