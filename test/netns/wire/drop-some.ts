import type { WireFrame } from '../../../src/netns/wire/wire-frame.js';

/** Drops every UDP datagram whose payload begins with an odd byte. */
export function dropOdd(frame: WireFrame): 'pass' | 'drop' {
  return frame.udp !== undefined && ((frame.payload?.[0] ?? 0) & 1) === 1 ? 'drop' : 'pass';
}

/** Drops every UDP datagram, at a rate that no generator is slower than. */
export function dropSlowly(frame: WireFrame): 'pass' | 'drop' {
  if (frame.udp?.destinationPort !== 7000) return 'pass';
  const end = performance.now() + 0.02;
  while (performance.now() < end);
  return 'drop';
}
