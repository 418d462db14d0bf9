import type { DraftLink, DraftNode } from '../read/draft.js';
import type { SpecReader } from '../read/place.js';

/**
 * Refuses links that would outlive this process if it is killed: the kernel takes an interface back with either end's
 * namespace, and one that the lab adopts stays.
 */
export function checkLasting(reader: SpecReader, links: readonly DraftLink[]): void {
  for (const { place, kind, ends, wire, impairable } of links) {
    const [a, b] = kind.type === 'vxlan' && kind.under !== undefined ? kind.under : ends.map((end) => end?.node);
    if (kind.type === 'veth' && !wire && !impairable && isAdopted(a) && isAdopted(b))
      reader.add(
        place,
        `both its ends are namespaces that outlive this process, and so would it, were the process killed; give it wire: true, or put a bridge between`,
      );
    if (kind.type === 'vxlan')
      for (const [index, node] of [a, b].entries()) {
        const holder = ends[index]?.node;
        if (isAdopted(node) && (holder === node || isAdopted(holder)))
          reader.add(
            kind.place,
            `an end in ${holder?.place} over the network of ${node?.place} would outlive this process, were it killed; let a host or router of the lab's own carry it (under)`,
          );
      }
  }
}

function isAdopted(node: DraftNode | undefined): boolean {
  return node?.netns !== undefined;
}
