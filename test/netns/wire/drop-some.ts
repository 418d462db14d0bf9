import type { WireFrame } from '../../../src/netns/wire/wire-frame.js';

/** Drops every UDP datagram whose payload begins with an odd byte. */
export function dropOdd(frame: WireFrame): 'pass' | 'drop' {
  return frame.udp !== undefined && ((frame.payload?.[0] ?? 0) & 1) === 1 ? 'drop' : 'pass';
}
