import type { DeviceRef, XdpNetlinkSpec } from '../../kernel/attach.js';
import type { Program, XdpMode } from '../../kernel/objects.js';
import type { ContractWorld } from '../world.js';
import { codeOf, load } from './support.js';

/** include/uapi/linux/if_link.h */
export const XDP_FLAGS_UPDATE_IF_NOEXIST = 1 << 0;
export const XDP_FLAGS_SKB_MODE = 1 << 1;
export const XDP_FLAGS_DRV_MODE = 1 << 2;
export const XDP_FLAGS_HW_MODE = 1 << 3;
export const XDP_FLAGS_REPLACE = 1 << 4;
/** A bit that stands for nothing. */
export const UNKNOWN_XDP_FLAG = 1 << 8;

/** How a link is asked for. */
export interface XdpLinkWish {
  readonly mode?: XdpMode;
  readonly flags?: number;
  /** @defaultValue the world's device */
  readonly device?: DeviceRef;
}

/** How netlink is asked. */
export interface XdpNetlinkWish extends Omit<XdpNetlinkSpec, 'program' | 'ifindex' | 'netns'> {
  /** @defaultValue the world's device */
  readonly device?: DeviceRef;
}

/** Two XDP programs, and what the kernel says to attaching them. */
export interface XdpBench {
  readonly one: Program;
  readonly two: Program;
  /** Attaches a program with a link, which stays. */
  link(program: Program, wish?: XdpLinkWish): Promise<string>;
  /** Attaches a program by netlink, or switches XDP off. */
  set(program: Program | null, wish?: XdpNetlinkWish): Promise<string>;
  /** What runs on a device, without its link. */
  query(device?: DeviceRef): Promise<{ readonly programId: number | undefined; readonly mode: XdpMode | undefined }>;
}

export async function setUpXdp(world: ContractWorld): Promise<XdpBench> {
  const { kernel, device: usual } = world;
  return {
    one: await load(world, 'xdp', { name: 'one' }),
    two: await load(world, 'xdp', { name: 'two' }),
    link: (program, { device = usual, ...wish } = {}) =>
      codeOf(kernel.attach({ type: 'xdp', program, ...device, ...wish })),
    set: (program, { device = usual, ...wish } = {}) => codeOf(kernel.setXdp({ program, ...device, ...wish })),
    query: async (device = usual) => {
      const { programId, mode } = await kernel.queryXdp(device);
      return { programId, mode };
    },
  };
}
