export { GloveboxReporter, GloveboxReporter as default } from './glovebox-reporter.js';
export type { GloveboxReporterOptions } from './reporter-options.js';
