import { type Case, type Suspect, tellCounter } from './diagnosis.js';
import { askRoute } from './route-question.js';

/** Whether a host refused packets because its answers would leave by another interface (net/ipv4/fib_frontend.c). */
export function* suspectReversePath(
  facts: Case,
  node: string,
  device: string,
  source: string | undefined,
): Generator<Suspect> {
  const moved = facts.deltas.of(node, 'TcpExt.IPReversePathFilter');
  const viewed = facts.view.nodes.get(node);
  if (moved <= 0 || viewed === undefined) return;
  const settings = ['all', device].map((each) => {
    const path = `net.ipv4.conf.${each}.rp_filter`;
    return `${path}=${viewed.netns.sysctl.read(path)}`;
  });
  const back = source === undefined ? [] : [`the way back: ${askRoute(viewed, { destination: source }).words}`];
  yield {
    cause: 'reverse-path-filter',
    packets: moved,
    message: `${node} refuses what comes in by ${device}${source === undefined ? '' : ` from ${source}`}: an answer would not leave that way`,
    evidence: [...tellCounter(facts, node, 'TcpExt.IPReversePathFilter'), settings.join(', '), ...back],
    fix: `give ${node} a route to ${source ?? 'the sender'} by ${device}, or set rp_filter to 0 (none) or 2 (loose), for 'all' and for ${device}`,
  };
}
