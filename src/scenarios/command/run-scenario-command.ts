import process from 'node:process';
import { UsageError } from '../../core/errors.js';
import type { AnyScenario } from '../define-scenario.js';
import { describeResult } from '../describe-result.js';
import { describeError } from '../load/failure-tally.js';
import { runScenarios } from '../run-scenarios.js';
import type { ScenarioProgress } from '../scenario-progress.js';
import type { ScenarioReport } from '../scenario-result.js';
import { exitCodeOf } from '../verdicts/judge.js';
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

/**
 * The `main` of a program that runs scenarios: `--quick`, `--seed`, `--only`, `--out`, `--list`, `--help`. Ctrl-C calls
 * the run off: what is there is torn down, told and written.
 *
 * @returns what the program is to end with: 0, 1 when a scenario has failed or passed unexpectedly or the report could not
 * be written, 2 for a command line that cannot be
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
): Promise<0 | 1 | 2> {
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
  const report = await runUntilInterrupted(chosen, command, options, print);
  const code = exitCodeOf(report.scenarios);
  const folder = command.out ?? options.folder;
  if (folder === undefined || write === undefined) return code;
  try {
    await write(report, folder);
    print(`The report is in ${folder}`);
    return code;
  } catch (error) {
    print(`The report could not be written: ${describeError(error)}`);
    return 1;
  }
}

async function runUntilInterrupted(
  scenarios: readonly AnyScenario[],
  { quick, seed }: ScenarioCommand,
  { title, onProgress }: ScenarioCommandOptions,
  print: (line: string) => void,
): Promise<ScenarioReport> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    return await runScenarios(scenarios, {
      quick,
      signal: controller.signal,
      onResult: (result) => print(describeResult(result)),
      ...(title !== undefined && { title }),
      ...(seed !== undefined && { seed }),
      ...(onProgress !== undefined && { onProgress }),
    });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
