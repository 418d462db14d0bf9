#!/usr/bin/env node
import { showProgress, writeReport } from 'glovebox/report';
import { runScenarioCommand } from 'glovebox/scenarios';
import { SCENARIOS } from './index.ts';

const progress = showProgress();
process.exitCode = await runScenarioCommand(SCENARIOS, {
  title: 'event-bus',
  folder: 'reports',
  onProgress: progress.onProgress,
  write: (report, folder) => writeReport(report, { folder }),
});
// Node 22 knows no `using`.
progress[Symbol.dispose]();
