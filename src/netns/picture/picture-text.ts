import type { LabPlan, PlannedInterface, PlannedLink, PlannedNode } from '../lab/lab-plan.js';
import type { LinkPicture, LinkState, PictureState, Tone } from './picture-state.js';

/** What pictures say of a node, line by line. */
export interface NodeText {
  readonly title: string;
  readonly lines: readonly string[];
  /** The line that the link of an interface begins at; none of a bridge's, which says nothing of its ports. */
  readonly lineOf: ReadonlyMap<string, number>;
  readonly note: string | undefined;
  readonly tone: Tone | undefined;
}

/** What pictures say of a link. */
export interface LinkText {
  readonly title: string;
  readonly state: LinkState;
  readonly note: string | undefined;
  readonly tone: Tone | undefined;
}

/** A machine shows its interfaces with their addresses, a bridge its networks. */
export function describeNode(plan: LabPlan, node: PlannedNode, state: PictureState): NodeText {
  const { note, tone } = state.nodes?.[node.name] ?? {};
  const text = node.kind === 'bridge' ? describeBridge(plan, node) : describeMachine(node);
  return { title: node.name, ...text, note, tone };
}

export function describeLink(link: PlannedLink, state: PictureState): LinkText {
  const picture: LinkPicture = state.links?.[link.name] ?? {};
  const linkState = picture.state ?? (link.up ? 'up' : 'down');
  const tone = picture.tone ?? ({ up: undefined, down: 'bad', impaired: 'warning' } as const)[linkState];
  const title = linkState === 'up' ? link.name : `${link.name} (${linkState})`;
  return { title, state: linkState, note: picture.note, tone };
}

function describeMachine(node: PlannedNode): Pick<NodeText, 'lines' | 'lineOf'> {
  const lines = node.loopback.map(({ address, prefixLength, label }) => `${label ?? 'lo'} ${address}/${prefixLength}`);
  const lineOf = new Map<string, number>();
  for (const each of node.interfaces) {
    lineOf.set(each.name, lines.length);
    lines.push(...describeInterface(each));
  }
  return { lines, lineOf };
}

/** One line for each address, so that a node is no wider than its longest address. */
function describeInterface({ name, addresses }: PlannedInterface): readonly string[] {
  if (addresses.length === 0) return [name];
  return addresses.map(({ address, prefixLength, label }) => `${label ?? name} ${address}/${prefixLength}`);
}

function describeBridge(plan: LabPlan, node: PlannedNode): Pick<NodeText, 'lines' | 'lineOf'> {
  const segment = plan.segments.find(({ bridges }) => bridges.includes(node.name));
  return { lines: [...(segment?.networks ?? []), ...(node.bridge?.stp ? ['STP'] : [])], lineOf: new Map() };
}
