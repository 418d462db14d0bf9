import { appendFile } from 'node:fs/promises';
import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { quote, UsageError } from '../core/errors.js';
import type { ScenarioReport } from '../scenarios/scenario-result.js';
import { compareReports } from './compare/compare-reports.js';
import { FILE_NAMES, findFormatMistakes, REPORT_FORMATS, type ReportFormat } from './formats.js';
import { renderJunit } from './junit/render-junit.js';
import { renderMarkdown } from './markdown/render-markdown.js';
import { renderPage } from './page/render-page.js';
import { type WrittenReportFile, writeFiles } from './write-files.js';

/** Where a report goes, and as what. */
export interface WriteReportOptions {
  /** Made if need be; files of an earlier report in it are replaced. */
  readonly folder: string;
  /** @defaultValue all of them: `json`, `junit`, `markdown`, `html` */
  readonly formats?: readonly ReportFormat[];
  /** An earlier run, see `readReport`: the page and the Markdown tell what has changed. */
  readonly compare?: ScenarioReport;
  /**
   * A file that the Markdown is added to, such as that of the environment variable `GITHUB_STEP_SUMMARY`.
   *
   * @defaultValue none
   */
  readonly stepSummary?: string;
}

/**
 * Writes what scenarios found out: `results.json` for programs and for comparison with later runs, `junit.xml`,
 * `summary.md`, and `report.html`, one page that needs nothing but itself.
 *
 * @throws UsageError for options that are wrong
 * @throws ReportWriteError when a file could not be written; all others are, and what could not be written there is kept
 * in a folder that the error names
 *
 * @example
 * ```ts
 * await writeReport(report, { folder: 'reports', formats: ['json', 'html'] });
 * ```
 */
export async function writeReport(
  report: ScenarioReport,
  options: WriteReportOptions,
): Promise<readonly WrittenReportFile[]> {
  const { folder, formats, stepSummary } = readOptions('writeReport', options);
  checkReport('report', report);
  if (options.compare !== undefined) checkReport('compare', options.compare);
  const comparison = options.compare === undefined ? undefined : compareReports(report, options.compare);
  const renderers: Readonly<Record<ReportFormat, () => string>> = {
    json: () => `${JSON.stringify(report, null, 1)}\n`,
    junit: () => renderJunit(report),
    markdown: () => renderMarkdown(report, comparison),
    html: () => renderPage(report, comparison),
  };
  if (stepSummary !== undefined) await appendSummary(stepSummary, renderers.markdown);
  return writeFiles(
    folder,
    formats.map((format) => ({ format, name: FILE_NAMES[format], render: renderers[format] })),
  );
}

/** What is passed by mistake is one scenario's result. @throws UsageError */
function checkReport(name: string, report: unknown): void {
  if (Array.isArray(Reflect.get(Object(report), 'scenarios'))) return;
  const isResult = Array.isArray(Reflect.get(Object(report), 'verdicts'));
  const received = isResult
    ? `the result of one scenario, ${quote(Reflect.get(Object(report), 'name'))}: run it by runScenarios([scenario], { title })`
    : quote(report);
  throw new UsageError(
    'writeReport',
    `${name} must be a report, such as runScenarios or readReport gives; received ${received}`,
  );
}

/** The options of a report, checked. @throws UsageError */
export function readOptions(
  subject: string,
  options: WriteReportOptions,
): Required<Pick<WriteReportOptions, 'folder' | 'formats'>> & Pick<WriteReportOptions, 'stepSummary'> {
  checkOptions(subject, options);
  const { folder, formats = REPORT_FORMATS, stepSummary } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['folder', 'formats', 'compare', 'stepSummary']),
    ...(typeof folder === 'string' && folder !== ''
      ? []
      : [`folder must be the path of a folder; received ${quote(folder)}`]),
    ...findFormatMistakes('formats', formats),
    ...(stepSummary === undefined || (typeof stepSummary === 'string' && stepSummary !== '')
      ? []
      : [`stepSummary must be the path of a file; received ${quote(stepSummary)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return { folder, formats: [...new Set(formats)], ...(stepSummary === undefined ? {} : { stepSummary }) };
}

/** What a service shows beside its log is worth no failure: the same is in the files. */
export async function appendSummary(path: string, render: () => string): Promise<void> {
  await appendFile(path, `${render()}\n`).catch(() => undefined);
}
