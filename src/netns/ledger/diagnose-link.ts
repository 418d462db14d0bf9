import type { DIRECTIONS, WireCounts } from '../wire/wire-protocol.js';
import { type Case, findInterface, type Gap, type Suspect, tellCounter } from './diagnosis.js';
import { formatCount } from './format-report.js';
import { suspectInterface } from './interface-state.js';

/** Why packets that left by one end of a link did not come in at the other. */
export function* diagnoseLink(facts: Case, { before, after }: Gap): Generator<Suspect> {
  if (before === undefined || after === undefined) return;
  const name = before.interface.link;
  const link = facts.view.links.get(name);
  if (link?.medium === 'wire') {
    const direction = link.ends[0].node === before.node.name ? 'aToB' : 'bToA';
    yield* suspectWire(facts, name, direction);
  }
  if (link?.medium === 'netem') {
    const direction = link.ends[0].node === before.node.name ? 'aToB' : 'bToA';
    const impairment = Object.entries(link.impairment(direction));
    if (impairment.length > 0) {
      yield {
        cause: 'qdisc-dropped',
        message: `link ${name} is impaired: packets are lost or delayed in netem`,
        evidence: [
          `lab.links.${name}.impairment('${direction}'): ${impairment.map(([field, value]) => `${field} ${value}`).join(', ')}`,
        ],
        fix: `heal it (lab.links.${name}.heal()), or expect the loss`,
      };
    }
  }
  yield* suspectInterface(facts, after.node.name, after.interface.name);
  yield* suspectInterface(facts, before.node.name, before.interface.name);
  const xdp = findInterface(facts, after.node.name, after.interface.name)?.xdpProgramId;
  if (xdp !== undefined) {
    yield {
      cause: 'ingress-filter',
      message: `an XDP program on ${after.node.name}:${after.interface.name} takes packets before anything can count them`,
      evidence: [`netlink: XDP program ${xdp} on ${after.node.name}:${after.interface.name}`],
      fix: 'look at what the program returns, or take it off',
    };
  }
  const drops = [
    ...tellCounter(facts, before.node.name, `${before.interface.name} txDropped`),
    ...tellCounter(facts, after.node.name, `${after.interface.name} rxDropped`, `${after.interface.name} rxErrors`),
  ];
  if (drops.length > 0) {
    yield {
      cause: 'interface-down',
      packets: facts.deltas.of(before.node.name, `${before.interface.name} txDropped`) || undefined,
      message: `${after.node.name}:${after.interface.name} did not take packets: it was down, or its queue was full`,
      evidence: drops,
      fix: 'look for what set it down meanwhile',
    };
  }
}

/** How many frames are in a wire, to come out later. A function that puts several in the place of one hides some. */
export function countInside(counts: WireCounts): number {
  const left = counts.delivered + counts.lost + counts.overLimit + counts.dropped + counts.refused;
  return Math.max(0, counts.received + counts.duplicated - left);
}

/** What a wire did to frames that went one way, of any flow. */
export function* suspectWire(facts: Case, name: string, direction: (typeof DIRECTIONS)[number]): Generator<Suspect> {
  const link = facts.view.links.get(name);
  if (link === undefined) return;
  const moved = (counter: keyof WireCounts): number => facts.deltas.of(name, `wire ${direction} ${counter}`);
  const tell = (counter: keyof WireCounts): string =>
    `wire ${name} ${direction}: ${counter} +${formatCount(moved(counter))}`;
  const impairment = Object.entries(link.impairment(direction)).map(([field, value]) => `${field} ${value}`);
  const set =
    impairment.length === 0
      ? []
      : [`lab.links.${name}.impairment('${direction}'): ${impairment.join(', ')}, seed ${link.seed}`];
  const causes = [
    [
      'lost',
      'wire-lost',
      `wire ${name} lost packets, as its impairment says`,
      `heal it (lab.links.${name}.heal()), or expect the loss`,
    ],
    [
      'dropped',
      'wire-dropped',
      `a function of the test (intercept), or a fault, dropped packets on wire ${name}`,
      'look at what the function decides',
    ],
    [
      'overLimit',
      'wire-over-limit',
      `the queue of wire ${name} was full`,
      'raise limitPackets or the rate, or send slower',
    ],
    [
      'overrun',
      'wire-over-limit',
      `packets came faster than wire ${name} could pass them on`,
      'send slower, or use a link that is no wire',
    ],
    [
      'refused',
      'interface-down',
      `the far end of wire ${name} did not take packets: it was down`,
      `lab.links.${name}.up()`,
    ],
  ] as const;
  for (const [counter, cause, message, fix] of causes) {
    if (moved(counter) > 0) yield { cause, packets: moved(counter), message, evidence: [tell(counter), ...set], fix };
  }
  const counts = link.counts(direction);
  const inside = countInside(counts);
  if (inside > 0) {
    const evidence = [
      `wire ${name} ${direction}: ${formatCount(counts.received)} frames came in, ${formatCount(counts.delivered)} went out, ${formatCount(inside)} are inside`,
      ...set,
    ];
    const delayed = impairment.some((each) => each.startsWith('delayMs') || each.startsWith('rate'));
    yield !delayed || link.isHeld(direction)
      ? {
          cause: 'wire-held',
          packets: inside,
          message: `wire ${name} holds packets back`,
          evidence,
          fix: `lab.links.${name}.release()`,
        }
      : {
          cause: 'wire-delayed',
          packets: inside,
          message: `packets are still on their way in wire ${name}`,
          evidence,
          fix: 'wait for them: they will arrive',
        };
  }
  const corrupted = moved('corrupted');
  if (corrupted > 0) {
    yield {
      cause: 'bad-checksum',
      packets: corrupted,
      message: `wire ${name} damaged packets, so that they no longer are of this flow, or are no packets`,
      evidence: [tell('corrupted'), ...set],
      fix: `heal it (lab.links.${name}.heal()), or expect the loss`,
    };
  }
}
