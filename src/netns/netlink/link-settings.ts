import { quote } from '../../core/errors.js';
import type { AttributeWriter } from './attribute-writer.js';
import { FD_RANGE, findMacProblems, findOptionalRangeProblems, type Range, U32_RANGE } from './checks.js';
import { IFLA } from './link-header.js';
import { parseMacAddress } from './mac-address.js';

/** IFNAMSIZ without the NUL. */
const MAX_NAME_BYTES = 15;
const NUMBER_RANGE: Range = [0, 0xffffffff];

/** What may be said of a link when it is created, and changed later. */
export interface LinkSettings {
  /** At most 15 bytes. */
  readonly name?: string;
  readonly mtuBytes?: number;
  /** `02:00:00:00:00:01` */
  readonly macAddress?: string;
  /** The descriptor of the network namespace where the link is to be. */
  readonly netnsFd?: number;
  /** How many packets wait for the device; what some qdiscs take for their limit. */
  readonly txQueueLength?: number;
  /** A number by which links are told apart. */
  readonly group?: number;
}

/** Writes the settings that are given. */
export function writeSettings(writer: AttributeWriter, settings: LinkSettings): void {
  const { name, mtuBytes, macAddress, netnsFd, txQueueLength, group } = settings;
  if (name !== undefined) writer.string(IFLA.IFNAME, name);
  if (mtuBytes !== undefined) writer.u32(IFLA.MTU, mtuBytes);
  if (macAddress !== undefined) writer.bytes(IFLA.ADDRESS, parseMacAddress(macAddress));
  if (netnsFd !== undefined) writer.u32(IFLA.NET_NS_FD, netnsFd);
  if (txQueueLength !== undefined) writer.u32(IFLA.TXQLEN, txQueueLength);
  if (group !== undefined) writer.u32(IFLA.GROUP, group);
}

/** What is wrong with settings; `prefix` goes before their names. */
export function findSettingsProblems(prefix: string, settings: LinkSettings): readonly string[] {
  const { name, mtuBytes, macAddress, netnsFd, txQueueLength, group } = settings;
  return [
    ...(name === undefined ? [] : findNameProblems(`${prefix}name`, name)),
    ...findOptionalRangeProblems(`${prefix}mtuBytes`, mtuBytes, U32_RANGE),
    ...findMacProblems(`${prefix}macAddress`, macAddress),
    ...findOptionalRangeProblems(`${prefix}netnsFd`, netnsFd, FD_RANGE),
    ...findOptionalRangeProblems(`${prefix}txQueueLength`, txQueueLength, NUMBER_RANGE),
    ...findOptionalRangeProblems(`${prefix}group`, group, NUMBER_RANGE),
  ];
}

/** net/core/dev.c, dev_valid_name; and `%`, with which the kernel would choose a name itself. */
export function findNameProblems(what: string, name: unknown, maxBytes: number = MAX_NAME_BYTES): readonly string[] {
  const isValid =
    typeof name === 'string' &&
    /^[^\0/:%\s]+$/.test(name) &&
    name !== '.' &&
    name !== '..' &&
    new TextEncoder().encode(name).length <= maxBytes;
  if (isValid) return [];
  return [`${what} must have 1 to ${maxBytes} bytes without "/", ":", "%" or spaces; received ${quote(name)}`];
}
