import { MAX_HANDLE } from '../session.js';
import { byOf, defineCommand, NOTHING } from './command.js';

const TYPES = ['xdp', 'tcx', 'tc', 'tracepoint', 'uprobe'] as const;
const MAPS = [
  { name: 'hash', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 },
  { name: 'array', type: 'array', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 2 },
  { name: 'progs', type: 'prog_array', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 },
  { name: 'percpu', type: 'percpu_hash', keySizeBytes: 2, valueSizeBytes: 8, maxEntries: 1 },
  { name: 'ring', type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 },
  { name: 'bad_array', type: 'array', keySizeBytes: 8, valueSizeBytes: 4, maxEntries: 1 },
  { name: 'bad-name', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1 },
  { name: 'empty', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 0 },
  { name: 'flagged', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1, flags: 1 << 30 },
] as const;

/** Programs, maps, handles and ids. */
export const OBJECT_COMMANDS = [
  defineCommand({
    name: 'load',
    weight: 12,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        type: fc.constantFrom(...TYPES),
        name: fc.oneof(
          { weight: 9, arbitrary: fc.constant('prog') },
          fc.constantFrom('much_too_long_a_name', 'bad-name'),
        ),
        maps: fc.array(fc.nat(3), { maxLength: 2 }),
        reuse: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 0, 1, 2, MAX_HANDLE),
        pinned: fc.option(fc.nat(1), { nil: undefined, freq: 5 }),
        flags: fc.oneof({ weight: 19, arbitrary: fc.constant(0) }, fc.constant(1 << 30)),
        broken: fc.oneof({ weight: 19, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
    async run(session, { by, type, name, maps, reuse, pinned, flags, broken }) {
      const reused = reuse === undefined ? undefined : session.map(reuse, by);
      const specs = [...new Set(maps)].flatMap((index) => MAPS[index] ?? []);
      const program = await session.kernel(by).load({
        name,
        type,
        ...(flags === 0 ? {} : { flags }),
        ...(broken ? { code: { instructions: Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0) } } : {}),
        maps: reused === undefined ? specs : [...specs, reused],
        ...(pinned === undefined ? {} : { pinPath: `${session.world.bpffs}/load${pinned}` }),
      });
      return session.keep(program, by, true);
    },
  }),
  defineCommand({
    name: 'unload',
    weight: 3,
    arguments: (fc) => fc.record({ by: byOf(fc), program: fc.nat(MAX_HANDLE), byId: fc.boolean() }),
    async run(session, { by, program: n, byId }) {
      const program = session.program(n, by);
      if (program === undefined) return NOTHING;
      return session.kernel(by).unload(byId ? program.id : program);
    },
  }),
  defineCommand({
    name: 'createMap',
    weight: 3,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        map: fc.nat(MAPS.length - 1),
        pinnedAt: fc.option(fc.nat(2), { nil: undefined, freq: 3 }),
      }),
    async run(session, { by, map, pinnedAt }) {
      const spec = MAPS[map];
      if (spec === undefined) return NOTHING;
      const before = (await session.world.kernel.maps()).length;
      const options = pinnedAt === undefined ? {} : { pinnedAt: `${session.world.bpffs}/map${pinnedAt}` };
      const made = await session.kernel(by).createMap(spec, options);
      return session.keep(made, by, (await session.world.kernel.maps()).length > before);
    },
  }),
  defineCommand({
    name: 'close',
    weight: 6,
    arguments: (fc) => fc.record({ kind: fc.constantFrom('program', 'map', 'link'), n: fc.nat(MAX_HANDLE) }),
    async run(session, { kind, n }) {
      const object = session.object(kind, n);
      if (object === undefined) return NOTHING;
      return object.close();
    },
  }),
  defineCommand({
    name: 'byId',
    weight: 4,
    arguments: (fc) =>
      fc.record({ by: byOf(fc), kind: fc.constantFrom('program', 'map', 'link', 'none'), n: fc.nat(MAX_HANDLE) }),
    async run(session, { by, kind, n }) {
      const kernel = session.kernel(by);
      if (kind === 'none') return session.keep(await kernel.programById(0), by, false);
      const object = session.object(kind, n, by);
      if (object === undefined) return NOTHING;
      if (kind === 'program') return session.keep(await kernel.programById(object.id), by, false);
      if (kind === 'map') return session.keep(await kernel.mapById(object.id), by, false);
      return session.keep(await kernel.linkById(object.id), by, false);
    },
  }),
  defineCommand({
    name: 'nextId',
    weight: 2,
    arguments: (fc) =>
      fc.record({ by: byOf(fc), kind: fc.constantFrom('program', 'map', 'link', 'end'), n: fc.nat(MAX_HANDLE) }),
    async run(session, { by, kind, n }) {
      const kernel = session.kernel(by);
      if (kind === 'end') return kernel.nextProgramId(2 ** 31 - 1);
      const object = session.object(kind, n, by);
      if (object === undefined) return NOTHING;
      if (kind === 'program') return session.names.of('prog', await kernel.nextProgramId(object.id));
      if (kind === 'map') return session.names.of('map', await kernel.nextMapId(object.id));
      return session.names.of('link', await kernel.nextLinkId(object.id));
    },
  }),
];
