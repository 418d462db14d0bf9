import type { CAC } from 'cac';
import { REPORT_FORMATS } from '../../report/formats.js';
import type { ReportFlags } from './make-report.js';

/** Adds `glovebox report` to a command line. */
export function addReportCommand(cli: CAC): void {
  cli
    .command(
      'report <results>',
      'Make a page, a summary and JUnit XML of a results.json, and compare it with an earlier one',
    )
    .option('--compare <file>', 'The results.json of an earlier run, to tell what is better and what is worse')
    .option('--out <folder>', 'Where the files go; beside the results if this is left out')
    .option('--format <formats>', `What to make, with commas between: ${REPORT_FORMATS.join(',')}`)
    .option('--strict', 'Exit with 1 when the results are those of a failure')
    .example('glovebox report reports/results.json --compare main/results.json')
    .action(async (results: string, flags: ReportFlags) => {
      // No other command has a use for what renders reports.
      const { makeReport } = await import('./make-report.js');
      await makeReport(results, flags);
    });
}
