import type { KernelSnapshot, PlainAttachment } from '../../kernel/snapshot.js';
import type { DeviceHooks } from './hooks/device-hooks.js';
import type { Machine } from './machine.js';
import { describeLink, describeMap, describeProgram } from './objects/kernel-objects.js';

/** Everything a kernel holds, in a fixed order. What is being freed is shown as long as it has its id. */
export function takeSnapshot(machine: Machine): KernelSnapshot {
  const { store, bpffs, hooks } = machine;
  const devices = hooks.all();
  return {
    programs: store.programs.values().map(describeProgram),
    links: store.links.values().map(describeLink),
    maps: store.maps.values().map(describeMap),
    pins: bpffs.list(),
    directories: bpffs.directories(),
    attachments: devices.flatMap(listAttachments),
    clsacts: devices
      .filter((each) => each.clsact)
      .map(({ device }) => ({ netns: device.netns, ifindex: device.index })),
  };
}

function listAttachments({ device, xdp, tcx, filters }: DeviceHooks): readonly PlainAttachment[] {
  const place = {
    netns: device.netns,
    ifindex: device.index,
    direction: undefined,
    mode: undefined,
    priority: undefined,
    handle: undefined,
  };
  const found: PlainAttachment[] = [];
  const { occupant } = xdp;
  if (occupant !== undefined && occupant.link === undefined) {
    found.push({ ...place, via: 'netlink', programId: occupant.program.id, mode: occupant.mode });
  }
  for (const direction of ['ingress', 'egress'] as const) {
    for (const { program, link } of tcx[direction].entries) {
      if (link === undefined) found.push({ ...place, via: 'prog', programId: program.id, direction });
    }
    for (const { program, priority, handle } of filters[direction].entries) {
      found.push({ ...place, via: 'filter', programId: program.id, direction, priority, handle });
    }
  }
  return found;
}
