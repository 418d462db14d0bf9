import { GloveboxError, type GloveboxErrorOptions } from '../core/errors.js';
import type { WrittenReportFile } from './write-files.js';

/** A file of results that cannot be read: it is not there, is broken, is no such file, or of a newer glovebox. */
export class ReportReadError extends GloveboxError {
  override readonly name = 'ReportReadError';
  readonly path: string;

  constructor(path: string, message: string, options: GloveboxErrorOptions = {}) {
    super('ERR_GLOVEBOX_REPORT', message, options);
    this.path = path;
  }
}

/** Files of a report that could not be written where they were to be. What could be kept elsewhere is in `files`. */
export class ReportWriteError extends GloveboxError {
  override readonly name = 'ReportWriteError';
  readonly folder: string;
  /** What was written, there or elsewhere. */
  readonly files: readonly WrittenReportFile[];

  constructor(
    folder: string,
    message: string,
    files: readonly WrittenReportFile[],
    options: GloveboxErrorOptions = {},
  ) {
    super('ERR_GLOVEBOX_REPORT', message, options);
    this.folder = folder;
    this.files = files;
  }
}
