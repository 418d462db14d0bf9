import { errnoOf } from '../../core/kernel-error.js';
import type { PlannedNode, PlannedSysctl } from '../../netns/lab/plan/lab-plan.js';
import { setUpNode } from '../../netns/lab/plan/lab-requests.js';
import { decodeLinks } from '../../netns/netlink/link.js';
import { encodeListLinks, encodeSetLink } from '../../netns/netlink/link-requests.js';
import type { VmAgent } from '../agent/vm-agent.js';
import { dumpInGuest, requestInGuest } from './guest-netlink.js';

/** Gives a guest what the lab has planned for a host: names, settings, addresses, neighbours, routes. */
export async function setUpGuest(agent: VmAgent, plan: PlannedNode): Promise<void> {
  const links = decodeLinks(await dumpInGuest(agent, encodeListLinks()));
  const interfaces = plan.interfaces.map((each) => {
    const link = links.find(({ macAddress }) => macAddress === each.macAddress);
    if (link === undefined) throw new TypeError(`the guest has no interface ${each.macAddress}`);
    return { ...each, ifindex: link.index };
  });
  // Names may be those of one another.
  await requestInGuest(agent, [
    ...interfaces.map(({ ifindex }) => encodeSetLink({ index: ifindex, name: `lab${ifindex}` })),
    ...interfaces.map(({ ifindex, name, mtu }) => encodeSetLink({ index: ifindex, name, mtuBytes: mtu })),
  ]);
  const names = interfaces.map(({ name }) => name);
  for (const setting of plan.sysctls)
    for (const path of pathsOf(setting, names)) await writeSetting(agent, path, setting);
  await requestInGuest(agent, setUpNode({ ...plan, interfaces }));
}

/** Those of `default` are for interfaces to come, and the guest's are there. */
function pathsOf({ path }: PlannedSysctl, names: readonly string[]): readonly string[] {
  if (!path.includes('/conf/default/')) return [path];
  return [path, ...names.map((name) => path.replace('/conf/default/', `/conf/${name}/`))];
}

async function writeSetting(agent: VmAgent, path: string, { value, optional }: PlannedSysctl): Promise<void> {
  try {
    await agent.writeFile(`/proc/sys/net/${path}`, value);
  } catch (error) {
    const errno = errnoOf(error);
    // With O_CREAT, a setting that there is not is EACCES.
    if (!optional || (errno !== 'ENOENT' && errno !== 'EACCES')) throw error;
  }
}
