import type { LinkPicture, NodePicture, PictureState } from '../picture/picture-state.js';
import { describeImpairments } from './find-abnormal.js';
import type { LabReading, LinkReading, NodeReading } from './read-lab.js';
import { readingValue } from './reading.js';

/** What a picture shows of a lab as it is: links that are down or impaired, nodes that cannot be read, what runs where. */
export function toPictureState({ nodes, links }: LabReading): PictureState {
  return {
    links: Object.fromEntries(links.map((link) => [link.name, toLinkPicture(link)])),
    nodes: Object.fromEntries(nodes.map((node) => [node.plan.name, toNodePicture(node)])),
  };
}

function toLinkPicture(link: LinkReading): LinkPicture {
  const states = readingValue(link.states);
  if (states?.every((state) => state.isUp && state.hasCarrier) !== true) return { state: 'down' };
  const impairments = describeImpairments(link);
  return impairments === undefined ? { state: 'up' } : { state: 'impaired', note: impairments };
}

function toNodePicture(node: NodeReading): NodePicture {
  if (node.links.failure !== undefined) return { note: 'cannot be read', tone: 'bad' };
  const [first, ...others] = node.processes.map(({ command }) => command.split(' ')[0]?.split('/').at(-1) ?? '');
  return first === undefined ? {} : { note: [first, ...others].join(', ') };
}
