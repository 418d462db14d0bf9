import type { VerifierLogOptions } from '../../../kernel/objects.js';
import { shortKind } from '../call-trace.js';
import { MAX_HANDLE } from '../session.js';
import { byOf, defineCommand, NOTHING, rarely, refTo } from './command.js';

const TYPES = ['xdp', 'tcx', 'tc', 'tracepoint', 'uprobe', 'uretprobe'] as const;
const LOGS: readonly VerifierLogOptions[] = [
  { sizeBytes: 16 },
  { sizeBytes: 16, keep: 'head' },
  { sizeBytes: 128 },
  { sizeBytes: 0 },
  { level: 0, sizeBytes: 200 },
  { level: 2, sizeBytes: 65_536 },
];
const MAPS = [
  { name: 'hash', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 },
  { name: 'array', type: 'array', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 2 },
  { name: 'progs', type: 'prog_array', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 },
  { name: 'percpu', type: 'percpu_hash', keySizeBytes: 2, valueSizeBytes: 8, maxEntries: 1 },
  { name: 'ring', type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 },
  { name: 'bad_array', type: 'array', keySizeBytes: 8, valueSizeBytes: 4, maxEntries: 1 },
  { name: 'bad-name', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1 },
  { name: 'empty', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 0 },
  { name: 'devices', type: 'devmap', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 },
  { name: 'cpus', type: 'cpumap', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1 },
  { name: 'numbers', type: 'percpu_array', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 1 },
  // With room for all keys: which element an LRU map throws out, it does not promise.
  { name: 'recent', type: 'lru_hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 64 },
  { name: 'huge', type: 'array', keySizeBytes: 4, valueSizeBytes: 2 ** 31, maxEntries: 2 },
  { name: 'read_only', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1, flags: 1 << 3 },
  { name: 'write_only', type: 'array', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1, flags: 1 << 4 },
  { name: 'flagged', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1, flags: 1 << 30 },
] as const;

/** What processes may do that are started on the way. */
const CAPABILITY_SETS = [
  ['CAP_BPF', 'CAP_NET_ADMIN'],
  ['CAP_BPF', 'CAP_PERFMON'],
  ['CAP_NET_ADMIN'],
  ['CAP_SYS_ADMIN'],
  [],
] as const;

/** An exit without a result, which the verifier refuses. */
const EXIT_ONLY: readonly number[] = [0x95, 0, 0, 0, 0, 0, 0, 0];
const NOTHING_AT_ALL: readonly number[] = [];

/** Programs, maps, handles, ids and processes. */
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
        flags: rarely(fc, 0, 1 << 30),
        code: rarely(fc, undefined, EXIT_ONLY, NOTHING_AT_ALL),
        verifierLog: rarely<VerifierLogOptions | undefined>(fc, undefined, ...LOGS),
        xdpTarget: rarely(fc, undefined, 'devmap' as const, 'cpumap' as const),
      }),
    async run(session, { by, type, name, maps, reuse, pinned, flags, code, verifierLog, xdpTarget }) {
      const reused = reuse === undefined ? undefined : session.map(reuse, by);
      const specs = [...new Set(maps)].flatMap((index) => MAPS[index] ?? []);
      const program = await session.kernel(by).load({
        name,
        type,
        ...(flags === 0 ? {} : { flags }),
        ...(code === undefined ? {} : { code: { instructions: Uint8Array.from(code) } }),
        ...(verifierLog === undefined ? {} : { verifierLog }),
        ...(xdpTarget === undefined || type !== 'xdp' ? {} : { xdpTarget }),
        maps: reused === undefined ? specs : [...specs, reused],
        ...(pinned === undefined ? {} : { pinPath: `${session.world.bpffs}/load${pinned}` }),
      });
      return session.keep(program, by, true);
    },
  }),
  defineCommand({
    name: 'unload',
    weight: 3,
    arguments: (fc) => fc.record({ by: byOf(fc), program: refTo(fc) }),
    async run(session, { by, program: ref }) {
      const program = session.programRef(ref, by);
      return program === undefined ? NOTHING : session.kernel(by).unload(program);
    },
  }),
  defineCommand({
    name: 'createMap',
    weight: 4,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        map: fc.oneof(fc.constant(0), fc.nat(MAPS.length - 1)),
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
      session.trace.note(session.ownerOf(object), `${session.names.of(shortKind(object.kind), object.id)}.close`, []);
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
  defineCommand({
    name: 'startProcess',
    weight: 2,
    arguments: (fc) => fc.record({ may: fc.constantFrom(undefined, ...CAPABILITY_SETS), elsewhere: fc.boolean() }),
    async run(session, { may, elsewhere }) {
      session.trace.note(0, 'process', [{ capabilities: may, netns: elsewhere ? session.netns : undefined }]);
      return session.startProcess(may, elsewhere ? session.netns : undefined) ? undefined : NOTHING;
    },
  }),
  defineCommand({
    name: 'exitProcess',
    weight: 1,
    arguments: (fc) => fc.record({ n: fc.nat(4) }),
    run: (session, { n }) => session.exitProcess(n),
  }),
];
