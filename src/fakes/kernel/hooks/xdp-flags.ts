import type { XdpMode } from '../../../kernel/objects.js';

// The bits of an XDP attachment: include/uapi/linux/if_link.h, XDP_FLAGS_….
export const XDP_UPDATE_IF_NOEXIST = 1 << 0;
export const XDP_REPLACE = 1 << 4;
const SKB_MODE = 1 << 1;
const DRV_MODE = 1 << 2;
const HW_MODE = 1 << 3;

/** XDP_FLAGS_MODES: all that a link takes. */
export const XDP_MODES = SKB_MODE | DRV_MODE | HW_MODE;
/** XDP_FLAGS_MASK: all that netlink takes. */
export const XDP_FLAGS = XDP_UPDATE_IF_NOEXIST | XDP_MODES | XDP_REPLACE;

export function toModeFlag(mode: XdpMode | undefined): number {
  if (mode === undefined) return 0;
  if (mode === 'generic') return SKB_MODE;
  return mode === 'native' ? DRV_MODE : HW_MODE;
}

/** The mode that is asked for, of flags that name one at most. */
export function toMode(flags: number): XdpMode | undefined {
  if ((flags & SKB_MODE) !== 0) return 'generic';
  if ((flags & DRV_MODE) !== 0) return 'native';
  return (flags & HW_MODE) === 0 ? undefined : 'offload';
}

export function countModes(flags: number): number {
  return ((flags >> 1) & 1) + ((flags >> 2) & 1) + ((flags >> 3) & 1);
}
