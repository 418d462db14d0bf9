export type { ScenarioReport, ScenarioResult } from '../scenarios/scenario-result.js';
export { compareReports } from './compare/compare-reports.js';
export type {
  FigureComparison,
  FigureConfidence,
  FigureOutcome,
  ReportComparison,
  ScenarioComparison,
  VerdictChange,
} from './compare/comparison.js';
export { ReportReadError, ReportWriteError } from './errors.js';
export { REPORT_FORMATS, type ReportFormat } from './formats.js';
export { readReport } from './read-report.js';
export {
  type ProgressLine,
  type ProgressStream,
  type ShowProgressOptions,
  showProgress,
} from './terminal/show-progress.js';
export type { WrittenReportFile } from './write-files.js';
export { type WriteReportOptions, writeReport } from './write-report.js';
