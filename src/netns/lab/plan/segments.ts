import type { DraftEnd, DraftLink, DraftNode, DraftSubnet, LabDraft } from '../read/draft.js';
import type { SpecReader } from '../read/place.js';

/** Ends of links that hear each other without a router between: those of one link, or of all that bridges join. */
export interface Segment {
  /** The first of its bridges, or its link. */
  readonly name: string;
  readonly bridges: DraftNode[];
  readonly links: DraftLink[];
  /** Ends at hosts and routers, in the order of the links. */
  readonly ends: DraftEnd[];
  readonly subnets: readonly DraftSubnet[];
}

/**
 * Finds the segments of a lab, in the order of its links, those that stand on others after these; bridges without a link
 * come last. A macvlan is in the segment of what it stands on.
 */
export function findSegments(draft: LabDraft): readonly Segment[] {
  const ofEnd = new Map<DraftEnd, Segment>();
  const roots = joinBridges(draft.links, () => true);
  const segments = new Map<DraftNode | DraftLink, Segment>();
  const segmentOf = (bridge: DraftNode): Segment => {
    const root = roots.find(bridge);
    const known = segments.get(root);
    if (known !== undefined) return known;
    const bridges = [...draft.nodes.values()].filter((node) => node.kind === 'bridge' && roots.find(node) === root);
    const segment = {
      name: bridge.name,
      bridges,
      links: [],
      ends: [],
      subnets: bridges.flatMap(({ subnets }) => subnets),
    };
    segments.set(root, segment);
    return segment;
  };
  for (const link of draft.buildOrder) {
    const bridge = link.ends.find((end) => end?.node.kind === 'bridge')?.node;
    const lower = findLower(draft, link);
    const below = lower && ofEnd.get(lower);
    const own = () => ({ name: link.name, bridges: [], links: [], ends: [], subnets: link.subnets });
    const segment = below ?? (bridge === undefined ? own() : segmentOf(bridge));
    if (below === undefined && bridge === undefined) segments.set(link, segment);
    segment.links.push(link);
    for (const end of link.ends) {
      if (end === undefined) continue;
      ofEnd.set(end, segment);
      if (end.node.kind !== 'bridge') segment.ends.push(end);
    }
  }
  for (const node of draft.nodes.values()) if (node.kind === 'bridge') segmentOf(node);
  return [...segments.values()];
}

/** What a macvlan stands on. */
function findLower({ lowers }: LabDraft, { kind, ends: [guest] }: DraftLink): DraftEnd | undefined {
  return kind.type === 'macvlan' && guest !== undefined ? lowers.get(guest) : undefined;
}

/** Refuses VLANs whose ends are on cables that no bridge joins: routers do not pass tags on. */
export function checkTrunks(reader: SpecReader, draft: LabDraft, segments: readonly Segment[]): void {
  const ofLink = new Map(segments.flatMap((segment) => segment.links.map((link) => [link.name, segment] as const)));
  for (const { kind } of draft.links) {
    if (kind.type !== 'vlan') continue;
    const [a, b] = kind.over.map((name) => ofLink.get(name));
    if (a === undefined || b === undefined || a === b) continue;
    reader.add(kind.place.at('over'), `must be two links that bridges join; ${kind.over.join(' and ')} are not`);
  }
}

/**
 * Refuses loops of bridges in which nobody speaks STP: one frame to all would go round in them for ever. One bridge that
 * does breaks its loop, for the others pass its messages on (net/bridge/br_input.c, br_handle_frame).
 */
export function checkLoops(reader: SpecReader, links: readonly DraftLink[]): void {
  const isSilent = (node: DraftNode) => !node.stp;
  joinBridges(links, isSilent, (link, a, b) => {
    reader.add(
      link.place,
      `closes a loop of bridges without STP; give one of its bridges stp: true, such as ${a.place} or ${b.place}, or leave the link out`,
    );
  });
}

/** Bridges that are linked become one; what a link between two that are one already means, the caller says. */
function joinBridges(
  links: readonly DraftLink[],
  isJoined: (node: DraftNode) => boolean,
  onLoop?: (link: DraftLink, a: DraftNode, b: DraftNode) => void,
): { find(node: DraftNode): DraftNode } {
  const parents = new Map<DraftNode, DraftNode>();
  const find = (node: DraftNode): DraftNode => {
    const parent = parents.get(node);
    if (parent === undefined) return node;
    const root = find(parent);
    parents.set(node, root);
    return root;
  };
  for (const link of links) {
    const [a, b] = link.ends.map((end) => end?.node);
    if (a?.kind !== 'bridge' || b?.kind !== 'bridge' || a === b || !isJoined(a) || !isJoined(b)) continue;
    const [rootA, rootB] = [find(a), find(b)];
    if (rootA === rootB) onLoop?.(link, a, b);
    else parents.set(rootB, rootA);
  }
  return { find };
}
