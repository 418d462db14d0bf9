import type { Btf } from '../btf/btf.js';
import type { AdjustmentRecord } from './btf-ext.js';

/** The kinds of adjustment that follow a way into a type; the others ask about the type or an enumerator as a whole. */
const MOST_FIELD_KIND = 5;

/** Each step decodes a type, which a hostile file may have made large. */
const MOST_STEPS = 16;

/** What CO-RE would have to adjust, in words: `task_struct.inner[2].depth`, or the type where that is all there is. */
export function describeAccess(types: Btf, record: AdjustmentRecord): string {
  const root = types.resolve(record.typeId);
  const name = types.type(record.typeId).name || root.name || `type ${record.typeId}`;
  if (record.kind > MOST_FIELD_KIND) return name;
  // The first step is an index into an array of the type itself, nearly always 0.
  const steps = types.string(record.accessOffset).split(':').map(Number).slice(1, MOST_STEPS);
  let path = name;
  let type = root;
  for (const step of steps) {
    if (type.kind === 'ARRAY') {
      path += `[${step}]`;
      type = types.resolve(type.element);
      continue;
    }
    const member = type.kind === 'STRUCT' || type.kind === 'UNION' ? type.members[step] : undefined;
    if (member === undefined) break;
    if (member.name !== '') path += `.${member.name}`;
    type = types.resolve(member.type);
  }
  return path;
}
