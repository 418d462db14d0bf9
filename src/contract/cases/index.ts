import type { ContractCase } from '../contract-case.js';
import { ATTACH_CAPABILITY_CASES } from './attach-capabilities.js';
import { BPFFS_CASES } from './bpffs.js';
import { DEVICE_CASES } from './devices.js';
import { ELEMENT_CASES } from './elements.js';
import { EXTENSION_CASES } from './extensions.js';
import { ID_CASES } from './ids.js';
import { LIFETIME_CASES } from './lifetime.js';
import { LINK_CASES } from './links.js';
import { LOAD_CASES } from './load.js';
import { LOAD_CAPABILITY_CASES } from './load-capabilities.js';
import { MAP_CASES } from './maps.js';
import { PERF_CASES } from './perf.js';
import { PIN_CASES } from './pins.js';
import { REFERENCE_CASES } from './references.js';
import { SLOT_CASES } from './slots.js';
import { TC_CASES } from './tc.js';
import { TCX_CASES } from './tcx.js';
import { TCX_DETACH_CASES } from './tcx-detach.js';
import { TCX_FLAG_CASES } from './tcx-flags.js';
import { TCX_LINK_CASES } from './tcx-links.js';
import { TCX_ORDER_CASES } from './tcx-order.js';
import { TCX_REPLACE_CASES } from './tcx-replace.js';
import { TRACING_CASES } from './tracing.js';
import { VERIFIER_CASES } from './verifier-log.js';
import { XDP_CASES } from './xdp.js';
import { XDP_NETLINK_CASES } from './xdp-netlink.js';

/** Every case of the contract, in the order of the areas. */
export const CONTRACT_CASES: readonly ContractCase[] = [
  ...XDP_CASES,
  ...XDP_NETLINK_CASES,
  ...LOAD_CASES,
  ...LOAD_CAPABILITY_CASES,
  ...VERIFIER_CASES,
  ...MAP_CASES,
  ...ELEMENT_CASES,
  ...SLOT_CASES,
  ...ID_CASES,
  ...PIN_CASES,
  ...BPFFS_CASES,
  ...REFERENCE_CASES,
  ...LIFETIME_CASES,
  ...LINK_CASES,
  ...TRACING_CASES,
  ...EXTENSION_CASES,
  ...TCX_CASES,
  ...TCX_ORDER_CASES,
  ...TCX_REPLACE_CASES,
  ...TCX_DETACH_CASES,
  ...TCX_LINK_CASES,
  ...TCX_FLAG_CASES,
  ...TC_CASES,
  ...PERF_CASES,
  ...DEVICE_CASES,
  ...ATTACH_CAPABILITY_CASES,
];
