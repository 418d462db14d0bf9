import { quote, UsageError } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import type { ObjectFile, ObjectProgram } from './object-file.js';

/** Which program of an object is meant. */
export interface ProgramChoice {
  /** The section, with or without its `?`. @defaultValue any */
  readonly section?: string;
  /** The name of the function, of which the kernel's 15 characters are enough. Needed only where there are several. */
  readonly name?: string;
}

/**
 * Finds a program of an object: the only one there is, or the one of a section, or, of several, the one of a name.
 *
 * @throws UsageError when there is none, or several and the name is that of none of them
 */
export function findProgram({ programs }: ObjectFile, { section, name }: ProgramChoice): ObjectProgram {
  const sections = programs.map((program) => program.section);
  const inSection = programs.filter(
    (program) => section === undefined || withoutMark(program.section) === withoutMark(section),
  );
  const [only] = inSection;
  if (only === undefined) {
    const known =
      programs.length === 0 ? 'it has no programs' : `expected one of ${[...new Set(sections)].map(quote).join(', ')}`;
    throw new UsageError(
      'findProgram',
      section === undefined
        ? 'the object must have a program; it has none'
        : `the object must have a program in section ${quote(section)}: ${known}${suggest(section, sections)}`,
    );
  }
  if (inSection.length === 1) return only;
  const named = inSection.find((program) => program.name === name || program.name.slice(0, 15) === name);
  if (named !== undefined) return named;
  const names = inSection.map((program) => program.name);
  throw new UsageError(
    'findProgram',
    `${section === undefined ? 'the object' : `section ${quote(section)}`} has ${names.length} programs, so the name must be ` +
      `one of ${names.map(quote).join(', ')}; received ${quote(name)}${suggest(name, names)}`,
  );
}

/** The name of a section without the mark that keeps its programs from being loaded unasked. */
function withoutMark(section: string): string {
  return section.replace(/^\?/, '');
}
