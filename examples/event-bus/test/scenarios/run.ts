import { parseArgs } from 'node:util';
import { writeReport } from 'glovebox/report';
import { exitCodeOf, runScenarios, type ScenarioResult } from 'glovebox/scenarios';
import { SCENARIOS } from './index.ts';

// `npm run scenarios [-- --quick] [--seed N] [--report FOLDER]`: all of them, and what they found out.
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string' },
    report: { type: 'string', default: 'reports' },
  },
});

function tell({ name, verdict, durationMs, verdicts, problems }: ScenarioResult): void {
  const lines = [
    `${name}: ${verdict} (${(durationMs / 1000).toFixed(1)} s)`,
    ...verdicts.map(({ status, name: asked, actual, expected }) => `  ${status}: ${asked}: ${actual}; ${expected}`),
    ...problems.map(({ message, subject }) => `  problem: ${subject === undefined ? '' : `${subject}: `}${message}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const report = await runScenarios(SCENARIOS, {
  title: 'event-bus',
  quick: values.quick,
  onResult: tell,
  ...(values.seed !== undefined && { seed: Number(values.seed) }),
});
for (const { path } of await writeReport(report, { folder: values.report })) process.stdout.write(`${path}\n`);
process.exitCode = exitCodeOf(report.scenarios);
