import type { MapRequest, ProgramRequest } from '../manager/check-program.js';
import type { TargetRequest } from '../manager/check-target.js';
import type { ProgramView } from '../manager/manager.js';
import type { LinkRecord } from '../model.js';
import type { Finding } from '../reconcile/finding.js';
import type {
  AttachRequestMessage,
  EnumValue,
  FindingMessage,
  LinkMessage,
  ProgramDefinitionMessage,
  ProgramMessage,
} from './messages.js';

const TYPE_PREFIX = 'PROGRAM_TYPE_';
const DIRECTION_PREFIX = 'DIRECTION_';

/** `xdp` of `PROGRAM_TYPE_XDP`; `undefined` when unspecified; a number that is no known type stays what it is. */
export function fromEnum(value: EnumValue, prefix: string): string | undefined {
  const name = String(value);
  if (name === `${prefix}UNSPECIFIED`) return undefined;
  return name.startsWith(prefix) ? name.slice(prefix.length).toLowerCase() : name;
}

export function fromTypeEnum(value: EnumValue): string | undefined {
  return fromEnum(value, TYPE_PREFIX);
}

export function toProgramRequest(message: ProgramDefinitionMessage): ProgramRequest {
  const { name, object, section, metadata, maps } = message;
  return {
    name,
    type: fromTypeEnum(message.type),
    object: object.length === 0 ? undefined : { bytes: object, section: given(section) },
    attachTo: given(message.attachTo),
    metadata,
    maps: maps satisfies readonly MapRequest[],
  };
}

export function toTargetRequest(message: AttachRequestMessage): TargetRequest | undefined {
  const { xdp, tc, tcx, tracepoint, kprobe, uprobe, tracing } = message;
  if (xdp) return { type: 'xdp', ...fromInterface(xdp), proceedOn: xdp.proceedOn };
  if (tc) return { type: 'tc', ...fromInterface(tc), direction: fromDirection(tc.direction), proceedOn: tc.proceedOn };
  if (tcx) return { type: 'tcx', ...fromInterface(tcx), direction: fromDirection(tcx.direction) };
  if (tracepoint) return { type: 'tracepoint', category: tracepoint.category, name: tracepoint.name };
  if (kprobe) return { type: 'kprobe', functionName: kprobe.function, offset: kprobe.offset };
  if (uprobe) return { type: 'uprobe', path: uprobe.path, offset: uprobe.offset, pid: uprobe.pid || undefined };
  return tracing ? { type: 'tracing' } : undefined;
}

export function toProgramMessage(program: ProgramView): ProgramMessage {
  const { id, name, metadata, pinPath } = program;
  return {
    id,
    name,
    type: `${TYPE_PREFIX}${program.type.toUpperCase()}`,
    attachTo: program.attachTo ?? '',
    metadata,
    pinPath,
    links: program.links.map(toLinkMessage),
  };
}

export function toLinkMessage(link: LinkRecord): LinkMessage {
  const { id, programId, kernelId, pinPath, device, slot, detachPending } = link;
  return {
    id,
    programId,
    kernelId,
    pinPath,
    interface: device?.interfaceName ?? '',
    netns: device?.netnsPath ?? '',
    direction: `${DIRECTION_PREFIX}${link.direction?.toUpperCase() ?? 'UNSPECIFIED'}`,
    target: link.target ?? '',
    priority: link.priority ?? 0,
    ...(slot ? { position: slot.position } : {}),
    detachPending,
  };
}

export function toFindingMessage({ kind, subject, detail, repair }: Finding): FindingMessage {
  return { kind, subject, detail, repairable: repair !== undefined };
}

function fromInterface(message: { readonly interface: string; readonly netns: string; readonly priority: number }) {
  return {
    interfaceName: message.interface,
    netnsPath: given(message.netns),
    priority: message.priority === 0 ? undefined : message.priority,
  };
}

function fromDirection(value: EnumValue): string | undefined {
  return fromEnum(value, DIRECTION_PREFIX);
}

function given(text: string): string | undefined {
  return text === '' ? undefined : text;
}
