import process from 'node:process';
import type { CAC } from 'cac';
import colors from 'picocolors';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { type DoctorReport, examine, PROBES } from '../../doctor/doctor.js';
import { RUNGS } from '../../doctor/rungs.js';
import { renderReport } from './render.js';

/** Adds `glovebox doctor` to a command line. */
export function addDoctorCommand(cli: CAC): void {
  cli
    .command('doctor', 'Say what this machine can do, with evidence, and what would mend the rest')
    .option('--json', 'Print JSON')
    .option('--require <ids>', 'Exit with 1 unless these rungs and checks are ok: netns,bpf,tcx')
    .option('--only <ids>', 'Ask for these checks alone')
    .example('glovebox doctor --require netns,bpf')
    .action(runDoctor);
}

interface DoctorFlags {
  readonly json?: boolean;
  readonly require?: unknown;
  readonly only?: unknown;
  readonly color?: boolean;
}

async function runDoctor(flags: DoctorFlags): Promise<void> {
  const ids = PROBES.map(({ id }) => id);
  const problems: string[] = [];
  const only = readIds('--only', flags.only, ids, problems);
  const required = readIds('--require', flags.require, [...RUNGS.map(({ id }) => id), ...ids], problems) ?? [];
  if (problems.length > 0) throw new UsageError('glovebox doctor', problems);

  const [script = ''] = process.argv.slice(1);
  const report = await examine({
    ...(only === undefined ? {} : { only: [...only, ...listNeeds(required)] }),
    self: [process.execPath, ...process.execArgv, script],
  });
  const columns = process.stdout.isTTY ? { columns: process.stdout.columns } : {};
  const color = flags.color !== false && colors.isColorSupported;
  console.log(flags.json === true ? JSON.stringify(report, null, 2) : renderReport(report, { color, ...columns }));
  const lacking = findLacking(report, required);
  if (lacking.length === 0) return;
  console.error(`\nglovebox doctor: required and not ok: ${lacking.join(', ')}`);
  process.exitCode = 1;
}

/** What is required and is not ok, each with what it is instead. */
export function findLacking(report: DoctorReport, required: readonly string[]): readonly string[] {
  const statuses = new Map<string, string>([...report.rungs, ...report.checks].map(({ id, status }) => [id, status]));
  return [...new Set(required)].flatMap((id) => {
    const status = statuses.get(id) ?? 'missing';
    return status === 'ok' ? [] : [`${id} (${status})`];
  });
}

/** What a required id stands or falls with, so that `--only` does not leave it unasked. */
function listNeeds(required: readonly string[]): readonly string[] {
  return required.flatMap((id) => RUNGS.find((rung) => rung.id === id)?.needs.flat() ?? [id]);
}

/** A list with commas; cac gives one that is repeated as an array, and one without a value as `true`. */
function readIds(
  option: string,
  value: unknown,
  known: readonly string[],
  problems: string[],
): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const ids = [value]
    .flat()
    .flatMap((each) => (typeof each === 'boolean' ? [] : String(each).split(',')))
    .map((id) => id.trim())
    .filter((id) => id !== '');
  if (ids.length === 0) problems.push(`${option} takes ids with commas between them, such as "bpf,tcx"`);
  for (const id of ids.filter((each) => !known.includes(each))) {
    problems.push(
      `${option} has ${quote(id)}, which is no check${known.includes('netns') ? ' and no rung' : ''}${suggest(id, known)}`,
    );
  }
  return ids;
}
