import { Netns } from '../../netns.js';
import type { PlannedNode } from '../plan/lab-plan.js';
import type { Place, SpecReader } from './place.js';

/** Which namespace a node is, if it exists already; whether there is such a one is not looked at. */
export function readNetns(reader: SpecReader, place: Place, value: unknown): PlannedNode['netns'] {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.startsWith('/') && !value.includes('\0')) return value;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  if (value instanceof Netns) {
    if (!value.closed) return value;
    reader.add(place, 'must be open; this Netns is closed');
    return undefined;
  }
  reader.refuse(place, 'must be a path such as "/run/netns/blue", the number of a process, or a Netns', value);
  return undefined;
}
