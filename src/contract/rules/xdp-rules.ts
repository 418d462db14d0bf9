import type { Rule } from './rule.js';

/** Rules of XDP. */
export const XDP_RULES = {
  'xdp.missing-device': {
    area: 'xdp',
    when: 'an XDP link on a missing device',
    answer: 'EINVAL (by netlink ENODEV)',
    source: 'net/core/dev.c, bpf_xdp_link_attach',
  },
  'xdp.modes': {
    area: 'xdp',
    when: 'flags beyond the mode bits, or two modes',
    answer: 'EINVAL',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.busy': {
    area: 'xdp',
    when: 'any attach over a link; a link over a program attached by netlink',
    answer: 'EBUSY',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.replace': {
    area: 'xdp',
    when: 'a replacement that expects another program',
    answer: 'EEXIST',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.if-no-exist': {
    area: 'xdp',
    when: '"if no exist" on an occupied device',
    answer: 'EBUSY',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.native-and-generic': {
    area: 'xdp',
    when: 'native and generic XDP together',
    answer: 'EEXIST',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.no-native': {
    area: 'xdp',
    when: 'native XDP where the driver has none',
    answer: 'EOPNOTSUPP',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.map-programs': {
    area: 'xdp',
    when: 'a program for a devmap or cpumap attached to a device',
    answer: 'EINVAL',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.program-type': {
    area: 'xdp',
    when: 'a program of another type',
    answer: 'EINVAL',
    source: 'net/core/dev.c, bpf_xdp_link_attach, dev_change_xdp_fd (bpf_prog_get_type_dev)',
  },
  'xdp.update': {
    area: 'xdp',
    when: 'an XDP link is updated',
    answer: 'the new program runs in its place; another type is EINVAL',
    source: 'net/core/dev.c, bpf_xdp_link_update',
  },
  'xdp.netlink': {
    area: 'xdp',
    when: 'XDP is attached, replaced, taken off and asked for by netlink',
    answer: 'the device holds the program, without a link',
    source: 'net/core/rtnetlink.c, do_setlink; net/core/dev.c, dev_change_xdp_fd',
  },
  'xdp.flags': {
    area: 'xdp',
    when: 'unknown flags by netlink; XDP_FLAGS_REPLACE without a program to expect',
    answer: 'EINVAL',
    source: 'net/core/rtnetlink.c, do_setlink',
  },
  'xdp.capabilities': {
    area: 'xdp',
    when: 'without CAP_NET_ADMIN',
    answer: 'a link takes no capability of its own; netlink is EPERM, before all else',
    source: 'kernel/bpf/syscall.c, link_create; net/core/rtnetlink.c, rtnetlink_rcv_msg',
  },
} as const satisfies Readonly<Record<`xdp.${string}`, Rule>>;
