import type { TcxPosition } from '../../../kernel/attach.js';
import type { Program } from '../../../kernel/objects.js';
import { refOf } from '../observe.js';
import { type FuzzRef, outcomeOf, type Session } from '../session.js';
import { byOf, defineCommand, deviceOf, type Fc, NOTHING, rarely, refTo } from './command.js';

const CLASSIFIERS = ['tc', 'tcx'] as const;
/** include/uapi/linux/bpf.h */
const BPF_F_ID = 32;
const FLAGS = [0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 16, 24, 32, 1 << 13, 1 << 20] as const;

/** TCX and tc. */
export const TRAFFIC_COMMANDS = [
  defineCommand({
    name: 'attachTcx',
    weight: 9,
    arguments: (fc) => fc.record({ by: byOf(fc), program: refTo(fc), ...placeOf(fc) }),
    async run(session, { by, program: ref, ...place }) {
      const program = session.programRef(ref, by, CLASSIFIERS);
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
        program: refTo(fc),
        replace: fc.option(refTo(fc), { nil: undefined, freq: 3 }),
        // To replace one that is on the hook.
        present: fc.boolean(),
        ...placeOf(fc),
      }),
    async run(session, { by, program: ref, replace: oldRef, present, ...place }) {
      const program = session.programRef(ref, by, CLASSIFIERS);
      const attached = present && oldRef !== undefined ? await findAttached(session, place, oldRef.n) : undefined;
      const replace = attached ?? (oldRef === undefined ? undefined : session.programRef(oldRef, by, CLASSIFIERS));
      if (program === undefined) return NOTHING;
      const spec = { ...hookOf(session, place), ...(await positionOf(session, { ...place, by })), program };
      return session.kernel(by).attachTcxProgram({ ...spec, ...(replace === undefined ? {} : { replace }) });
    },
  }),
  defineCommand({
    name: 'detachTcxProgram',
    weight: 6,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: fc.option(refTo(fc), { nil: undefined, freq: 3 }),
        // One that is on the hook, whatever else was said.
        present: fc.boolean(),
        plain: fc.constantFrom(true, true, false),
        ...placeOf(fc),
      }),
    async run(session, { by, program: ref, present, plain, ...place }) {
      const found = present ? await findAttached(session, place, ref?.n ?? 0) : undefined;
      const program = found ?? (ref === undefined ? undefined : session.programRef(ref, by, CLASSIFIERS));
      const position = plain ? {} : await positionOf(session, { ...place, by });
      const spec = { ...hookOf(session, place), ...position };
      return session.kernel(by).detachTcxProgram(program === undefined ? spec : { ...spec, program });
    },
  }),
  defineCommand({
    name: 'fillTcx',
    weight: 1,
    // A full hook costs some hundred milliseconds: one in twenty.
    arguments: (fc) =>
      fc.record({
        device: deviceOf(fc),
        egress: fc.constantFrom(false, false, false, true),
        full: rarely(fc, false, true),
      }),
    async run(session, { full, ...place }) {
      const kernel = session.kernel(0);
      const answers = [];
      for (let count = 0; count < (full ? 64 : 1); count += 1) {
        const program = await kernel.load({ name: 'filler', type: 'tcx' });
        session.names.assign('prog', program.id);
        const answer = await outcomeOf(() => kernel.attachTcxProgram({ ...hookOf(session, place), program }));
        await program.close();
        answers.push('error' in answer ? answer.error : 'ok');
        if ('error' in answer) break;
      }
      return answers;
    },
  }),
  defineCommand({
    name: 'queryTcx',
    weight: 3,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        device: deviceOf(fc),
        egress: fc.constantFrom(false, false, false, true),
        limit: fc.constantFrom(1, 1, 1, 2, undefined),
      }),
    async run(session, { by, limit, ...place }) {
      const options = limit === undefined ? {} : { limit };
      const { revision, programs } = await session.kernel(by).queryTcx(hookOf(session, place), options);
      return { revision, programs: programs.map(({ programId }) => session.names.of('prog', programId)) };
    },
  }),
  defineCommand({
    name: 'createClsact',
    weight: 5,
    arguments: (fc) => fc.record({ by: byOf(fc), device: deviceOf(fc), exclusive: fc.boolean() }),
    run: (session, { by, device, exclusive }) =>
      session.kernel(by).createClsact({ ...refOf(session.device(device)), exclusive }),
  }),
  defineCommand({
    name: 'deleteClsact',
    weight: 1,
    arguments: (fc) => fc.record({ by: byOf(fc), device: deviceOf(fc) }),
    run: (session, { by, device }) => session.kernel(by).deleteClsact(refOf(session.device(device))),
  }),
  defineCommand({
    name: 'addFilter',
    weight: 7,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: refTo(fc),
        device: deviceOf(fc),
        egress: fc.constantFrom(false, false, false, true),
        priority: fc.constantFrom(undefined, 50, 50, 51),
        handle: fc.constantFrom(undefined, 1, 1, 2),
        exclusive: fc.constantFrom(true, true, false),
      }),
    async run(session, { by, program: ref, priority, handle, exclusive, ...place }) {
      const program = session.programRef(ref, by, CLASSIFIERS);
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
        device: deviceOf(fc),
        egress: fc.constantFrom(false, false, false, true),
        priority: fc.constantFrom(50, 50, 51, 49152, 7),
        handle: fc.constantFrom(undefined, 1, 1, 2, 9),
        present: fc.boolean(),
      }),
    async run(session, { by, priority, handle, present, ...place }) {
      const hook = hookOf(session, place);
      const [filter] = present ? await session.world.kernel.filters(hook) : [];
      const { priority: found, handle: itsHandle } = filter ?? { priority, handle };
      const wanted = handle === undefined ? undefined : itsHandle;
      return session
        .kernel(by)
        .deleteFilter({ ...hook, priority: found, ...(wanted === undefined ? {} : { handle: wanted }) });
    },
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
  readonly anchor: { readonly kind: 'program' | 'link'; readonly ref: FuzzRef } | undefined;
  readonly revision: 'right' | 'wrong' | undefined;
  readonly flags: number;
}

