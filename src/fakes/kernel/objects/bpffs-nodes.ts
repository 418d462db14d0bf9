import type { Pin } from '../../../kernel/contract.js';
import type { StoredObject } from './kernel-objects.js';

/** A directory of a bpffs. */
export class DirectoryNode {
  readonly kind = 'directory';
  name: string;
  parent: DirectoryNode | undefined;
  readonly children = new Map<string, BpffsNode>();
  /** Made for the pins of a load, and removed with the last of them. */
  readonly temporary: boolean;

  constructor(name: string, parent: DirectoryNode | undefined, temporary = false) {
    this.name = name;
    this.parent = parent;
    this.temporary = temporary;
  }
}

/** A pin: a name on a bpffs that holds an object. */
export class PinNode {
  readonly kind = 'pin';
  name: string;
  parent: DirectoryNode;
  readonly object: StoredObject;

  constructor(name: string, parent: DirectoryNode, object: StoredObject) {
    this.name = name;
    this.parent = parent;
    this.object = object;
  }
}

/** What a name on a bpffs leads to. */
export type BpffsNode = DirectoryNode | PinNode;

/** The path of a node. */
export function pathOf(node: BpffsNode): string {
  return node.parent === undefined ? node.name : `${pathOf(node.parent)}/${node.name}`;
}

/** What the contract tells of a pin. */
export function describePin(node: PinNode): Pin {
  return { path: pathOf(node), kind: node.object.kind, id: node.object.id };
}

/** In the order of their names. */
export function sortByName(nodes: Iterable<BpffsNode>): BpffsNode[] {
  return [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Calls a function with a node and with all below it. */
export function walk(node: BpffsNode, visit: (node: BpffsNode) => void): void {
  visit(node);
  if (node.kind === 'directory') for (const child of node.children.values()) walk(child, visit);
}

/** The mount that a directory is on. */
export function rootOf(node: DirectoryNode): DirectoryNode {
  return node.parent === undefined ? node : rootOf(node.parent);
}

/** Whether a directory is `ancestor` or below it. */
export function isWithin(directory: DirectoryNode | undefined, ancestor: BpffsNode): boolean {
  for (let node = directory; node !== undefined; node = node.parent) if (node === ancestor) return true;
  return false;
}
