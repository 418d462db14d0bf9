import type { TcxPosition } from '../../../kernel/attach.js';
import { MAX_HANDLE, type Session } from '../session.js';
import { byOf, defineCommand, type Fc, NOTHING } from './command.js';
import { refOf } from './device-commands.js';

const CLASSIFIERS = ['tc', 'tcx'] as const;
const FLAGS = [0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 16, 24, 32, 1 << 13, 1 << 20] as const;

/** TCX and tc. */
export const TRAFFIC_COMMANDS = [
  defineCommand({
    name: 'attachTcx',
    weight: 9,
    arguments: (fc) => fc.record({ by: byOf(fc), program: fc.nat(MAX_HANDLE), ...placeOf(fc) }),
    async run(session, { by, program: n, ...place }) {
      const program = session.program(n, by, CLASSIFIERS);
      if (program === undefined) return NOTHING;
      const spec = { ...hookOf(session, place), ...(await positionOf(session, { ...place, by })), program };
      return session.keep(await session.kernel(by).attach({ type: 'tcx', ...spec }), by, true);
    },
  }),
  defineCommand({
    name: 'attachTcxProgram',
    weight: 7,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: fc.nat(MAX_HANDLE),
        replace: fc.option(fc.nat(MAX_HANDLE), { nil: undefined, freq: 4 }),
        ...placeOf(fc),
      }),
    async run(session, { by, program: n, replace: m, ...place }) {
      const program = session.program(n, by, CLASSIFIERS);
      const replace = m === undefined ? undefined : session.program(m, by, CLASSIFIERS);
      if (program === undefined) return NOTHING;
      const spec = { ...hookOf(session, place), ...(await positionOf(session, { ...place, by })), program };
      return session.kernel(by).attachTcxProgram({ ...spec, ...(replace === undefined ? {} : { replace }) });
    },
  }),
  defineCommand({
    name: 'detachTcxProgram',
    weight: 4,
    arguments: (fc) =>
      fc.record({ by: byOf(fc), program: fc.option(fc.nat(MAX_HANDLE), { nil: undefined, freq: 3 }), ...placeOf(fc) }),
    async run(session, { by, program: n, ...place }) {
      const program = n === undefined ? undefined : session.program(n, by, CLASSIFIERS);
      const spec = { ...hookOf(session, place), ...(await positionOf(session, { ...place, by })) };
      return session.kernel(by).detachTcxProgram(program === undefined ? spec : { ...spec, program });
    },
  }),
  defineCommand({
    name: 'queryTcx',
    weight: 1,
    arguments: (fc) =>
      fc.record({ by: byOf(fc), device: fc.nat(5), egress: fc.boolean(), limit: fc.integer({ min: 1, max: 3 }) }),
    async run(session, { by, limit, ...place }) {
      const { revision, programs } = await session.kernel(by).queryTcx(hookOf(session, place), { limit });
      return { revision, programs: programs.map(({ programId }) => session.names.of('prog', programId)) };
    },
  }),
  defineCommand({
    name: 'createClsact',
    weight: 3,
    arguments: (fc) => fc.record({ by: byOf(fc), device: fc.nat(5), exclusive: fc.boolean() }),
    run: (session, { by, device, exclusive }) =>
      session.kernel(by).createClsact({ ...refOf(session.device(device)), exclusive }),
  }),
  defineCommand({
    name: 'deleteClsact',
    weight: 1,
    arguments: (fc) => fc.record({ by: byOf(fc), device: fc.nat(5) }),
    run: (session, { by, device }) => session.kernel(by).deleteClsact(refOf(session.device(device))),
  }),
  defineCommand({
    name: 'addFilter',
    weight: 5,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: fc.nat(MAX_HANDLE),
        device: fc.nat(5),
        egress: fc.boolean(),
        priority: fc.constantFrom(undefined, 50, 50, 51),
        handle: fc.constantFrom(undefined, undefined, 1, 2, 3),
        exclusive: fc.constantFrom(true, true, false),
      }),
    async run(session, { by, program: n, priority, handle, exclusive, ...place }) {
      const program = session.program(n, by, CLASSIFIERS);
      if (program === undefined) return NOTHING;
      const filter = await session.kernel(by).addFilter({
        ...hookOf(session, place),
        program,
        exclusive,
        ...(priority === undefined ? {} : { priority }),
        ...(handle === undefined ? {} : { handle }),
      });
      return { priority: filter.priority, handle: filter.handle, program: session.names.of('prog', filter.programId) };
    },
  }),
  defineCommand({
    name: 'deleteFilter',
    weight: 3,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        device: fc.nat(5),
        egress: fc.boolean(),
        priority: fc.constantFrom(50, 50, 51, 49152, 7),
        handle: fc.constantFrom(undefined, 1, 1, 2, 9),
      }),
    run: (session, { by, priority, handle, ...place }) =>
      session
        .kernel(by)
        .deleteFilter({ ...hookOf(session, place), priority, ...(handle === undefined ? {} : { handle }) }),
  }),
];

interface Place {
  readonly device: number;
  readonly egress: boolean;
}

interface Position {
  readonly by: number;
  readonly device: number;
  readonly egress: boolean;
  readonly order: 'before' | 'after' | undefined;
  readonly anchor: { readonly kind: 'program' | 'link'; readonly n: number; readonly byId: boolean } | undefined;
  readonly revision: 'right' | 'wrong' | undefined;
  readonly flags: number;
}

function placeOf(fc: Fc) {
  return {
    device: fc.nat(3),
    egress: fc.constantFrom(false, false, false, true),
    order: fc.constantFrom(undefined, undefined, 'before' as const, 'after' as const),
    anchor: fc.option(
      fc.record({
        kind: fc.constantFrom('program' as const, 'link' as const),
        n: fc.nat(MAX_HANDLE),
        byId: fc.boolean(),
      }),
      { nil: undefined, freq: 2 },
    ),
    revision: fc.constantFrom(undefined, undefined, undefined, 'right' as const, 'wrong' as const),
    flags: fc.constantFrom(...FLAGS),
  };
}

function hookOf(session: Session, { device, egress }: Place) {
  return { ...refOf(session.device(device)), direction: egress ? ('egress' as const) : ('ingress' as const) };
}

async function positionOf(session: Session, position: Position): Promise<TcxPosition & { readonly flags?: number }> {
  const { order, anchor, revision, flags } = position;
  const program = anchor?.kind === 'program' ? session.program(anchor.n, position.by, CLASSIFIERS) : undefined;
  const link = anchor?.kind === 'link' ? session.link(anchor.n, position.by) : undefined;
  const current = revision === undefined ? 0 : await readRevision(session, position);
  return {
    ...(order === undefined ? {} : { order }),
    ...(program === undefined ? {} : { anchor: { program: anchor?.byId ? program.id : program } }),
    ...(link === undefined ? {} : { anchor: { link: anchor?.byId ? link.id : link } }),
    ...(revision === undefined ? {} : { expectedRevision: revision === 'right' ? current : current + 1 }),
    ...(flags === 0 ? {} : { flags }),
  };
}

async function readRevision(session: Session, place: Place): Promise<number> {
  if (!session.device(place.device).present) return 1;
  return (await session.world.kernel.queryTcx(hookOf(session, place))).revision;
}
