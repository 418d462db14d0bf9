import { type Case, findInterface, type Gap, type Suspect, suspectByCounter, tellCounter } from './diagnosis.js';
import { suspectFirewall } from './firewall.js';
import { formatCount } from './format-report.js';
import { suspectInterface, suspectQdisc } from './interface-state.js';
import { readFrame } from './read-sample.js';
import { suspectReversePath } from './reverse-path.js';
import { askRoute } from './route-question.js';
import { suspectNeighbour } from './suspect-neighbour.js';

/** Why a router did not pass packets on by the interface that they were to leave by. */
export function* diagnoseRouter(facts: Case, gap: Gap): Generator<Suspect> {
  const { before, after } = gap;
  if (before === undefined || after === undefined) return;
  const { flow } = facts;
  const { name } = after.node;
  yield* suspectReversePath(facts, name, before.interface.name, readFrame(before.counter.sample())?.ip?.source);
  yield* suspectTtl(facts, gap);
  yield* suspectFirewall(facts, name, ['prerouting', 'forward', 'postrouting', 'egress'], after.interface.name);
  if (flow.isGroup) yield* suspectMulticastRoute(facts, gap);
  else yield* suspectRoute(facts, gap);
  yield* suspectInterface(facts, name, after.interface.name);
  yield* suspectByCounter(facts, name, ['Ip.FragFails', 'Ip6.Ip6FragFails', 'Ip6.Ip6InTooBigErrors'], {
    cause: 'too-big',
    message: `packets are longer than the MTU of ${name}:${after.interface.name} (${findInterface(facts, name, after.interface.name)?.mtuBytes ?? after.interface.mtu} bytes) and may not be fragmented`,
    evidence: tellCounter(facts, name, 'Icmp.OutDestUnreachs', 'Ip6.Icmp6OutPktTooBigs'),
    fix: 'send less at once, raise the MTU of the link, or let the sender fragment (IP_MTU_DISCOVER)',
  });
  yield* suspectQdisc(facts, name, after.interface.name);
}

function* suspectTtl(facts: Case, { before, after }: Gap): Generator<Suspect> {
  if (before === undefined || after === undefined) return;
  const { name } = after.node;
  const ttl = readFrame(before.counter.sample())?.ip?.ttl;
  if (ttl === undefined || ttl > 1) return;
  const counters = ['Ip.InHdrErrors', 'Icmp.OutTimeExcds', 'Ip6.Ip6InHdrErrors', 'Ip6.Icmp6OutTimeExcds'];
  yield {
    cause: 'ttl-exceeded',
    message: `packets come to ${name} with a TTL of ${ttl}, and need 2 to pass a router`,
    evidence: [
      `TTL ${ttl} in the first packet at ${name}:${before.interface.name}`,
      ...tellCounter(facts, name, ...counters),
    ],
    fix: facts.flow.isGroup
      ? 'raise it where it is sent, for a group it is 1 unless said otherwise: ttl: 8 (IP_MULTICAST_TTL)'
      : 'raise it where it is sent (IP_TTL), or look for a loop of routes',
  };
}

