import type { LabPlan, NodeKind } from '../lab/plan/lab-plan.js';
import { checkPictureState, type PictureState, type Tone } from './picture-state.js';
import { describeLink, describeNode } from './picture-text.js';

/** The brackets that give each kind its shape: a box, a hexagon, a box with round ends. */
const SHAPES: Readonly<Record<NodeKind, readonly [string, string]>> = {
  host: ['["', '"]'],
  router: ['{{"', '"}}'],
  bridge: ['(["', '"])'],
};

const ARROWS = { up: '---', down: '-.-', impaired: '===' } as const;

/** Strokes alone, which do in Mermaid's light and dark themes. */
const STROKES: Readonly<Record<Tone, string>> = { good: '#1a7f37', warning: '#bf8700', bad: '#cf222e' };

/**
 * A lab as a Mermaid flowchart, which GitHub and GitLab draw in Markdown. The same plan and state give the same text.
 *
 * @throws UsageError for a state of links or nodes that the lab does not have
 *
 * @example
 * ```ts
 * toMermaid(planLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'b'] } }));
 * // flowchart LR
 * //   n0["<b>a</b><br/>eth0 10.0.0.1/24"] …
 * ```
 */
export function toMermaid(plan: LabPlan, state: PictureState = {}): string {
  checkPictureState('toMermaid', plan, state);
  const ids = new Map(plan.nodes.map(({ name }, index) => [name, `n${index}`]));
  const idOf = (name: string) => ids.get(name) ?? name;
  const nodes = plan.nodes.flatMap((node) => {
    const { title, lines, note, tone } = describeNode(plan, node, state);
    const [open, close] = SHAPES[node.kind];
    const parts = [
      `<b>${escapeLabel(title)}</b>`,
      ...lines.map(escapeLabel),
      ...(note === undefined ? [] : [`<i>${escapeLabel(note)}</i>`]),
    ];
    const id = idOf(node.name);
    return [
      `  ${id}${open}${parts.join('<br/>')}${close}`,
      ...(tone === undefined ? [] : [`  style ${id} stroke:${STROKES[tone]},stroke-width:3px`]),
    ];
  });
  const links = plan.links.flatMap((link, index) => {
    const { title, kind, state: linkState, notes, tone } = describeLink(link, state);
    const label = [title, kind, ...notes]
      .flatMap((line) => (line === undefined ? [] : escapeLabel(line)))
      .join('<br/>');
    const [a, b] = link.ends;
    return [
      `  ${idOf(a.node)} ${ARROWS[linkState]}|"${label}"| ${idOf(b.node)}`,
      ...(tone === undefined ? [] : [`  linkStyle ${index} stroke:${STROKES[tone]},stroke-width:3px`]),
    ];
  });
  return `${[...writeTitle(state), 'flowchart LR', ...nodes, ...links].join('\n')}\n`;
}

/** Its front matter is YAML, of which a text of JSON is a part. */
function writeTitle({ caption }: PictureState): readonly string[] {
  return caption === undefined ? [] : ['---', `title: ${JSON.stringify(caption.text.join(' – '))}`, '---'];
}

/** Mermaid has entities of its own, with `#`; only letters, digits and harmless signs stay as they are. */
function escapeLabel(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[^\p{L}\p{N} .,:/()%+_@-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}
