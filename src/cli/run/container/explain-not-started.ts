import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AttachedExit } from '../../../container/attached-container.js';
import { quote } from '../../../core/errors.js';
import type { ContainerRequest } from './read-container-flags.js';

/** What the engine's init writes last when there is nothing that it can start: tini, `spawn_process()`. */
const REFUSAL = /\[FATAL tini \(\d+\)\] exec .* failed: (.*)\s*$/;

/** What was to be run, and what of. */
export interface NotStarted extends Pick<ContainerRequest, 'image'> {
  readonly command: readonly string[];
}

/** Tells why a command was not started in a container of an image, if that is so, and what to do about it. */
export function explainNotStarted({ command, image }: NotStarted, { code, tail }: AttachedExit): string | undefined {
  const [, reason] = REFUSAL.exec(tail) ?? [];
  if ((code !== 126 && code !== 127) || reason === undefined) return undefined;
  const [name = ''] = command;
  const where = typeof image === 'string' ? `the image ${quote(image)}` : `the image built of ${quote(image?.build)}`;
  if (code === 126)
    return `${quote(name)} may not be executed in ${where} (${reason}): chmod +x it, or give its interpreter`;
  if (!name.includes('/'))
    return `there is no program ${quote(name)} in ${where}: name an image that has it, or leave --image away for the programs of this machine`;
  return existsSync(resolve(name))
    ? `${quote(name)} is there, and what it takes to start is not in ${where}, or the file is not seen there: the interpreter of its first line, the loader of its libraries, or the folder itself, if it is not in the project`
    : `there is no file ${quote(name)} in ${where}: an image has its own files, and those of the project at their paths`;
}
