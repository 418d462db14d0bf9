import { FILE_NAMES, type ReportFormat } from '../formats.js';
import { type WrittenReportFile, writeFiles } from '../write-files.js';
import { appendSummary, readOptions, type WriteReportOptions } from '../write-report.js';
import { renderTestJunit } from './render-test-junit.js';
import { renderTestMarkdown } from './render-test-markdown.js';
import { renderTestPage } from './render-test-page.js';
import type { TestRunReport } from './test-run-report.js';

/**
 * Writes what a run of tests found out, as the same files as `writeReport`. The Vitest reporter calls it.
 *
 * @throws UsageError for options that are wrong
 * @throws ReportWriteError as `writeReport`
 */
export async function writeTestReport(
  report: TestRunReport,
  options: Omit<WriteReportOptions, 'compare'>,
): Promise<readonly WrittenReportFile[]> {
  const { folder, formats, stepSummary } = readOptions('writeTestReport', options);
  const renderers: Readonly<Record<ReportFormat, () => string>> = {
    json: () => `${JSON.stringify(report, null, 1)}\n`,
    junit: () => renderTestJunit(report),
    markdown: () => renderTestMarkdown(report),
    html: () => renderTestPage(report),
  };
  if (stepSummary !== undefined) await appendSummary(stepSummary, renderers.markdown);
  return writeFiles(
    folder,
    formats.map((format) => ({ format, name: FILE_NAMES[format], render: renderers[format] })),
  );
}
