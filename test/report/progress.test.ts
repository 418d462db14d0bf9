import { describe, expect, test } from 'vitest';
import { type ProgressStream, showProgress } from '../../src/report/index.js';
import type { ScenarioProgress } from '../../src/scenarios/scenario-progress.js';

const START: ScenarioProgress = {
  name: 'churn',
  phase: 'load',
  elapsedMs: 14_200,
  loadMs: 12_340,
  plannedMs: 60_000,
  started: 1210,
  succeeded: 1203,
  failed: 3,
  ratePerSecond: 98.24,
  disruptions: ['link down: a ↔ b'],
  problems: 1,
};

/** What is written to a terminal, or to a file. */
class Recorder implements ProgressStream {
  readonly isTTY: boolean;
  readonly columns = 60;
  text = '';

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

function tell(isTTY: boolean, changes: readonly Partial<ScenarioProgress>[]): string {
  const stream = new Recorder(isTTY);
  {
    using progress = showProgress({ stream });
    for (const change of changes) progress.onProgress({ ...START, ...change });
    progress[Symbol.dispose]();
  }
  return stream.text.replaceAll('\u202F', ' ');
}

describe('the progress of a run', () => {
  test('is one line that changes on a terminal, no longer than that is wide', () => {
    const written = tell(true, [{}, { phase: 'verdicts', disruptions: [], problems: 0 }]);
    expect(written).toBe(
      '\r\u001B[2Kchurn: 12 s of 1 min · 1,203 done, 3 failed, 98/s · link d…' +
        '\r\u001B[2Kchurn: judges · 1,203 done, 3 failed\n',
    );
  });

  test('is a line for each phase and every ten seconds where there is no terminal', () => {
    const written = tell(false, [
      { phase: 'actors', elapsedMs: 0, started: 0 },
      { elapsedMs: 1000, loadMs: 0 },
      { elapsedMs: 2000, loadMs: 1000 },
      { elapsedMs: 11_000, loadMs: 10_000, failed: 0, problems: 0 },
      { phase: 'done', elapsedMs: 61_000, disruptions: [], failed: 0, problems: 2 },
    ]);
    expect(written).toBe(
      [
        'churn: starts its actors · link down: a ↔ b · 1 problem',
        'churn: 0 s of 1 min · 1,203 done, 3 failed, 98/s · link down: a ↔ b · 1 problem',
        'churn: 10 s of 1 min · 1,203 done, 98/s · link down: a ↔ b',
        'churn: done · 1 min 1 s · 1,203 done · 2 problems',
        '',
      ].join('\n'),
    );
  });

  test('keeps names with line breaks and colours on its line', () => {
    expect(tell(false, [{ name: 'a\n\u001B[2Jb', phase: 'verdicts', started: 0 }])).toMatch(/^a b: /);
  });
});
