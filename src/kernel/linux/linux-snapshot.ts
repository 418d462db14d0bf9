import type { KernelSnapshot } from '../snapshot.js';
import type { LinuxMachine } from './linux-machine.js';
import { listLinks, listMaps, listPrograms } from './listing.js';
import { observeDevice } from './observe.js';

/**
 * Everything that is shown of a kernel, read from it, in a fixed order. Where nothing was made, nothing is asked, so that
 * this works for who may not ask.
 *
 * @throws KernelError EPERM
 */
export function takeSnapshot(machine: LinuxMachine): KernelSnapshot {
  const { bpffs, registry, visibility } = machine;
  const isAll = visibility === 'host';
  const devices = machine.plain.all().map((device) => ({ device, seen: observeDevice(machine, device) }));
  return {
    programs: isAll || registry.program.size > 0 ? listPrograms(machine) : [],
    links: isAll || registry.link.size > 0 ? listLinks(machine) : [],
    maps: isAll || registry.map.size > 0 ? listMaps(machine) : [],
    pins: bpffs.mount.isMounted ? bpffs.list() : [],
    directories: bpffs.mount.isMounted ? bpffs.directories() : [],
    attachments: devices.flatMap(({ device, seen }) =>
      seen.attachments.filter(
        ({ programId }) => isAll || registry.program.has(programId) || device.programIds.has(programId),
      ),
    ),
    clsacts: devices
      .filter(({ device, seen }) => seen.clsact && (isAll || device.clsact))
      .map(({ device: { netns, ifindex } }) => ({ netns, ifindex })),
  };
}