function placeOf(fc: Fc) {
  return {
    device: deviceOf(fc),
    egress: fc.constantFrom(false, false, false, true),
    order: fc.constantFrom(undefined, undefined, undefined, 'before' as const, 'after' as const),
    anchor: fc.option(
      fc.record({
        kind: fc.constantFrom('program' as const, 'link' as const),
        ref: refTo(fc),
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
  const program = anchor?.kind === 'program' ? session.programRef(anchor.ref, position.by, CLASSIFIERS) : undefined;
  const link = anchor?.kind === 'link' ? session.linkRef(anchor.ref, position.by) : undefined;
  const current = revision === undefined ? 0 : await readRevision(session, position);
  // A descriptor that is taken for an id hits what it hits.
  const sent = typeof (program ?? link) === 'object' ? flags & ~BPF_F_ID : flags;
  return {
    ...(order === undefined ? {} : { order }),
    ...(program === undefined ? {} : { anchor: { program } }),
    ...(link === undefined ? {} : { anchor: { link } }),
    ...(revision === undefined ? {} : { expectedRevision: revision === 'right' ? current : current + 1 }),
    ...(sent === 0 ? {} : { flags: sent }),
  };
}

/** A handle of a program on a hook, of those that are open. */
async function findAttached(session: Session, place: Place, n: number): Promise<Program | undefined> {
  if (!session.device(place.device).present) return undefined;
  const { programs } = await session.world.kernel.queryTcx(hookOf(session, place));
  const entry = programs[n % Math.max(programs.length, 1)];
  return session.programs.find(({ id, closed }) => id === entry?.programId && !closed);
}

async function readRevision(session: Session, place: Place): Promise<number> {
  if (!session.device(place.device).present) return 1;
  return (await session.world.kernel.queryTcx(hookOf(session, place))).revision;
}
