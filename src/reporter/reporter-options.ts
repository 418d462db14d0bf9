import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { quote, UsageError } from '../core/errors.js';
import { findFormatMistakes, type ReportFormat } from '../report/formats.js';

/** What the reporter writes: `reporters: [['glovebox/reporter', { outputFolder: 'reports' }]]`. */
export interface GloveboxReporterOptions {
  /**
   * Where the report goes, relative to the root of the project: `results.json`, `junit.xml`, `summary.md`, `report.html`.
   *
   * @defaultValue nothing is written
   */
  readonly outputFolder?: string;
  /** @defaultValue all of them: `json`, `junit`, `markdown`, `html` */
  readonly formats?: readonly ReportFormat[];
  /** What the report is called. @defaultValue `Tests` */
  readonly title?: string;
}

/** @throws UsageError with every mistake */
export function checkReporterOptions(options: GloveboxReporterOptions): void {
  checkOptions('GloveboxReporter', options);
  const { outputFolder, formats, title } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['outputFolder', 'formats', 'title']),
    ...(outputFolder === undefined || (typeof outputFolder === 'string' && outputFolder !== '')
      ? []
      : [`outputFolder must be the path of a folder; received ${quote(outputFolder)}`]),
    ...(formats === undefined ? [] : findFormatMistakes('formats', formats)),
    ...(title === undefined || typeof title === 'string' ? [] : [`title must be a text; received ${quote(title)}`]),
    ...(formats !== undefined && outputFolder === undefined ? ['formats need an outputFolder to be written to'] : []),
  ];
  if (mistakes.length > 0) throw new UsageError('GloveboxReporter', mistakes);
}
