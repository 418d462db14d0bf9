import type { LabPlan, PlannedInterface, PlannedLink, PlannedNode } from '../lab/plan/lab-plan.js';
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

/** About as much as an address of IPv6 takes. */
const LINE_LETTERS = 44;

/** What pictures say of a link. */
export interface LinkText {
  readonly title: string;
  /** What it is, if it is more than a cable: `VLAN 100 on trunk`. */
  readonly kind: string | undefined;
  readonly state: LinkState;
  /** Line by line. */
  readonly notes: readonly string[];
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
  return { title, kind: describeKind(link), state: linkState, notes: breakLines(picture.note ?? ''), tone };
}

/** A note is on many lines rather than on a long one, for a picture is as wide as the labels of its links. */
function breakLines(note: string): readonly string[] {
  const lines: string[] = [];
  for (const line of note.split(/(?<=;) /)) {
    let rest = '';
    for (const part of line.split(/(?<=,) /)) {
      if (rest !== '' && rest.length + part.length >= LINE_LETTERS) {
        lines.push(rest);
        rest = part;
      } else rest = rest === '' ? part : `${rest} ${part}`;
    }
    if (rest !== '') lines.push(rest);
  }
  return lines;
}

function describeKind({ kind }: PlannedLink): string | undefined {
  switch (kind.type) {
    case 'veth':
      return undefined;
    case 'macvlan':
      return `macvlan on ${kind.over}${kind.mode === 'bridge' ? '' : `, ${kind.mode}`}`;
    case 'vlan':
      return `VLAN ${kind.id} on ${[...new Set(kind.over)].join(' and ')}`;
    case 'vxlan':
      return `vxlan ${kind.vni}, ${kind.under.map(({ address }) => address).join(' to ')}`;
  }
}

/** Where an adopted namespace is found, as far as that can be said in a few words. */
function describeNetns({ netns }: PlannedNode): readonly string[] {
  if (netns === undefined) return [];
  if (typeof netns === 'string') return [`in ${netns}`];
  return [typeof netns === 'number' ? `in that of process ${netns}` : 'in a Netns of its own'];
}

function describeMachine(node: PlannedNode): Pick<NodeText, 'lines' | 'lineOf'> {
  const lines = [
    ...describeNetns(node),
    ...node.loopback.map(({ address, prefixLength, label }) => `${label ?? 'lo'} ${address}/${prefixLength}`),
  ];
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
