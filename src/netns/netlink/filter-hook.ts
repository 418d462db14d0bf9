import { quote } from '../../core/errors.js';
import type { Direction } from '../../kernel/objects.js';
import { findOptionalRangeProblems, findRangeProblems, INDEX_RANGE, U16_RANGE, U32_RANGE } from './checks.js';
import { TC_H } from './traffic-control.js';

/** Every protocol: include/uapi/linux/if_ether.h. */
export const ETH_P_ALL = 0x0003;

/** Where the filters of a direction hang. */
export const FILTER_HOOKS: Readonly<Record<Direction, number>> = {
  ingress: TC_H.MAJOR_CLSACT + TC_H.MIN_INGRESS,
  egress: TC_H.MAJOR_CLSACT + TC_H.MIN_EGRESS,
};

/** One direction of a device that has a clsact qdisc. */
export interface FilterHook {
  readonly ifindex: number;
  readonly direction: Direction;
}

/** Which filter to delete: the one with the handle, all of a priority, or all. */
export interface DeleteFilterOptions extends FilterHook {
  readonly priority?: number;
  readonly handle?: number;
}

/** The direction that a place in the tree stands for, if it is one of clsact's. */
export function findDirection(parent: number): Direction | undefined {
  if (parent === FILTER_HOOKS.ingress) return 'ingress';
  return parent === FILTER_HOOKS.egress ? 'egress' : undefined;
}

/** What stands in the header of a message about a filter: its priority and protocol. */
export function encodeInfo(priority: number | undefined, protocol: number): number {
  return (((priority ?? 0) << 16) | swap16(protocol)) >>> 0;
}

/** Protocols stand in network order. */
export function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

/** For messages: `filter 2 of priority 50 of ingress of interface 4`. */
export function describePlace({ ifindex, direction, priority, handle }: DeleteFilterOptions): string {
  const hook = `${direction} of interface ${ifindex}`;
  if (priority === undefined) return `the filters of ${hook}`;
  return handle === undefined
    ? `the filters of priority ${priority} of ${hook}`
    : `filter ${handle} of priority ${priority} of ${hook}`;
}

/** What is wrong with a place of a filter. */
export function findPlaceProblems(options: DeleteFilterOptions): readonly string[] {
  const isDirection = options.direction === 'ingress' || options.direction === 'egress';
  return [
    ...findRangeProblems('ifindex', options.ifindex, INDEX_RANGE),
    ...(isDirection ? [] : [`direction must be 'ingress' or 'egress'; received ${quote(options.direction)}`]),
    ...findOptionalRangeProblems('priority', options.priority, U16_RANGE),
    ...findOptionalRangeProblems('handle', options.handle, U32_RANGE),
  ];
}
