import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ReportWriteError, readReport, writeReport } from '../../src/report/index.js';
import { createFolder } from '../support/create-folder.js';
import { makeReport } from './sample-report.js';

describe('the files of a report', () => {
  test('are all four, and the results read back as they were', async () => {
    const folder = join(createFolder(), 'new', 'folder');
    const files = await writeReport(makeReport(), { folder });
    expect(files.map(({ format }) => format)).toEqual(['json', 'junit', 'markdown', 'html']);
    expect(readdirSync(folder).sort()).toEqual(['junit.xml', 'report.html', 'results.json', 'summary.md']);
    expect(await readReport(join(folder, 'results.json'))).toEqual(makeReport());
  });

  test('are those that were asked for, and the summary goes to the step of CI as well', async () => {
    const folder = createFolder();
    const stepSummary = join(folder, 'step.md');
    writeFileSync(stepSummary, 'before\n');
    await writeReport(makeReport(), { folder, formats: ['json'], stepSummary });
    expect(readdirSync(folder).sort()).toEqual(['results.json', 'step.md']);
    expect(readFileSync(stepSummary, 'utf8')).toMatch(/^before\n## Failed: Worker fleet\n/);
  });

  test('keep a figure that is no number as one', async () => {
    const report = makeReport();
    const [scenario] = report.scenarios;
    if (scenario === undefined) throw new Error('a scenario was expected');
    const folder = createFolder();
    const broken = { ...report, scenarios: [{ ...scenario, durationMs: Number.NaN }] };
    await writeReport(broken, { folder });
    expect((await readReport(join(folder, 'results.json'))).scenarios[0]?.durationMs).toBe(Number.NaN);
  });

  test('are kept elsewhere where no folder can be made, by which Node itself never ends', async () => {
    const error = await writeReport(makeReport(), { folder: '/proc/glovebox/reports', formats: ['json'] }).catch(
      (reason: unknown) => reason,
    );
    if (!(error instanceof ReportWriteError)) throw new Error('a ReportWriteError was expected', { cause: error });
    const [kept] = error.files;
    onTestFinished(() => rmSync(join(kept?.path ?? '', '..'), { recursive: true, force: true }));
    expect(error.message).toMatch(
      /^a file of the report could not be written to \/proc\/glovebox\/reports:\n- results.json: ENOENT: .+\nKept instead: /,
    );
    expect(await readReport(kept?.path ?? '')).toEqual(makeReport());
  });

  test('are not of what is no report', async () => {
    const [result] = makeReport().scenarios;
    await expect(writeReport(result as never, { folder: 'reports' })).rejects.toThrow(
      `writeReport: report must be a report, such as runScenarios or readReport gives; received the result of one scenario, "${result?.name}": run it by runScenarios([scenario], { title })`,
    );
    await expect(writeReport(makeReport(), { folder: 'reports', compare: {} as never })).rejects.toThrow(
      'writeReport: compare must be a report, such as runScenarios or readReport gives; received {}',
    );
  });

  test('are kept elsewhere when their folder cannot be written, and the error says where', async () => {
    const folder = createFolder();
    writeFileSync(join(folder, 'file'), '');
    const target = join(folder, 'file', 'reports');
    const error = await writeReport(makeReport(), { folder: target }).catch((reason: unknown) => reason);
    if (!(error instanceof ReportWriteError)) throw new Error('a ReportWriteError was expected', { cause: error });
    const [first] = error.files;
    onTestFinished(() => rmSync(join(first?.path ?? '', '..'), { recursive: true, force: true }));
    expect(error.files.map(({ format }) => format)).toEqual(['json', 'junit', 'markdown', 'html']);
    expect(error.message).toMatch(
      new RegExp(
        `^4 files of the report could not be written to ${target}:\n- results.json: EEXIST: .+\nKept instead: ${tmpdir()}/glovebox-report-\\w+/results.json, `,
        's',
      ),
    );
    expect(await readReport(first?.path ?? '')).toEqual(makeReport());
  });

  test('do not keep each other back: one that cannot be written is kept elsewhere, the others are where they belong', async () => {
    const folder = createFolder();
    mkdirSync(join(folder, 'report.html', 'in the way'), { recursive: true });
    const error = await writeReport(makeReport(), { folder }).catch((reason: unknown) => reason);
    if (!(error instanceof ReportWriteError)) throw new Error('a ReportWriteError was expected', { cause: error });
    const kept = error.files.filter(({ path }) => !path.startsWith(folder));
    onTestFinished(() => rmSync(join(kept[0]?.path ?? '', '..'), { recursive: true, force: true }));
    expect(kept.map(({ format }) => format)).toEqual(['html']);
    expect(readdirSync(folder).sort()).toEqual(['junit.xml', 'report.html', 'results.json', 'summary.md']);
  });
});

test('options that are wrong are told all at once, before anything is written', async () => {
  // @ts-expect-error: the compiler knows them too
  await expect(writeReport(makeReport(), { folder: '', formats: ['htm'], mood: true })).rejects.toThrow(
    [
      'writeReport: 3 mistakes:',
      '  - "mood" is no option',
      '  - folder must be the path of a folder; received ""',
      '  - formats has "htm", which is no format; there are json, junit, markdown, html. Did you mean "html"?',
    ].join('\n'),
  );
});

describe('a file of results', () => {
  function write(content: unknown): string {
    const path = join(createFolder(), 'results.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  test('that is not there, is empty or is cut off is told so', async () => {
    const missing = join(createFolder(), 'none.json');
    await expect(readReport(missing)).rejects.toThrow(`the results in ${missing} cannot be read: ENOENT`);
    await expect(readReport(write(''))).rejects.toThrow(/results\.json" is empty\. A run that was ended/);
    await expect(readReport(write('{"version": 1, "tit'))).rejects.toThrow(
      /results\.json" is no JSON: .+copy it again/s,
    );
  });

  test('of a newer format is not guessed at', async () => {
    await expect(readReport(write({ ...makeReport(), version: 2 }))).rejects.toThrow(
      /is of version 2 of the format of results, and this glovebox reads version 1\. To mend it: use the version of glovebox that wrote it, or a later one$/,
    );
  });

  test('that is something else is told with what is wrong, and where', async () => {
    await expect(readReport(write([1, 2]))).rejects.toThrow(/is no file of results of glovebox.+- the whole: /s);
    const [scenario] = makeReport().scenarios;
    const broken = { ...makeReport(), scenarios: [{ ...scenario, seed: 'x', events: [{ atMs: 1 }] }] };
    await expect(readReport(write(broken))).rejects.toThrow(
      /- scenarios\[0\]\.seed: .+\n- scenarios\[0\]\.events\[0\]\.name: /,
    );
  });

  test('of a later version of this format may have more than is known', async () => {
    expect(await readReport(write({ ...makeReport(), mood: 'good' }))).toEqual(makeReport());
  });
});
