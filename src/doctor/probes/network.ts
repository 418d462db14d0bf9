import { readlinkSync } from 'node:fs';
import { errnoOf } from '../../core/kernel-error.js';
import { CStruct } from '../../native/c-struct.js';
import type { CapabilityName } from '../../native/capabilities.js';
import { openPath } from '../../native/open-path.js';
import { requireResult, systemCall } from '../../native/system-call.js';
import { AttributeWriter } from '../../netns/netlink/attribute-writer.js';
import { encodeLinkHeader, IFLA, IFLA_INFO } from '../../netns/netlink/link-header.js';
import { createRequest, NLM_F } from '../../netns/netlink/message.js';
import { encodeTcHeader, TCA } from '../../netns/netlink/traffic-control.js';
import { asRoot, fixByModule, fixFileAccess } from '../fixes.js';
import type { Machine } from '../machine.js';
import { type Finding, missing, ok, type Probe } from '../probe.js';
import { explainRefusal, type Needs } from '../refusal.js';
import { createNftTable } from './nftables.js';
import { inPrivateNetwork, VETH_INDEX, withVeth } from './private-network.js';

const NETWORK: readonly CapabilityName[] = ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'];

/** include/uapi/linux/if_link.h and pkt_sched.h */
const IFLA_VXLAN_ID = 1;
const IFLA_VLAN_ID = 1;
const IFLA_MACVLAN_MODE = 1;
const MACVLAN_MODE_BRIDGE = 4;
const TC_H_ROOT = 0xffffffff;
const TC_NETEM_QOPT_BYTES = 24;

/** include/uapi/linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const IFF_TAP_NO_PI = 0x1002;
const O_RDWR = 2;

/** What can be made in a network namespace. Each is made in one of its own. */
export const NETWORK_DEVICES: readonly Probe[] = [
  probe('veth', 'veth pairs', { module: 'veth' }, () => {
    withVeth(() => undefined);
    return 'created a veth pair';
  }),
  probe('bridge', 'bridges', { module: 'bridge' }, () => createLink('bridge')),
  probe('tun', 'tun and tap devices', { module: 'tun' }, openTap),
  probe('vxlan', 'VXLAN', { module: 'vxlan' }, () => createLink('vxlan', (data) => data.u32(IFLA_VXLAN_ID, 1))),
  probe('vlan', 'VLAN', { module: '8021q' }, () => createLink('vlan', (data) => data.u16(IFLA_VLAN_ID, 1), true)),
  probe('macvlan', 'macvlan', { module: 'macvlan' }, () =>
    createLink('macvlan', (data) => data.u32(IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE), true),
  ),
  probe('netem', 'netem', { module: 'sch_netem' }, createNetem),
  probe('nftables', 'nftables', { module: 'nf_tables' }, () => {
    inPrivateNetwork(() => createNftTable('glovebox'));
    return 'created the nftables table "glovebox"';
  }),
];

function probe(id: string, title: string, needs: Pick<Needs, 'module'>, make: (machine: Machine) => string): Probe {
  const run = (machine: Machine): Finding => {
    try {
      return ok(`${make(machine)} in a namespace of its own`);
    } catch (error) {
      if (id === 'tun') return explainTun(machine, error);
      return explainRefusal(machine, error, { what: title, capabilities: NETWORK, ...needs });
    }
  };
  return { id, title, rung: 'netns', group: 'network', rootless: true, run };
}

function createLink(kind: string, write?: (data: AttributeWriter) => unknown, onVeth = false): string {
  const inside = onVeth ? withVeth : inPrivateNetwork;
  return inside((netlink) => {
    const writer = new AttributeWriter(encodeLinkHeader({})).string(IFLA.IFNAME, 'gb2');
    if (onVeth) writer.u32(IFLA.LINK, VETH_INDEX);
    writer.nested(IFLA.LINKINFO, (info) => {
      info.string(IFLA_INFO.KIND, kind);
      if (write !== undefined) info.nested(IFLA_INFO.DATA, write);
    });
    const action = `create a link of kind ${kind}`;
    netlink.request(createRequest('RTM_NEWLINK', writer.finish(), action, NLM_F.CREATE | NLM_F.EXCL));
    return `created a link of kind ${kind}${onVeth ? ' on a veth' : ''}`;
  });
}

function createNetem(): string {
  return withVeth((netlink) => {
    const header = encodeTcHeader({ ifindex: VETH_INDEX, parent: TC_H_ROOT, handle: 0x10000 });
    // struct tc_netem_qopt: no delay, a queue of 1000 packets, no loss.
    const options = new CStruct(TC_NETEM_QOPT_BYTES).u32(4, 1000).bytes;
    const payload = new AttributeWriter(header).string(TCA.KIND, 'netem').bytes(TCA.OPTIONS, options).finish();
    const action = 'create the qdisc netem on a veth';
    netlink.request(createRequest('RTM_NEWQDISC', payload, action, NLM_F.CREATE | NLM_F.EXCL));
    return 'created the qdisc netem on a veth';
  });
}

function openTap(): string {
  return inPrivateNetwork(() => {
    using file = openPath('/dev/net/tun', O_RDWR);
    const request = new CStruct(40).text(0, 16, 'gb0').u16(16, IFF_TAP_NO_PI);
    requireResult(systemCall('ioctl', file.number, TUNSETIFF, request), {
      syscall: 'ioctl(TUNSETIFF)',
      action: 'create a tap device',
    });
    return 'opened /dev/net/tun and created a tap device';
  });
}

function explainTun(machine: Machine, error: unknown): Finding {
  const code = errnoOf(error);
  const evidence = error instanceof Error ? error.message : '';
  if (code === 'EACCES') {
    return missing(evidence, fixFileAccess(machine, '/dev/net/tun'));
  }
  // Where it is a module, loading it makes the file.
  if (code === 'ENOENT' && !machine.isContainer && !machine.loadsModules) {
    return missing(evidence, {
      command: asRoot(machine, "sh -c 'mkdir -p /dev/net && mknod -m 0666 /dev/net/tun c 10 200'"),
      text: 'make the device file; when opening it then says ENODEV, the kernel has no tun',
    });
  }
  if (code === 'ENOENT' && machine.isContainer) {
    return missing(evidence, { text: 'start the container with --device /dev/net/tun' });
  }
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO')
    return missing(evidence, fixByModule(machine, 'tun', 'tun'));
  return explainRefusal(machine, error, { what: 'tun', capabilities: NETWORK, module: 'tun' });
}

/** The namespace of the calling thread: `net:[4026531840]`. */
export function readNetnsName(): string {
  return readlinkSync('/proc/thread-self/ns/net');
}
