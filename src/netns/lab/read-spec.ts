import type { LabDraft } from './draft.js';
import { isFields, Place, type SpecReader, type Unread } from './place.js';
import { readFamilies } from './read-fields.js';
import { readLinks } from './read-links.js';
import { readNodes } from './read-nodes.js';

const FIELDS = ['hosts', 'routers', 'bridges', 'links', 'families', 'computeRoutes'];

/** Reads a spec, of which nothing is believed: it may come from JavaScript or from a file. */
export function readSpec(reader: SpecReader, spec: Unread): LabDraft {
  reader.checkFields(undefined, spec, FIELDS, 'a lab');
  const nodes = readNodes(reader, spec);
  const links = readLinks(reader, spec, nodes);
  const given: unknown = spec['links'];
  const linkCount = isFields(given) ? Object.keys(given).length : 0;
  const lacksEnds = links.length < linkCount || links.some(({ ends }) => ends.includes(undefined));
  const countBefore = reader.count;
  const families = readFamilies(reader, new Place('families'), spec['families']);
  return {
    nodes,
    links,
    families,
    isDoubtful: lacksEnds || reader.count > countBefore,
    computeRoutes: reader.flag(undefined, spec, 'computeRoutes', true),
  };
}
