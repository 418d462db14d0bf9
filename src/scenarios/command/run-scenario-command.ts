import process from 'node:process';
import { UsageError } from '../../core/errors.js';
import type { AnyScenario } from '../define-scenario.js';
import { describeResult } from '../describe-result.js';
import { describeError } from '../load/failure-tally.js';
import { runScenarios } from '../run/run-scenarios.js';
import type { ScenarioProgress } from '../scenario-progress.js';
import type { ScenarioReport } from '../scenario-result.js';
import { exitCodeOf } from '../verdicts/judge.js';
import { Interruption } from './interruption.js';
import { parseCommand, type ScenarioCommand, USAGE } from './parse-command.js';

/** How a program of scenarios tells what it does. */
export interface ScenarioCommandOptions {
  /** What the report is called. @defaultValue `scenarios` */
  readonly title?: string;
  /** What stands on the command line. @defaultValue that of this process */
  readonly args?: readonly string[];
  /**
   * Writes the report to the folder of `--out`, such as `writeReport` of glovebox/report.
   *
   * @defaultValue nothing is written, and `--out` is refused
   */
  readonly write?: (report: ScenarioReport, folder: string) => Promise<unknown>;
  /** The folder that the report is written to where the command line says nothing. @defaultValue it is not written */
  readonly folder?: string;
  /** Is told how far it is. */
  readonly onProgress?: (progress: ScenarioProgress) => void;
  /** Takes the lines that are told. @defaultValue to standard output */
  readonly print?: (line: string) => void;
}

/** What a program of scenarios ends with. */
export type ScenarioExitCode = 0 | 1 | 2 | 130 | 143;

/**
 * The `main` of a program that runs scenarios: `--quick`, `--seed`, `--only`, `--out`, `--list`, `--help`. Ctrl-C and
 * SIGTERM call the run off: what is there is torn down, told and written. The second of them ends the process at once.
 *
 * @returns what the program is to end with: 0, 1 when a scenario has failed or passed unexpectedly or the report could not
 * be written, 2 for a command line that cannot be, 130 after Ctrl-C, 143 after SIGTERM
 *
 * @example
 * ```ts
 * process.exitCode = await runScenarioCommand([herd, churn, flood], {
 *   title: 'worker-fleet',
 *   write: (report, folder) => writeReport(report, { folder }),
 * });
 * ```
 */
export async function runScenarioCommand(
  scenarios: readonly AnyScenario[],
  options: ScenarioCommandOptions = {},
): Promise<ScenarioExitCode> {
  const { args = process.argv.slice(2), write, print = (line) => void process.stdout.write(`${line}\n`) } = options;
  let command: ScenarioCommand;
  try {
    command = parseCommand(
      args,
      scenarios.map(({ name }) => name),
    );
    if (command.out !== undefined && write === undefined)
      throw new UsageError('command line', '--out: this program writes no report');
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    print(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  const { help, list, names } = command;
  if (help) print(USAGE);
  if (list)
    for (const { name, description } of scenarios) print(description === undefined ? name : `${name}: ${description}`);
  if (help || list) return 0;
  const chosen = scenarios.filter(({ name }) => names.includes(name));
  // Until the report is written: it is what an interrupted run leaves.
  using interruption = new Interruption();
  const { quick, seed } = command;
  const { title, onProgress } = options;
  const report = await runScenarios(chosen, {
    quick,
    signal: interruption.signal,
    onResult: (result) => print(describeResult(result)),
    ...(title !== undefined && { title }),
    ...(seed !== undefined && { seed }),
    ...(onProgress !== undefined && { onProgress }),
  });
  const isWritten = await writeTo(command.out ?? options.folder, report, options, print);
  return interruption.exitCode ?? (isWritten ? exitCodeOf(report.scenarios) : 1);
}

/** @returns whether nothing went wrong */
async function writeTo(
  folder: string | undefined,
  report: ScenarioReport,
  { write }: ScenarioCommandOptions,
  print: (line: string) => void,
): Promise<boolean> {
  if (folder === undefined || write === undefined) return true;
  try {
    await write(report, folder);
    print(`The report is in ${folder}`);
    return true;
  } catch (error) {
    print(`The report could not be written: ${describeError(error)}`);
    return false;
  }
}