function* suspectRoute(facts: Case, { before, after, way }: Gap): Generator<Suspect> {
  if (before === undefined || after === undefined) return;
  const { flow, view, count } = facts;
  const { name } = after.node;
  const node = view.nodes.get(name);
  if (node === undefined) return;
  for (const other of count.beside) {
    const packets = other.counter.read();
    if (other.node !== after.node || packets === 0) continue;
    yield {
      cause: 'wrong-route',
      packets,
      message: `${name} sent it by ${other.interface.name}, not by ${after.interface.name}, the shortest way to ${flow.to.map((to) => to.name).join(', ')}`,
      evidence: [
        `${formatCount(packets)} packets of the flow left by ${name}:${other.interface.name}`,
        askRoute(node, { destination: flow.destination }).words,
      ],
      fix: `correct the routes of ${name}`,
    };
  }
  const path = flow.family === 'ipv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
  if (node.netns.sysctl.read(path) === '0') {
    yield {
      cause: 'forwarding-off',
      message: `${name} does not pass packets on`,
      evidence: [`${path} is 0 on ${name}`, ...tellCounter(facts, name, 'Ip.InAddrErrors', 'Ip6.Ip6InAddrErrors')],
      fix: `make it a router in the spec, or give it forwarding: true (${path}=1)`,
    };
  }
  // The way of a packet that comes in, which is not that of one of its own.
  const source = readFrame(before.counter.sample())?.ip?.source;
  const incoming = {
    destination: flow.destination,
    incomingIfindex: before.interface.ifindex,
    ...(source === undefined ? {} : { source }),
  };
  const answer = askRoute(node, incoming);
  if (!answer.found) {
    yield {
      cause: 'no-route',
      message: `${name} has no route to ${flow.destination}`,
      evidence: [
        answer.words,
        ...tellCounter(facts, name, 'IpExt.InNoRoutes', 'Ip6.Ip6InNoRoutes', 'Icmp.OutDestUnreachs'),
      ],
      fix: `add a route to ${flow.destination} on ${name}`,
    };
    return;
  }
  yield* suspectNeighbour(facts, way, { node: name, interface: answer.interface, gateway: answer.gateway });
  if (answer.interface !== after.interface.name) {
    yield {
      cause: 'wrong-route',
      message: `${name} sends it by ${answer.interface}, not by ${after.interface.name}`,
      evidence: [answer.words],
      fix: `correct the routes of ${name}`,
    };
  }
}

function* suspectMulticastRoute(facts: Case, { before, after }: Gap): Generator<Suspect> {
  if (before === undefined || after === undefined) return;
  const { flow, view } = facts;
  const { name } = after.node;
  const proc = view.nodes.get(name)?.netns.proc;
  if (proc === undefined) return;
  const source = readFrame(before.counter.sample())?.ip?.source;
  const vifs = new Map(proc.multicastVifs().map((vif) => [vif.index, vif.interface]));
  const ofGroup = proc.multicastRoutes().filter(({ group }) => group === flow.destination || group === '0.0.0.0');
  const routes = ofGroup.filter(
    ({ origin, inputVif }) => inputVif !== undefined && (origin === '0.0.0.0' || origin === source),
  );
  const words = ofGroup.map(({ origin, inputVif, outputs, packets, wrongInterface }) => {
    const input = inputVif === undefined ? 'unresolved' : `in by ${vifs.get(inputVif)}`;
    const output = outputs.map(({ vif }) => vifs.get(vif)).join(', ') || 'nowhere';
    return `/proc/net/ip_mr_cache of ${name}: (${origin === '0.0.0.0' ? 'any source' : origin}, ${flow.destination}) ${input}, out by ${output}; ${formatCount(packets)} packets, ${formatCount(wrongInterface)} by the wrong interface`;
  });
  const fix = `createMulticastRouter(lab.routers.${name}, [{ group: '${flow.destination}', from: '${before.interface.name}', to: ['${after.interface.name}'] }])`;
  if (vifs.size === 0) {
    yield {
      cause: 'no-multicast-route',
      message: `${name} routes no multicast at all`,
      evidence: [`/proc/net/ip_mr_vif of ${name} is empty`],
      fix,
    };
  } else if (routes.length === 0) {
    const message = `${name} has no route of multicast for ${flow.destination}${source === undefined ? '' : ` from ${source}`}`;
    yield {
      cause: 'no-multicast-route',
      message,
      evidence: words.length > 0 ? words : [`/proc/net/ip_mr_cache of ${name} does not have it`],
      fix,
    };
  } else if (routes.every(({ inputVif }) => inputVif !== undefined && vifs.get(inputVif) !== before.interface.name)) {
    const wanted = routes.map(({ inputVif }) => vifs.get(inputVif ?? -1)).join(', ');
    yield {
      cause: 'wrong-input-interface',
      message: `${name} takes ${flow.destination} only from ${wanted}, and it comes in by ${before.interface.name}`,
      evidence: words,
      fix,
    };
  } else if (!routes.some(({ outputs }) => outputs.some(({ vif }) => vifs.get(vif) === after.interface.name))) {
    yield {
      cause: 'no-multicast-route',
      message: `the route of ${name} for ${flow.destination} does not lead to ${after.interface.name}`,
      evidence: words,
      fix,
    };
  }
}
