import { quote } from '../core/errors.js';
import { suggest } from '../core/nearest.js';

/** The kinds of files that a report is written as. */
export const REPORT_FORMATS = ['json', 'junit', 'markdown', 'html'] as const;

/** One of {@link REPORT_FORMATS}. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What each is called in the folder of a report. */
export const FILE_NAMES: Readonly<Record<ReportFormat, string>> = {
  json: 'results.json',
  junit: 'junit.xml',
  markdown: 'summary.md',
  html: 'report.html',
};

/** What is wrong with a list of formats. */
export function findFormatMistakes(name: string, formats: unknown): readonly string[] {
  if (!Array.isArray(formats) || formats.length === 0)
    return [`${name} must be a list of ${REPORT_FORMATS.join(', ')}; received ${quote(formats)}`];
  return formats
    .filter((format) => !REPORT_FORMATS.some((known) => known === format))
    .map(
      (format: unknown) =>
        `${name} has ${quote(format)}, which is no format; there are ${REPORT_FORMATS.join(', ')}${suggest(String(format), REPORT_FORMATS)}`,
    );
}
