import type { LabPlan, PlannedNode } from '../lab/plan/lab-plan.js';
import { loadDagre } from './dagre.js';

/** Width and height, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A box and its centre. */
export interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface LabLayout extends Size {
  readonly nodes: ReadonlyMap<string, Box>;
  readonly links: ReadonlyMap<string, WireLayout>;
}

export interface WireLayout {
  readonly points: readonly Point[];
  readonly label: Box;
  /** Whether it goes from the second end of its link to the first. */
  readonly turned: boolean;
}

/** Leaves of a node beyond this many are put on both its sides. */
const LEAVES_ON_ONE_SIDE = 4;
const MARGIN = 16;

/** In dagre the names of nodes are those of fields, and an object has some, such as `constructor`. */
function toKey(node: string): string {
  return `node ${node}`;
}

/** Places boxes of given sizes from left to right, along the links. The same plan gives the same places. */
export function layOut(
  plan: LabPlan,
  sizeOfNode: (name: string) => Size,
  sizeOfLabel: (link: string) => Size,
): LabLayout {
  const { Graph, layout } = loadDagre();
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 24, edgesep: 16, ranksep: 64, marginx: MARGIN, marginy: MARGIN });
  for (const { name } of plan.nodes) graph.setNode(toKey(name), { ...sizeOfNode(name) });
  const turned = findTurnedLinks(plan);
  for (const { name, ends } of plan.links) {
    const [from, to] = turned.has(name) ? [ends[1].node, ends[0].node] : [ends[0].node, ends[1].node];
    graph.setEdge(toKey(from), toKey(to), { ...sizeOfLabel(name), labelpos: 'c' }, name);
  }
  layout(graph);
  const { width, height } = graph.graph();
  const size = { width: Math.ceil(Math.max(0, width ?? 0)), height: Math.ceil(Math.max(0, height ?? 0)) };
  const isUpsideDown = comesInReverse(plan.nodes.map(({ name }) => graph.node(toKey(name))));
  const turn = <Place extends Point>(place: Place): Place =>
    isUpsideDown ? { ...place, y: round(size.height - place.y) } : place;
  return {
    ...size,
    nodes: new Map(plan.nodes.map(({ name }) => [name, turn(roundBox(graph.node(toKey(name))))])),
    links: new Map(
      graph.edges().map((edge) => {
        const { points = [], ...label } = graph.edge(edge);
        const { name = '' } = edge;
        return [
          name,
          {
            points: points.map((each) => turn(roundPoint(each))),
            label: turn(roundBox(label)),
            turned: turned.has(name),
          },
        ];
      }),
    ),
  };
}

/** Whether most nodes of a column stand below those that come after them: then the picture is better upside down. */
function comesInReverse(places: readonly Partial<Point>[]): boolean {
  let balance = 0;
  const lastOfColumn = new Map<number, number>();
  for (const { x = 0, y = 0 } of places) {
    const last = lastOfColumn.get(Math.round(x));
    if (last !== undefined) balance += Math.sign(y - last);
    lastOfColumn.set(Math.round(x), y);
  }
  return balance < 0;
}

/**
 * Links that are drawn against their direction, so that a switch with many hosts has them left and right of it. A host
 * with one link is a leaf.
 */
function findTurnedLinks(plan: LabPlan): ReadonlySet<string> {
  const nodes = new Map(plan.nodes.map((node) => [node.name, node]));
  const isLeaf = (node: PlannedNode | undefined) => node?.interfaces.length === 1;
  const leaves = new Map<string, { readonly link: string; readonly isFirst: boolean }[]>();
  for (const { name, ends } of plan.links) {
    const [a, b] = [nodes.get(ends[0].node), nodes.get(ends[1].node)];
    if (a === undefined || b === undefined || isLeaf(a) === isLeaf(b)) continue;
    const hub = isLeaf(a) ? b.name : a.name;
    const list = leaves.get(hub) ?? [];
    list.push({ link: name, isFirst: isLeaf(a) });
    leaves.set(hub, list);
  }
  const turned = new Set<string>();
  for (const list of leaves.values()) {
    // Leaves that are on different sides already were put there by whoever wrote the spec.
    if (list.length <= LEAVES_ON_ONE_SIDE || list.some(({ isFirst }) => isFirst !== list[0]?.isFirst)) continue;
    for (const { link } of list.slice(Math.ceil(list.length / 2))) turned.add(link);
  }
  return turned;
}

/** Tenths of a pixel: enough to look at, and the same on every machine. */
function round(value: number | undefined): number {
  return Math.round((value ?? 0) * 10) / 10;
}

function roundPoint({ x, y }: Point): Point {
  return { x: round(x), y: round(y) };
}

function roundBox(box: Partial<Box>): Box {
  return { x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height) };
}
