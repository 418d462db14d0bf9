import type { LabDraft } from './draft.js';
import type { Survey } from './occupied.js';
import { isFields, Place, type SpecReader, type Unread } from './place.js';
import { readFamilies } from './read-fields.js';
import { readLinks } from './read-links.js';
import { readNodes } from './read-nodes.js';
import { resolveStack } from './resolve-stack.js';

const FIELDS = ['hosts', 'routers', 'bridges', 'links', 'families', 'computeRoutes'];

/** Reads a spec, of which nothing is believed: it may come from JavaScript or from a file. */
export function readSpec(reader: SpecReader, spec: Unread, survey: Survey): LabDraft {
  reader.checkFields(undefined, spec, FIELDS, 'a lab');
  const nodes = readNodes(reader, spec, survey);
  const read = readLinks(reader, spec, nodes);
  const given: unknown = spec['links'];
  const names = isFields(given) ? Object.keys(given) : [];
  const countBefore = reader.count;
  const families = readFamilies(reader, new Place('families'), spec['families']);
  const isFamilyUnread = reader.count > countBefore;
  const { links, buildOrder, lowers } = resolveStack(reader, read, names, families);
  const lacksEnds =
    links.length < names.length ||
    links.some(
      ({ ends: [a, b], kind, parent }) => a === undefined || (kind.type === 'macvlan' ? parent : b) === undefined,
    );
  return {
    nodes,
    links,
    buildOrder,
    lowers,
    families,
    isDoubtful: lacksEnds || isFamilyUnread,
    computeRoutes: reader.flag(undefined, spec, 'computeRoutes', true),
  };
}
