import type { WireFrame } from '../../../src/netns/wire/wire-frame.js';

/** Lets every frame pass. */
export function pass(): 'pass' {
  return 'pass';
}

/** Lets every frame pass, when it has looked at its headers. */
export function decode(frame: WireFrame): 'pass' | 'drop' {
  const { ethernet, ip, udp } = frame;
  const isWhole = ethernet?.etherType === 0x0800 && ip !== undefined && ip.source !== ip.destination;
  return isWhole && udp?.destinationPort !== 1 ? 'pass' : 'drop';
}
