import { type Case, type Gap, type Suspect, suspectByCounter, tellCounter } from './diagnosis.js';
import { suspectFirewall } from './firewall.js';
import { formatCount } from './format-report.js';
import { suspectInterface, suspectQdisc } from './interface-state.js';
import { askRoute } from './route-question.js';
import { suspectNeighbour } from './suspect-neighbour.js';

/** Why a program's packets did not leave its host by the interface that they were to leave by. */
export function* diagnoseSender(facts: Case, { after, way, lost }: Gap): Generator<Suspect> {
  const { flow, view, deltas, count } = facts;
  const node = view.nodes.get(flow.from.name);
  if (node === undefined || after === undefined) return;
  const { name } = flow.from;
  const expected = after.interface.name;
  const place = `${name}:${expected}`;
  for (const other of count.beside) {
    const packets = other.counter.read();
    if (other.node !== flow.from || packets === 0) continue;
    const answer = askRoute(node, { destination: flow.destination });
    yield {
      cause: 'wrong-route',
      packets,
      message: `${formatCount(packets)} left by ${name}:${other.interface.name}, not by ${expected}, which leads to ${flow.to.map((to) => to.name).join(', ')}`,
      evidence: [`${formatCount(packets)} packets of the flow at ${name}:${other.interface.name}`, answer.words],
      fix: flow.isGroup
        ? `choose the interface where it is sent: interface: '${expected}' (IP_MULTICAST_IF)`
        : `correct the routes of ${name} (ip route get ${flow.destination})`,
    };
  }
  yield* suspectInterface(facts, name, expected);
  const answer = askRoute(node, {
    destination: flow.destination,
    ...(flow.source === undefined ? {} : { source: flow.source }),
  });
  const noRoutes = Math.max(deltas.of(name, 'Ip.OutNoRoutes'), deltas.of(name, 'Ip6.Ip6OutNoRoutes'));
  // Who names the interface needs no route to a group.
  const isMissing = !answer.found && !flow.isGroup && after.counter.read() === 0;
  if (isMissing || noRoutes > 0) {
    yield {
      cause: 'no-route',
      packets: noRoutes > 0 ? noRoutes : undefined,
      message: `${name} has no route to ${flow.destination}: its programs are told ENETUNREACH`,
      evidence: [...tellCounter(facts, name, 'Ip.OutNoRoutes', 'Ip6.Ip6OutNoRoutes'), answer.words],
      fix: flow.isGroup
        ? `name the interface where it is sent (interface: '${expected}'), or add a route for ${flow.destination} on ${name}`
        : `add a route to ${flow.destination} on ${name}`,
    };
  } else if (answer.found && answer.interface !== expected && !flow.isGroup) {
    yield {
      cause: 'wrong-route',
      message: `${name} would send it by ${answer.interface}, not by ${expected}`,
      evidence: [answer.words],
      fix: `correct the routes of ${name}`,
    };
  }
  yield* suspectFirewall(facts, name, ['output', 'postrouting', 'egress'], expected);
  if (answer.found) yield* suspectNeighbour(facts, way, { node: name, interface: expected, gateway: answer.gateway });
  yield* suspectQdisc(facts, name, expected);
  yield* suspectByCounter(facts, name, ['Ip.FragFails', 'Ip6.Ip6FragFails'], {
    cause: 'too-big',
    message: `packets are longer than the MTU of ${place} (${after.interface.mtu}) and may not be fragmented`,
    fix: 'send less at once, or raise the MTU',
  });
  const sent = deltas.of(name, 'Udp.OutDatagrams') + deltas.of(name, 'Ip6.Udp6OutDatagrams');
  const packets = after.counter.read();
  if (packets > 0 && lost === undefined) return;
  const target = `${flow.destination}${flow.port === undefined ? '' : ` port ${flow.port}`}`;
  const told =
    sent === 0
      ? `no program of ${name} has sent anything by UDP`
      : `programs of ${name} sent ${formatCount(sent)} datagrams, and ${packets === 0 ? 'none' : `only ${formatCount(packets)}`} of them to ${target}`;
  yield {
    cause: 'never-sent',
    message: flow.protocol === 'udp' ? told : `nothing of ${flow.protocol} to ${target} left ${name}`,
    evidence: [
      ...(flow.protocol === 'udp' ? [`Udp.OutDatagrams +${formatCount(sent)} on ${name}`] : []),
      `${formatCount(packets)} packets of the flow at ${place}`,
      answer.words,
    ],
    fix: 'look at the program: did it start, did send() fail (EMSGSIZE is counted nowhere), is it this address and port?',
  };
}
