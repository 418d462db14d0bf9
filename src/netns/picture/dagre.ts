import { createRequire } from 'node:module';

/**
 * What is used of `@dagrejs/dagre`. Its own declarations cannot be read under NodeNext, for their imports have no
 * extensions; and it is not small, so it is loaded when the first picture is drawn.
 */
export interface Dagre {
  readonly Graph: new (options: { readonly multigraph: boolean }) => DagreGraph;
  readonly layout: (graph: DagreGraph) => void;
}

export interface DagreGraph {
  setGraph(label: DagreGraphLabel): this;
  setNode(name: string, label: DagreLabel): this;
  setEdge(from: string, to: string, label: DagreLabel, name: string): this;
  /** With its width and height, once laid out. */
  graph(): DagreLabel;
  node(name: string): DagreLabel;
  edges(): readonly DagreEdge[];
  edge(edge: DagreEdge): DagreLabel;
}

export interface DagreGraphLabel {
  readonly rankdir: 'LR';
  /** Pixels, as all lengths here. */
  readonly nodesep: number;
  readonly edgesep: number;
  readonly ranksep: number;
  readonly marginx: number;
  readonly marginy: number;
}

/** Of a node, of an edge, and of all; `x` and `y` are those of the middle. */
export interface DagreLabel {
  readonly width?: number;
  readonly height?: number;
  readonly x?: number;
  readonly y?: number;
  readonly labelpos?: 'c';
  readonly points?: readonly { readonly x: number; readonly y: number }[];
}

export interface DagreEdge {
  readonly v: string;
  readonly w: string;
  readonly name?: string;
}

export function loadDagre(): Dagre {
  return createRequire(import.meta.url)('@dagrejs/dagre');
}
