import type { Session } from './session.js';

/** Everything that can be seen of a kernel, without what differs from kernel to kernel: for comparing two of them. */
export async function observe(session: Session): Promise<unknown> {
  const { world, names } = session;
  const { kernel } = world;
  const programs = (await kernel.programs()).map(({ id, name, mapIds }) => ({
    id: names.of('prog', id),
    name,
    maps: mapIds.map((mapId) => names.of('map', mapId)).sort(),
  }));
  const links = (await kernel.links()).map(({ id, programId, type, attached, ifindex, direction }) => ({
    id: names.of('link', id),
    program: names.of('prog', programId),
    type,
    attached,
    device: names.of('dev', ifindex),
    direction,
  }));
  const maps = (await kernel.maps()).map(({ id, name, type }) => ({ id: names.of('map', id), name, type }));
  const pins = (await kernel.pins(world.bpffs))
    .map(({ path, kind, id }) => ({
      path: renamePath(path.slice(world.bpffs.length), (programId) => names.of('prog', programId)),
      kind,
      id: names.of(kind === 'program' ? 'prog' : kind, id),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const devices = [];
  for (const device of session.devices) if (device.present) devices.push(await observeDevice(session, device));
  return { programs, links, maps, pins, devices };
}

/** Pins made by a load have the program's id in their path. */
function renamePath(path: string, nameOf: (id: number) => string | undefined): string {
  return path.replace(
    /\/(prog_|maps\/)(\d+)/,
    (_match, before: string, id: string) => `/${before}${nameOf(Number(id))}`,
  );
}

async function observeDevice(session: Session, device: Session['devices'][number]): Promise<unknown> {
  const { names, world } = session;
  const { kernel } = world;
  const at =
    device.netns === undefined ? { ifindex: device.ifindex } : { ifindex: device.ifindex, netns: device.netns };
  const xdp = await kernel.queryXdp(at);
  const sides = [];
  for (const direction of ['ingress', 'egress'] as const) {
    const tcx = await kernel.queryTcx({ ...at, direction });
    sides.push({
      direction,
      revision: tcx.revision,
      programs: tcx.programs.map(({ programId, linkId }) => [names.of('prog', programId), names.of('link', linkId)]),
      filters: (await kernel.filters({ ...at, direction })).map(({ priority, handle, programId }) => ({
        priority,
        handle,
        program: names.of('prog', programId),
      })),
    });
  }
  return {
    device: device.name,
    xdp: { program: names.of('prog', xdp.programId), link: names.of('link', xdp.linkId), mode: xdp.mode },
    sides,
  };
}
