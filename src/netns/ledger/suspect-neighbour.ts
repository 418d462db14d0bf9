import type { PlannedInterface } from '../lab/plan/lab-plan.js';
import { decodeNeighbours, encodeListNeighbours } from '../netlink/neighbours.js';
import type { CountedWay } from './count-flow.js';
import { suspectPartition } from './diagnose-host-input.js';
import { suspectWire } from './diagnose-link.js';
import type { Case, Suspect } from './diagnosis.js';
import { suspectInterface } from './interface-state.js';
import { askRoute } from './route-question.js';

/** Where a packet is to go next: the interface that it leaves by, and the router, if there is one. */
export interface NextHop {
  readonly node: string;
  readonly interface: string;
  readonly gateway: string | undefined;
}

/** The next hop that nobody answers for, if that is so: by what keeps the question from being answered, if it is known. */
export function* suspectNeighbour(facts: Case, way: CountedWay, next: NextHop): Generator<Suspect> {
  const { view, flow } = facts;
  const viewed = view.nodes.get(next.node);
  const device = viewed?.plan.interfaces.find((each) => each.name === next.interface);
  if (viewed === undefined || device === undefined || flow.isGroup) return;
  const target = next.gateway ?? flow.destination;
  const neighbours = decodeNeighbours(viewed.netns.netlink.dump(encodeListNeighbours({ ifindex: device.ifindex })));
  const entry = neighbours.find(({ address }) => address === target);
  if (entry === undefined || (entry.state !== 'failed' && entry.state !== 'incomplete')) return;
  const how = flow.family === 'ipv4' ? 'ARP' : 'neighbour discovery';
  const evidence = `neighbour ${target} of ${next.node}:${next.interface} is ${entry.state}: the questions of ${how} are lost too`;
  for (const suspect of suspectSegment(facts, way, device, next.node, target)) {
    yield { ...suspect, packets: undefined, evidence: [evidence, ...suspect.evidence] };
    return;
  }
  const owners = view.plan.nodes.flatMap((node) =>
    node.interfaces
      .filter(({ addresses }) => addresses.some(({ address }) => address === target))
      .map((owner) => `${node.name}:${owner.name}`),
  );
  yield {
    cause: 'neighbour-unresolved',
    message: `nobody answers for ${target}: ${next.node}:${next.interface} asked by ${how} in vain`,
    evidence: [`neighbour ${target} of ${next.node}:${next.interface} is ${entry.state}`],
    fix:
      owners.length === 0
        ? 'no host of the lab has that address'
        : `by the plan it is the address of ${owners.join(', ')}: look whether it still is (ip address), and whether it may answer`,
  };
}

/** What lies between a node and the next machine of a way, and would keep questions and answers from each other. */
function* suspectSegment(
  facts: Case,
  { steps }: CountedWay,
  device: PlannedInterface,
  from: string,
  target: string,
): Generator<Suspect> {
  const start = steps.findIndex(({ node }) => node.name === from);
  for (const [at, { node, input, output }] of steps.entries()) {
    if (at < start) continue;
    if (at > start && input !== undefined) yield* suspectInterface(facts, node.name, input.name);
    if (at > start && node.kind !== 'bridge') {
      yield* suspectPartition(facts, node.name, from);
      yield* suspectPartition(facts, from, node.name);
      const sources = device.addresses
        .filter(({ family }) => family === facts.flow.family)
        .map(({ address }) => address);
      yield* suspectAnswer(facts, node.name, input?.ifindex, target, sources);
      return;
    }
    if (output === undefined) return;
    if (at > start) yield* suspectInterface(facts, node.name, output.name);
    const link = facts.view.links.get(output.link);
    if (link?.medium === 'wire') {
      yield* suspectWire(facts, link.name, 'aToB');
      yield* suspectWire(facts, link.name, 'bToA');
    }
  }
}

/** Whether the one that is asked refuses questions, as it does packets, by their way back (net/ipv4/arp.c, arp_process). */
function* suspectAnswer(
  { view }: Case,
  owner: string,
  ifindex: number | undefined,
  target: string,
  sources: readonly string[],
): Generator<Suspect> {
  const viewed = view.nodes.get(owner);
  const device = viewed?.plan.interfaces.find((each) => each.ifindex === ifindex)?.name;
  if (viewed === undefined || ifindex === undefined || device === undefined) return;
  for (const source of sources) {
    const answer = askRoute(viewed, { destination: target, source, incomingIfindex: ifindex });
    const back = askRoute(viewed, { destination: source });
    // EXDEV; since Linux 6.13 EINVAL, for any reason (net/ipv4/route.c, inet_rtm_getroute).
    if (answer.found || (back.found && back.interface === device)) continue;
    yield {
      cause: 'reverse-path-filter',
      message: `${owner} refuses what comes in by ${device} from ${source}: an answer would not leave that way`,
      evidence: [answer.words, `the way back: ${back.words}`],
      fix: `give ${owner} a route to ${source} by ${device}, or set rp_filter to 0 (none) or 2 (loose), for 'all' and for ${device}`,
    };
    return;
  }
}
