import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { messageOf } from '../core/message-of.js';
import { ReportWriteError } from './errors.js';
import type { ReportFormat } from './formats.js';
import { makeFolders } from './make-folders.js';

/** A file of a report. */
export interface WrittenReportFile {
  readonly format: ReportFormat;
  /** Absolute. */
  readonly path: string;
}

/** A file that is to be written: its text is made when it is its turn, so that one that fails keeps no other back. */
export interface PlannedFile {
  readonly format: ReportFormat;
  readonly name: string;
  render(): string;
}

interface Failure {
  readonly name: string;
  readonly cause: unknown;
  /** Whether there is a text that another folder may take. */
  readonly text: string | undefined;
  readonly format: ReportFormat;
}

/**
 * Writes files into a folder, which is made if need be. A file is there whole or not at all. What cannot be written there
 * is kept in a new folder among the temporary files: results of an hour are not lost for a folder without rights.
 *
 * @throws ReportWriteError when a file could not be written where it was to be, after all others were
 */
export async function writeFiles(
  folder: string,
  planned: readonly PlannedFile[],
): Promise<readonly WrittenReportFile[]> {
  const target = resolve(folder);
  const written: WrittenReportFile[] = [];
  const failures: Failure[] = [];
  const obstacle = await makeFolder(target);
  for (const { format, name, render } of planned) {
    let text: string | undefined;
    try {
      text = render();
      if (obstacle !== undefined) throw obstacle.error;
      written.push({ format, path: await writeWhole(join(target, name), text) });
    } catch (cause) {
      failures.push({ name, cause, text, format });
    }
  }
  if (failures.length === 0) return written;
  const kept = await keepElsewhere(failures);
  throw new ReportWriteError(target, describe(target, failures, kept), [...written, ...kept], {
    cause: failures[0]?.cause,
  });
}

async function makeFolder(folder: string): Promise<{ readonly error: unknown } | undefined> {
  try {
    await makeFolders(folder);
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** By another name first: who reads while it is written, or after a full disk, never sees half of it. */
async function writeWhole(path: string, text: string): Promise<string> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  return path;
}

async function keepElsewhere(failures: readonly Failure[]): Promise<readonly WrittenReportFile[]> {
  if (failures.every(({ text }) => text === undefined)) return [];
  try {
    const folder = await mkdtemp(join(tmpdir(), 'glovebox-report-'));
    const kept: WrittenReportFile[] = [];
    for (const { format, name, text } of failures) {
      if (text !== undefined) kept.push({ format, path: await writeWhole(join(folder, name), text) });
    }
    return kept;
  } catch {
    // Neither there: the error that is thrown says that nothing was kept.
    return [];
  }
}

function describe(folder: string, failures: readonly Failure[], kept: readonly WrittenReportFile[]): string {
  const lines = failures.map(({ name, cause }) => `- ${name}: ${messageOf(cause)}`);
  const where =
    kept.length === 0
      ? 'Nothing of these could be kept elsewhere.'
      : `Kept instead: ${kept.map(({ path }) => path).join(', ')}`;
  const names = failures.length === 1 ? 'a file' : `${failures.length} files`;
  return [`${names} of the report could not be written to ${folder}:`, ...lines, where].join('\n');
}
