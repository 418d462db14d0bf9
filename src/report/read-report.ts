import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { quote } from '../core/errors.js';
import { messageOf } from '../core/message-of.js';
import type { ScenarioReport } from '../scenarios/scenario-result.js';
import { ReportReadError } from './errors.js';
import { reportSchema } from './schema/scenario-schema.js';
import { testRunSchema } from './schema/test-run-schema.js';
import type { TestRunReport } from './tests/test-run-report.js';

const VERSION = 1;
/** Of what is wrong with a file, the first few say enough. */
const SHOWN_MISTAKES = 5;

/**
 * Reads the results of scenarios, as `writeReport` has written them.
 *
 * @throws ReportReadError when there is no such file, when it is broken or something else, or of a newer glovebox
 */
export async function readReport(path: string): Promise<ScenarioReport> {
  const report = await readResults(path);
  if (!isTestRun(report)) return report;
  throw new ReportReadError(
    path,
    `${quote(path)} holds the results of tests, where those of scenarios were expected; \`glovebox report\` renders both`,
  );
}

/**
 * Reads a file of results, of scenarios or of tests.
 *
 * @throws ReportReadError as {@link readReport}
 */
export async function readResults(path: string): Promise<ScenarioReport | TestRunReport> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const reason = messageOf(cause);
    throw new ReportReadError(path, `the results in ${resolve(path)} cannot be read: ${reason}`, { cause });
  }
  return parseResults(path, text);
}

/** Whether results are those of tests. */
export function isTestRun(report: ScenarioReport | TestRunReport): report is TestRunReport {
  return 'kind' in report;
}

function parseResults(path: string, text: string): ScenarioReport | TestRunReport {
  const value = parseJson(path, text);
  const version = readField(value, 'version');
  const isTests = readField(value, 'kind') === 'tests';
  if (typeof version === 'number' && version > VERSION) {
    throw new ReportReadError(
      path,
      `${quote(path)} is of version ${version} of the format of results, and this glovebox reads version ${VERSION}. ` +
        'To mend it: use the version of glovebox that wrote it, or a later one',
    );
  }
  const parsed = isTests ? testRunSchema.safeParse(value) : reportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path: place, message }) => `- ${describePlace(place)}: ${message}`);
  const hidden = mistakes.length - SHOWN_MISTAKES;
  throw new ReportReadError(
    path,
    [
      `${quote(path)} is no file of results of glovebox, such as the results.json beside a report:`,
      ...mistakes.slice(0, SHOWN_MISTAKES),
      ...(hidden > 0 ? [`- and ${hidden} more`] : []),
    ].join('\n'),
    { cause: parsed.error },
  );
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = text.trim() === '' ? 'is empty' : `is no JSON: ${cause instanceof Error ? cause.message : cause}`;
    const next = 'A run that was ended while it wrote leaves no file; copy it again, or run the scenarios again';
    throw new ReportReadError(path, `${quote(path)} ${what}. ${next}`, { cause });
  }
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function describePlace(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the whole' : z.core.toDotPath(path);
}
