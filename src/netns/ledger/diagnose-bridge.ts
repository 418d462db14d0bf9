import { decodeForwardingEntries, encodeListForwardingEntries } from '../netlink/forwarding-entries.js';
import type { Case, Gap, Suspect } from './diagnosis.js';
import { suspectFirewall } from './firewall.js';
import { formatCount } from './format-report.js';
import { suspectInterface } from './interface-state.js';
import { readFrame } from './read-sample.js';

/** Why a switch did not send packets to a port. */
export function* diagnoseBridge(facts: Case, gap: Gap): Generator<Suspect> {
  const { before, after, way } = gap;
  if (before === undefined || after === undefined) return;
  const bridge = after.node.name;
  yield* suspectInterface(facts, bridge, before.interface.name);
  yield* suspectInterface(facts, bridge, after.interface.name);
  yield* suspectFirewall(facts, bridge, ['ingress', 'prerouting', 'forward', 'postrouting', 'egress']);
  if (facts.flow.isGroup) yield* suspectMembership(facts, gap);
  else yield* suspectForwarding(facts, gap);
  const far = way.steps[way.steps.findIndex(({ node }) => node === after.node) + 1];
  if (far?.input !== undefined) yield* suspectInterface(facts, far.node.name, far.input.name);
}

function* suspectMembership({ now, flow }: Case, { after, way }: Gap): Generator<Suspect> {
  if (after === undefined) return;
  const { name } = after.node;
  const snooping = now.get(name)?.bridge;
  if (snooping === undefined || !snooping.isSnooping) return;
  const at = way.steps.findIndex(({ node }) => node === after.node);
  const next = way.steps.slice(at + 1).find(({ node }) => node.kind !== 'bridge');
  if (next?.input === undefined) return;
  const place = `${next.node.name}:${next.input.name}`;
  const members = snooping.memberships.filter(({ group }) => group === flow.destination);
  const known = members.length === 0 ? 'no entry' : `entries for ${members.map((each) => each.interface).join(', ')}`;
  const mdb = `multicast database of ${name}: ${known} of ${flow.destination}${snooping.routerPorts.length > 0 ? ', and ports with routers' : ''}`;
  if (members.some(({ portIndex }) => portIndex === after.interface.ifindex)) {
    if (members.every(({ source }) => source === undefined)) return;
  }
  const memberships = now.get(next.node.name)?.memberships.filter(({ group }) => group === flow.destination) ?? [];
  const isMember = memberships.some((each) => each.interface === next.input?.name);
  if (!isMember) {
    const elsewhere = memberships.map((each) => each.interface).join(', ');
    yield {
      cause: 'no-membership',
      message: `${place} is no member of ${flow.destination}${elsewhere === '' ? '' : `; ${next.node.name} has joined it on ${elsewhere}`}`,
      evidence: [
        `/proc/net/igmp of ${next.node.name}: ${flow.destination} ${elsewhere === '' ? 'is not there' : `on ${elsewhere}`}`,
        mdb,
      ],
      fix: `join it there: host.udp({ port: ${flow.port ?? '…'} }).join('${flow.destination}', { interface: '${next.input.name}' }), and wait for host.joined('${flow.destination}')`,
    };
    return;
  }
  yield {
    cause: 'not-in-switch',
    message: `${place} is a member of ${flow.destination}, but switch ${name} has not heard of it at ${after.interface.name}`,
    evidence: [`/proc/net/igmp of ${next.node.name}: ${flow.destination} on ${next.input.name}`, mdb],
    fix: `wait for host.joined('${flow.destination}') before sending; give the switch multicastQuerier: true, so that it asks again, or multicastSnooping: false`,
  };
}

function* suspectForwarding({ view, flow, count }: Case, { before, after }: Gap): Generator<Suspect> {
  if (before === undefined || after === undefined) return;
  const node = view.nodes.get(after.node.name);
  if (node === undefined) return;
  const destination = readFrame(before.counter.sample())?.ethernet?.destination;
  const owner = view.plan.nodes.flatMap((each) =>
    each.interfaces
      .filter(({ macAddress }) => macAddress === destination)
      .map((device) => `${each.name}:${device.name}`),
  );
  const entries = decodeForwardingEntries(node.netns.netlink.dump(encodeListForwardingEntries()));
  const learned = entries.find(
    ({ macAddress, ifindex }) =>
      macAddress === destination && node.plan.interfaces.some((each) => each.ifindex === ifindex),
  );
  const port = node.plan.interfaces.find(({ ifindex }) => ifindex === learned?.ifindex);
  for (const other of count.beside) {
    const packets = other.counter.read();
    if (other.node !== after.node || packets === 0) continue;
    const link = view.plan.links.find(({ name }) => name === other.interface.link);
    const far = link?.ends.find((end) => end.node !== other.node.name);
    const at = far === undefined ? other.interface.name : `${far.node}:${far.interface}`;
    yield {
      cause: 'delivered-elsewhere',
      packets,
      message: `switch ${node.plan.name} sent it to ${at}: whoever sends takes ${destination ?? 'its MAC address'} for that of ${flow.destination}`,
      evidence: [
        `${formatCount(packets)} packets of the flow at ${node.plan.name}:${other.interface.name}`,
        ...(destination === undefined
          ? []
          : [`frames go to ${destination}, which is ${owner.join(', ') || 'nobody of the plan'}`]),
      ],
      fix: `look for a second host that has, or answers for, ${flow.destination}, and for wrong neighbour entries`,
    };
  }
  if (port !== undefined && port.ifindex !== after.interface.ifindex) {
    yield {
      cause: 'delivered-elsewhere',
      message: `switch ${node.plan.name} has learned ${destination} at ${port.name}, not at ${after.interface.name}`,
      evidence: [
        `forwarding table of ${node.plan.name}: ${destination} at ${port.name}; by the plan it is ${owner.join(', ') || 'nobody’s'}`,
      ],
      fix: 'look for two interfaces with the same MAC address, or for a wrong neighbour entry',
    };
  }
}
