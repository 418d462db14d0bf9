import { UnsupportedError } from '../../../core/errors.js';
import { errnoOf } from '../../../core/kernel-error.js';

/** What a kernel needs for each kind of link: how it is configured, and the module it may be in. */
const NEEDS = {
  veth: ['CONFIG_VETH', 'veth'],
  bridge: ['CONFIG_BRIDGE', 'bridge'],
  macvlan: ['CONFIG_MACVLAN', 'macvlan'],
  vxlan: ['CONFIG_VXLAN', 'vxlan'],
  vlan: ['CONFIG_VLAN_8021Q', '8021q'],
} as const;

export type LinkKind = keyof typeof NEEDS;

/**
 * Creates links of a kind; says what is missing where the kernel has no such links (net/core/rtnetlink.c, rtnl_newlink).
 *
 * @throws UnsupportedError that names the option of the kernel and its module
 */
export function createOfKind(kind: LinkKind, create: () => void): void {
  try {
    create();
  } catch (error) {
    const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    if (!errors.every((each) => errnoOf(each) === 'EOPNOTSUPP')) throw error;
    const [option, module] = NEEDS[kind];
    throw new UnsupportedError(
      {
        capability: `links of kind ${kind}`,
        reason: `this kernel has neither ${option} nor a module ${module} that it could load`,
        fix: `as root, run "modprobe ${module}"; if there is no such module, use a kernel with ${option}, such as Debian's in a virtual machine`,
      },
      { cause: error },
    );
  }
}
