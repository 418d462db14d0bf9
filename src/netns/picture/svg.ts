import type { LabPlan, NodeKind, PlannedLink } from '../lab/plan/lab-plan.js';
import { type Box, type LabLayout, layOut, type Point, type Size, type WireLayout } from './picture-layout.js';
import { checkPictureState, type PictureState, type Tone } from './picture-state.js';
import { describeLink, describeNode, type LinkText, type NodeText } from './picture-text.js';
import { STYLE } from './svg-style.js';

/** Pixels of a letter of the fixed-width fonts of the style, at most. */
const TITLE_LETTER = 8.5;
const LETTER = 7.3;
const LINE_HEIGHT = 16;
const PADDING = 12;

const KIND_NAMES: Readonly<Record<NodeKind, string>> = { host: 'host', router: 'router', bridge: 'switch' };

/**
 * A lab as a picture that needs nothing beside it, for light and dark backgrounds: nodes with their interfaces and
 * addresses, and links with their state. The same plan and state give the same text.
 *
 * @throws UsageError for a state of links or nodes that the lab does not have
 *
 * @example
 * ```ts
 * writeFileSync('lab.svg', toSvg(plan, { links: { wire: { state: 'impaired', note: '20 ms' } } }));
 * ```
 */
export function toSvg(plan: LabPlan, state: PictureState = {}): string {
  checkPictureState('toSvg', plan, state);
  const nodes = new Map(plan.nodes.map((node) => [node.name, describeNode(plan, node, state)]));
  const links = new Map(plan.links.map((link) => [link.name, describeLink(link, state)]));
  const drawing = layOut(
    plan,
    (name) => measureNode(nodes.get(name)),
    (name) => measureLink(links.get(name)),
  );
  const caption = state.caption?.text ?? [];
  const width = Math.max(
    drawing.width,
    2 * PADDING,
    ...caption.map((line) => Math.ceil(line.length * LETTER) + 2 * PADDING),
  );
  const height = Math.max(drawing.height, 2 * PADDING);
  const size: Size = { width, height: height + (caption.length === 0 ? 0 : caption.length * LINE_HEIGHT + PADDING) };
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img">`,
    `<title>${escapeXml(describeLab(plan))}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="100%" height="100%"/>`,
    // Wires first, then boxes over their ends, then labels over all.
    ...plan.links.map((link) => drawWire(drawing, link, links.get(link.name), nodes)),
    ...plan.nodes.map((node) => drawNode(drawing, node.kind, nodes.get(node.name))),
    ...plan.links.map((link) => drawLabel(drawing, link.name, links.get(link.name))),
    ...caption.map((line, index) => drawCaption(line, state.caption?.tone, height + (index + 1) * LINE_HEIGHT)),
    '</svg>',
  ].join('\n')}\n`;
}

function describeLab(plan: LabPlan): string {
  const count = (kind: NodeKind, one: string, many: string) => {
    const number = plan.nodes.filter((node) => node.kind === kind).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const parts = [
    ...count('host', 'host', 'hosts'),
    ...count('router', 'router', 'routers'),
    ...count('bridge', 'switch', 'switches'),
  ];
  return parts.length === 0 ? 'An empty lab' : `A lab of ${parts.join(', ')}`;
}

function measureNode(text: NodeText | undefined): Size {
  if (text === undefined) return { width: 0, height: 0 };
  const lines = linesOf(text);
  const widths = [text.title.length * TITLE_LETTER + 64, ...lines.map((line) => line.length * LETTER)];
  return {
    width: Math.ceil(Math.max(...widths)) + 2 * PADDING,
    height: (lines.length + 1) * LINE_HEIGHT + 1.5 * PADDING,
  };
}

function measureLink(text: LinkText | undefined): Size {
  const lines = labelLines(text);
  return {
    width: Math.ceil(Math.max(...lines.map((line) => line.length)) * LETTER) + PADDING,
    height: lines.length * LINE_HEIGHT + 4,
  };
}

function linesOf({ lines, note }: NodeText): readonly string[] {
  return note === undefined ? lines : [...lines, note];
}

function labelLines(text: LinkText | undefined): readonly string[] {
  return [text?.title ?? '', text?.kind, ...(text?.notes ?? [])].filter((line) => line !== undefined);
}

function drawCaption(line: string, tone: Tone | undefined, y: number): string {
  return `<g class="${classes('caption', tone)}"><text class="note" x="${PADDING}" y="${y}">${escapeXml(line)}</text></g>`;
}

function drawNode(drawing: LabLayout, kind: NodeKind, text: NodeText | undefined): string {
  const box = drawing.nodes.get(text?.title ?? '');
  if (text === undefined || box === undefined) return '';
  const [left, top] = [box.x - box.width / 2, box.y - box.height / 2];
  const radius = { host: 6, router: 6, bridge: Math.min(18, box.height / 2) }[kind];
  const lines = text.lines.map((line, index) => drawLine(left + PADDING, top, index + 1, '', line));
  const note = text.note === undefined ? [] : [drawLine(left + PADDING, top, lines.length + 1, 'note', text.note)];
  return [
    `<g class="${classes('node', kind, text.tone)}">`,
    `<rect x="${left}" y="${top}" width="${box.width}" height="${box.height}" rx="${radius}"/>`,
    drawLine(left + PADDING, top, 0, 'title', text.title),
    `<text class="kind" x="${left + box.width - PADDING}" y="${top + LINE_HEIGHT + 2}">${KIND_NAMES[kind]}</text>`,
    ...lines,
    ...note,
    '</g>',
  ].join('');
}

function drawLine(x: number, top: number, row: number, name: string, text: string): string {
  const y = top + LINE_HEIGHT + 2 + row * LINE_HEIGHT;
  return `<text${name === '' ? '' : ` class="${name}"`} x="${x}" y="${y}">${escapeXml(text)}</text>`;
}

/** From line to line: a link ends beside the addresses of its interface, where that has any. */
function drawWire(
  drawing: LabLayout,
  link: PlannedLink,
  text: LinkText | undefined,
  nodes: ReadonlyMap<string, NodeText>,
): string {
  const wire = drawing.links.get(link.name);
  if (wire === undefined) return '';
  const middle = wire.points.slice(1, -1).flatMap((point) => stretch(point, wire));
  const [a, b] = wire.turned ? [link.ends[1], link.ends[0]] : link.ends;
  const start = findPort(drawing.nodes.get(a.node), nodes.get(a.node)?.lineOf.get(a.interface), middle[0]);
  const end = findPort(drawing.nodes.get(b.node), nodes.get(b.node)?.lineOf.get(b.interface), middle.at(-1));
  return `<path class="${classes('wire', kindClass(link), text?.state, text?.tone)}" d="${curve([start, ...middle, end])}"/>`;
}

/** Cables need none. */
function kindClass({ kind }: PlannedLink): string | undefined {
  return kind.type === 'veth' ? undefined : kind.type;
}

/** A wire is level along all of its label. */
function stretch(point: Point, { points, label }: WireLayout): readonly Point[] {
  if (point.x !== label.x || point.y !== label.y) return [point];
  const half = Math.sign((points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0)) * (label.width / 2);
  return [
    { x: label.x - half, y: label.y },
    { x: label.x + half, y: label.y },
  ];
}

function findPort(box: Box | undefined, line: number | undefined, towards: Point | undefined): Point {
  if (box === undefined) return { x: 0, y: 0 };
  const side = towards !== undefined && towards.x < box.x ? -1 : 1;
  const y = line === undefined ? box.y : box.y - box.height / 2 + (line + 1) * LINE_HEIGHT + 14;
  return { x: box.x + (side * box.width) / 2, y };
}

function drawLabel(drawing: LabLayout, name: string, text: LinkText | undefined): string {
  const label: Box | undefined = drawing.links.get(name)?.label;
  if (label === undefined) return '';
  const [left, top] = [label.x - label.width / 2, label.y - label.height / 2];
  const lines = labelLines(text).map(
    (line, index) => `<text x="${label.x}" y="${top + 14 + index * LINE_HEIGHT}">${escapeXml(line)}</text>`,
  );
  const background = `<rect x="${left}" y="${top}" width="${label.width}" height="${label.height}" rx="4"/>`;
  return `<g class="${classes('label', text?.tone)}">${background}${lines.join('')}</g>`;
}

/** Through all points, level at each, so that a label sits on its wire. */
function curve([first, ...rest]: readonly Point[]): string {
  if (first === undefined) return '';
  let from = first;
  const parts = rest.map((to) => {
    const middle = fixed((from.x + to.x) / 2);
    const part = `C${middle} ${fixed(from.y)} ${middle} ${fixed(to.y)} ${fixed(to.x)} ${fixed(to.y)}`;
    from = to;
    return part;
  });
  return [`M${fixed(first.x)} ${fixed(first.y)}`, ...parts].join(' ');
}

function fixed(value: number): number {
  return Math.round(value * 10) / 10;
}

function classes(...names: readonly (string | undefined)[]): string {
  return names.filter((name) => name !== undefined).join(' ');
}

/** Also characters that no XML may have. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
