import { type Case, findInterface, type Suspect, tellCounter } from './diagnosis.js';

/** What keeps an interface from sending or receiving: it is down, has no carrier, or is a port that does not forward. */
export function suspectInterface(facts: Case, node: string, name: string): readonly Suspect[] {
  const state = findInterface(facts, node, name);
  const place = `${node}:${name}`;
  const drops = tellCounter(facts, node, `${name} txDropped`, `${name} rxDropped`, 'Ip.OutNoRoutes');
  if (state === undefined) {
    const message = `${place} is not there any more`;
    return [
      {
        cause: 'interface-down',
        message,
        evidence: [`netlink lists no ${name} on ${node}`],
        fix: `find out who removed or renamed ${name}`,
      },
    ];
  }
  const link = facts.view.plan.nodes
    .find((each) => each.name === node)
    ?.interfaces.find((each) => each.name === name)?.link;
  if (!state.isUp) {
    const fix = link === undefined ? `set ${name} up` : `lab.links.${link}.up()`;
    return [
      {
        cause: 'interface-down',
        message: `${place} is down`,
        evidence: [`netlink: ${place} has no IFF_UP`, ...drops],
        fix,
      },
    ];
  }
  if (!state.hasCarrier) {
    const message = `${place} has no carrier: the other end of link ${link ?? name} is down`;
    return [
      {
        cause: 'no-carrier',
        message,
        evidence: [`netlink: ${place} has no IFF_LOWER_UP`, ...drops],
        fix: `set the other end up: lab.links.${link ?? name}.up()`,
      },
    ];
  }
  if (state.portStatus !== undefined && state.portStatus !== 'forwarding') {
    const message = `port ${place} does not forward: it is ${state.portStatus}`;
    const fix = 'wait until the spanning tree has settled (30 s), or leave stp off';
    return [
      {
        cause: 'port-not-forwarding',
        message,
        evidence: [`netlink: IFLA_BRPORT_STATE of ${place} is ${state.portStatus}`],
        fix,
      },
    ];
  }
  return [];
}

/** What the queue of an interface threw away. */
export function suspectQdisc(facts: Case, node: string, name: string): readonly Suspect[] {
  const state = findInterface(facts, node, name);
  return (state?.qdiscs ?? []).flatMap(({ kind, handle, statistics }) => {
    const counter = `${name} qdisc ${kind} ${(handle >>> 16).toString(16)}: drops`;
    const drops = facts.deltas.of(node, counter);
    if (drops <= 0) return [];
    const waiting = statistics.queueLength > 0 ? [`${statistics.queueLength} packets wait in it now`] : [];
    return [
      {
        cause: 'qdisc-dropped',
        packets: drops,
        message: `the ${kind} queue of ${node}:${name} dropped packets`,
        evidence: [...tellCounter(facts, node, counter), ...waiting],
        fix:
          kind === 'netem'
            ? 'it is an impairment: heal it, or expect the loss'
            : 'send slower, or raise its rate or limit',
      } satisfies Suspect,
    ];
  });
}
