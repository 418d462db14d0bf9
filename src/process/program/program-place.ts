import { delimiter } from 'node:path';

/** Where a program is looked for. */
export interface ProgramPlace {
  readonly cwd: string;
  /** `PATH` of the program's own environment. */
  readonly path: string | undefined;
}

/** The folders in which a program without a slash is looked for, each once. */
export function listFolders({ path = '/usr/local/bin:/usr/bin:/bin' }: ProgramPlace): readonly string[] {
  return [...new Set(path.split(delimiter).filter((folder) => folder !== ''))];
}
