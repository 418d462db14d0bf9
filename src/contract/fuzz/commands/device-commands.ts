import type { ProgramRef } from '../../../kernel/objects.js';
import { refOf } from '../observe.js';
import type { Session } from '../session.js';
import { byOf, defineCommand, deviceOf, NOTHING, rarely, refTo } from './command.js';

const MODES = [undefined, undefined, undefined, 'native', 'generic', 'offload'] as const;

/** Links, XDP, and devices that come and go. */
export const DEVICE_COMMANDS = [
  defineCommand({
    name: 'attachXdp',
    weight: 6,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: refTo(fc),
        device: deviceOf(fc),
        mode: fc.constantFrom(...MODES),
        flags: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 6, 64),
      }),
    async run(session, { by, program: ref, device, mode, flags }) {
      const program = session.programRef(ref, by, ['xdp']);
      if (program === undefined) return NOTHING;
      const spec = { ...refOf(session.device(device)), program };
      const link = await session.kernel(by).attach({
        type: 'xdp',
        ...spec,
        ...(mode === undefined ? {} : { mode }),
        ...(flags === 0 ? {} : { flags }),
      });
      return session.keep(link, by, true);
    },
  }),
  defineCommand({
    name: 'setXdp',
    weight: 5,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: fc.option(refTo(fc), { nil: undefined, freq: 3 }),
        expected: fc.constantFrom(undefined, undefined, undefined, undefined, 'right' as const, 'wrong' as const),
        device: deviceOf(fc),
        mode: fc.constantFrom(...MODES),
        ifNoExist: fc.constantFrom(false, false, false, true),
        flags: rarely(fc, 0, 16, 64, 6),
      }),
    async run(session, { by, program: ref, expected: kind, device, mode, ifNoExist, flags }) {
      const program = ref === undefined ? null : (session.programRef(ref, by, ['xdp']) ?? null);
      const expected = await findExpected(session, kind, by, device);
      return session.kernel(by).setXdp({
        ...refOf(session.device(device)),
        program,
        ...(ifNoExist ? { ifNoExist } : {}),
        ...(mode === undefined ? {} : { mode }),
        ...(flags === 0 ? {} : { flags }),
        ...(expected === undefined ? {} : { expected }),
      });
    },
  }),
  defineCommand({
    name: 'attachTracepoint',
    weight: 2,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: refTo(fc),
        missing: fc.constantFrom(false, false, false, true),
        flags: rarely(fc, 0, 1),
      }),
    async run(session, { by, program: ref, missing, flags }) {
      const program = session.programRef(ref, by, ['tracepoint']);
      if (program === undefined) return NOTHING;
      const [category = '', name = ''] = missing
        ? ['nothing', 'missing']
        : session.world.targets.tracepoints[0].split(':');
      const spec = { type: 'tracepoint' as const, program, category, name, ...(flags === 0 ? {} : { flags }) };
      return session.keep(await session.kernel(by).attach(spec), by, true);
    },
  }),
  defineCommand({
    name: 'attachUprobe',
    weight: 2,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: refTo(fc),
        type: fc.constantFrom('uprobe' as const, 'uretprobe' as const),
        missing: fc.constantFrom(false, false, false, true),
      }),
    async run(session, { by, program: ref, type, missing }) {
      if (session.driver.findMissing('uprobe') !== undefined) return NOTHING;
      const program = session.programRef(ref, by, ['uprobe', 'uretprobe']);
      if (program === undefined) return NOTHING;
      const { path, offset } = session.world.targets.file;
      const at = { path: missing ? '/no/such/file' : path, offset };
      return session.keep(await session.kernel(by).attach({ type, program, ...at }), by, true);
    },
  }),
  defineCommand({
    name: 'detach',
    weight: 4,
    arguments: (fc) => fc.record({ by: byOf(fc), link: refTo(fc) }),
    async run(session, { by, link: ref }) {
      const link = session.linkRef(ref, by);
      return link === undefined ? NOTHING : session.kernel(by).detach(link);
    },
  }),
  defineCommand({
    name: 'forceDetach',
    weight: 3,
    arguments: (fc) => fc.record({ by: byOf(fc), link: refTo(fc) }),
    async run(session, { by, link: ref }) {
      const link = session.linkRef(ref, by);
      return link === undefined ? NOTHING : session.kernel(by).forceDetach(link);
    },
  }),
  defineCommand({
    name: 'updateLink',
    weight: 6,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        link: refTo(fc),
        program: refTo(fc),
        expected: fc.option(refTo(fc), { nil: undefined, freq: 2 }),
        replace: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, false, true),
        flags: rarely(fc, 0, 8),
      }),
    async run(session, { by, link: ref, program: newRef, expected: oldRef, replace, flags }) {
      const type = session.link(ref.n, by)?.type;
      const types = type === undefined ? [] : type === 'tcx' ? (['tcx', 'tc'] as const) : [type];
      const link = session.linkRef(ref, by);
      const program = session.programRef(newRef, by, types);
      const expected = oldRef === undefined ? undefined : session.programRef(oldRef, by, types);
      if (link === undefined || program === undefined) return NOTHING;
      return session.kernel(by).updateLink(link, program, {
        ...(expected === undefined ? {} : { expected }),
        ...(replace === undefined ? {} : { replace }),
        ...(flags === 0 ? {} : { flags }),
      });
    },
  }),
  defineCommand({
    name: 'addDevice',
    weight: 1,
    arguments: (fc) => fc.record({}),
    async run(session) {
      session.trace.note(0, 'addDevice', []);
      session.addDevice(await session.world.addDevice());
    },
  }),
  defineCommand({
    name: 'removeDevice',
    weight: 2,
    arguments: (fc) => fc.record({ device: fc.nat(5) }),
    async run(session, { device: n }) {
      const device = session.device(n);
      // The loopback stays as long as its namespace.
      if (!device.present || device.ifindex === session.world.genericDevice.ifindex) return NOTHING;
      device.present = false;
      session.trace.note(0, 'removeDevice', [refOf(device)]);
      return session.world.removeDevice(refOf(device));
    },
  }),
  defineCommand({
    name: 'addNetns',
    weight: 1,
    arguments: (fc) => fc.record({}),
    async run(session) {
      if (session.netns !== undefined || session.driver.findMissing('netnsPaths') !== undefined) return NOTHING;
      session.trace.note(0, 'addNetns', []);
      const { path, device } = await session.world.addNetns();
      session.netns = path;
      session.addDevice(device);
      return undefined;
    },
  }),
];

/** A program to be expected on a device's XDP hook: the one that is there, or another. */
async function findExpected(
  session: Session,
  kind: 'right' | 'wrong' | undefined,
  by: number,
  device: number,
): Promise<ProgramRef | undefined> {
  if (kind === undefined) return undefined;
  const place = session.device(device);
  const programId = place.present ? (await session.world.kernel.queryXdp(refOf(place))).programId : undefined;
  const open = session.programs.find((each) => each.id === programId && !each.closed);
  return kind === 'right' && open !== undefined ? open : session.program(0, by, ['xdp']);
}
