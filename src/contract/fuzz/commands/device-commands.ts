import type { DeviceRef } from '../../../kernel/attach.js';
import { type FuzzDevice, MAX_HANDLE } from '../session.js';
import { byOf, defineCommand, NOTHING } from './command.js';

const MODES = [undefined, undefined, undefined, 'native', 'generic', 'offload'] as const;

/** Links, XDP, and devices that come and go. */
export const DEVICE_COMMANDS = [
  defineCommand({
    name: 'attachXdp',
    weight: 6,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        program: fc.nat(MAX_HANDLE),
        byId: fc.boolean(),
        device: fc.nat(5),
        mode: fc.constantFrom(...MODES),
        flags: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 6, 64),
      }),
    async run(session, { by, program: n, byId, device, mode, flags }) {
      const program = session.program(n, by, ['xdp']);
      if (program === undefined) return NOTHING;
      const spec = { ...refOf(session.device(device)), program: byId ? program.id : program };
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
        program: fc.option(fc.nat(MAX_HANDLE), { nil: undefined, freq: 3 }),
        expected: fc.option(fc.nat(MAX_HANDLE), { nil: undefined, freq: 4 }),
        device: fc.nat(5),
        mode: fc.constantFrom(...MODES),
        ifNoExist: fc.constantFrom(false, false, true),
      }),
    async run(session, { by, program: n, expected: m, device, mode, ifNoExist }) {
      const program = n === undefined ? null : (session.program(n, by, ['xdp']) ?? null);
      const expected = m === undefined ? undefined : session.program(m, by, ['xdp']);
      return session.kernel(by).setXdp({
        ...refOf(session.device(device)),
        program,
        ifNoExist,
        ...(mode === undefined ? {} : { mode }),
        ...(expected === undefined ? {} : { expected }),
      });
    },
  }),
  defineCommand({
    name: 'attachTracepoint',
    weight: 2,
    arguments: (fc) =>
      fc.record({ by: byOf(fc), program: fc.nat(MAX_HANDLE), missing: fc.constantFrom(false, false, false, true) }),
    async run(session, { by, program: n, missing }) {
      const program = session.program(n, by, ['tracepoint']);
      if (program === undefined) return NOTHING;
      const [category = '', name = ''] = missing
        ? ['nothing', 'missing']
        : session.world.targets.tracepoints[0].split(':');
      return session.keep(await session.kernel(by).attach({ type: 'tracepoint', program, category, name }), by, true);
    },
  }),
  defineCommand({
    name: 'detach',
    weight: 3,
    arguments: (fc) => fc.record({ by: byOf(fc), link: fc.nat(MAX_HANDLE), byId: fc.boolean() }),
    async run(session, { by, link: n, byId }) {
      const link = session.link(n, by);
      if (link === undefined) return NOTHING;
      return session.kernel(by).detach(byId ? link.id : link);
    },
  }),
  defineCommand({
    name: 'forceDetach',
    weight: 2,
    arguments: (fc) => fc.record({ by: byOf(fc), link: fc.nat(MAX_HANDLE), byId: fc.boolean() }),
    async run(session, { by, link: n, byId }) {
      const link = session.link(n, by);
      if (link === undefined) return NOTHING;
      return session.kernel(by).forceDetach(byId ? link.id : link);
    },
  }),
  defineCommand({
    name: 'updateLink',
    weight: 5,
    arguments: (fc) =>
      fc.record({
        by: byOf(fc),
        link: fc.nat(MAX_HANDLE),
        program: fc.nat(MAX_HANDLE),
        expected: fc.option(fc.nat(MAX_HANDLE), { nil: undefined, freq: 2 }),
        replace: fc.constantFrom(undefined, undefined, undefined, false, true),
        flags: fc.constantFrom(0, 0, 0, 0, 8),
      }),
    async run(session, { by, link: n, program: m, expected: k, replace, flags }) {
      const link = session.link(n, by);
      const types = link === undefined ? [] : [link.type];
      const program = session.program(m, by, types);
      const expected = k === undefined ? undefined : session.program(k, by, types);
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
    run: async (session) => session.addDevice(await session.world.addDevice()),
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
      return session.world.removeDevice(refOf(device));
    },
  }),
];

/** A device as the contract names it. */
export function refOf({ ifindex, netns }: FuzzDevice): DeviceRef {
  return netns === undefined ? { ifindex } : { ifindex, netns };
}
