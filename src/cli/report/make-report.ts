import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { quote, UsageError } from '../../core/errors.js';
import { findFormatMistakes, REPORT_FORMATS, type ReportFormat } from '../../report/formats.js';
import { isTestRun, readReport, readResults } from '../../report/read-report.js';
import { isFailure, summarizeReport } from '../../report/summarize.js';
import { summarizeTests } from '../../report/tests/summarize-tests.js';
import { writeTestReport } from '../../report/tests/write-test-report.js';
import type { WrittenReportFile } from '../../report/write-files.js';
import { writeReport } from '../../report/write-report.js';

/** The results are there already. */
const DEFAULT_FORMATS: readonly ReportFormat[] = ['html', 'markdown', 'junit'];

/** The options of `glovebox report`, as they were given. */
export interface ReportFlags {
  readonly compare?: unknown;
  readonly out?: unknown;
  readonly format?: unknown;
  readonly strict?: boolean;
}

/**
 * `glovebox report`: writes the files, and says how the run ended and where they are.
 *
 * @throws UsageError for options that are wrong; ReportReadError, ReportWriteError
 */
export async function makeReport(results: string, flags: ReportFlags): Promise<void> {
  const mistakes: string[] = [];
  const out = readOne('--out', flags.out, mistakes);
  const compare = readOne('--compare', flags.compare, mistakes);
  const formats = readFormats(flags.format, mistakes);
  if (mistakes.length > 0) throw new UsageError('glovebox report', mistakes);

  const read = await readResults(results);
  const options = {
    folder: resolve(out ?? dirname(results)),
    formats,
    ...readStepSummary(formats),
  };
  if (isTestRun(read)) {
    if (compare !== undefined)
      throw new UsageError(
        'glovebox report',
        `--compare is for scenarios; ${quote(results)} holds the results of tests`,
      );
    tell(await writeTestReport(read, options), summarizeTests(read));
    if (flags.strict === true && summarizeTests(read).status !== 'passed') process.exitCode = 1;
    return;
  }
  const earlier = compare === undefined ? {} : { compare: await readReport(compare) };
  const summary = summarizeReport(read);
  tell(await writeReport(read, { ...options, ...earlier }), summary);
  if (flags.strict === true && isFailure(summary.status)) process.exitCode = 1;
}

function tell(files: readonly WrittenReportFile[], { sentence }: { readonly sentence: string }): void {
  console.log([`${sentence}.`, ...files.map(({ path }) => path)].join('\n'));
}

/** cac gives an option that is repeated as a list. */
function readOne(option: string, value: unknown, mistakes: string[]): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  mistakes.push(`${option} takes one path; received ${[value].flat().map(quote).join(' and ')}`);
  return undefined;
}

function readFormats(value: unknown, mistakes: string[]): readonly ReportFormat[] {
  if (value === undefined) return DEFAULT_FORMATS;
  const names = [value].flat().flatMap((each) => String(each).split(','));
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  mistakes.push(...findFormatMistakes('--format', given));
  return REPORT_FORMATS.filter((format) => given.includes(format));
}

/** In a step of GitHub's CI the summary is shown there, too. */
function readStepSummary(formats: readonly ReportFormat[]): { readonly stepSummary?: string } {
  const path = process.env['GITHUB_STEP_SUMMARY'];
  return path === undefined || path === '' || !formats.includes('markdown') ? {} : { stepSummary: path };
}
