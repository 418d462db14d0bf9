export { GloveboxReporter, GloveboxReporter as default } from './glovebox-reporter.js';
