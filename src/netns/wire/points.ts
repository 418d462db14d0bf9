import type { WireDirection } from './wire-protocol.js';

/** The points of wires: each frame that passes one whose link was told `link.useFaults(plan)`. */
export interface WireFaultPoints {
  'wire.frame': WireFrameCall;
}

/** What a frame tells of itself. */
export interface WireFrameCall {
  /** The link. */
  readonly name: string;
  readonly direction: WireDirection;
  /** The node that it comes from, and the one that it goes to. */
  readonly from: string;
  readonly to: string;
  /** Which frame of its direction it is, from 1. */
  readonly index: number;
  readonly lengthBytes: number;
  /** The innermost that was decoded. */
  readonly protocol: 'arp' | 'icmp' | 'udp' | 'tcp' | 'ipv4' | 'ipv6' | 'other';
  /** Addresses of IP. */
  readonly source?: string;
  readonly destination?: string;
  /** Of UDP and TCP. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Of TCP: those of `SAFRP` that are set, in this order. `S` is the first of a connection. */
  readonly flags?: string;
}

/** The same for plans, which have to know of them before the first frame: the errors, and the fields that filters may name. */
export const WIRE_POINTS = {
  'wire.frame': {
    errors: ['EIO'],
    fields: [
      'name',
      'direction',
      'from',
      'to',
      'index',
      'lengthBytes',
      'protocol',
      'source',
      'destination',
      'sourcePort',
      'destinationPort',
      'flags',
    ] satisfies readonly (keyof WireFrameCall)[],
  },
} as const;
