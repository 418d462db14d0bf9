import type { DeviceRef } from '../../kernel/attach.js';
import { shortKind } from './call-trace.js';
import type { FuzzDevice, Session } from './session.js';

/**
 * Everything that can be seen of a kernel, a line for each thing, without what differs from kernel to kernel: for
 * comparing two of them.
 */
export async function observe(session: Session): Promise<readonly string[]> {
  const { world, names } = session;
  const { kernel } = world;
  const lines: string[] = [];
  for (const { id, name, type, mapIds } of await kernel.programs()) {
    const maps = mapIds.map((mapId) => names.of('map', mapId)).sort();
    lines.push(`${names.of('prog', id)}: ${toKernelType(type)} "${name}", maps [${maps.join(' ')}]`);
  }
  for (const link of await kernel.links()) {
    const { id, programId, type, attached, ifindex, direction, target } = link;
    const place = [ifindex === undefined ? '' : names.of('dev', ifindex), direction, target && session.hide(target)];
    const where = place.filter((part) => part !== undefined && part !== '').join(' ');
    const what = `${type} of ${names.of('prog', programId)} at ${where}`;
    lines.push(`${names.of('link', id)}: ${what}${attached ? '' : ', defunct'}`);
  }
  for (const { id, name, type } of await kernel.maps()) lines.push(`${names.of('map', id)}: ${type} "${name}"`);
  const pins = await kernel.pins(world.bpffs);
  lines.push(...pins.map(({ path, kind, id }) => `pin ${session.hide(path)}: ${names.of(shortKind(kind), id)}`).sort());
  for (const device of session.devices) if (device.present) lines.push(...(await observeDevice(session, device)));
  return lines;
}

async function observeDevice(session: Session, device: FuzzDevice): Promise<readonly string[]> {
  const { names, world } = session;
  const { kernel } = world;
  const at = refOf(device);
  const lines: string[] = [];
  const { programId, linkId, mode } = await kernel.queryXdp(at);
  const program = names.of('prog', programId);
  if (program !== undefined) lines.push(`XDP ${device.name}: ${mode} ${program}, link ${names.of('link', linkId)}`);
  for (const direction of ['ingress', 'egress'] as const) {
    const hook = `${device.name} ${direction}`;
    const { revision, programs } = await kernel.queryTcx({ ...at, direction });
    const order = programs.map((each) => {
      const link = names.of('link', each.linkId);
      return `${names.of('prog', each.programId)}${link === undefined ? '' : ` (${link})`}`;
    });
    lines.push(`TCX ${hook}: revision ${revision}, [${order.join(', ')}]`);
    const filters = (await kernel.filters({ ...at, direction })).map(
      ({ priority, handle, programId: id }) => `${priority}/${handle} ${names.of('prog', id)}`,
    );
    if (filters.length > 0) lines.push(`filters ${hook}: [${filters.join(', ')}]`);
  }
  return lines;
}

/** A device as the contract names it. */
export function refOf({ ifindex, netns }: FuzzDevice): DeviceRef {
  return netns === undefined ? { ifindex } : { ifindex, netns };
}

/** Of types that are one to the kernel, a listing may say any. */
function toKernelType(type: string): string {
  return type === 'tcx' ? 'tc' : type === 'uretprobe' ? 'uprobe' : type;
}
