import type { SerializedError, TestAnnotation, TestArtifact } from 'vitest';
import type { TestCase, TestModule } from 'vitest/node';
// What artifacts there are is told to Vitest there.
import type {} from '../fixtures/test-record.js';
import { cleanText } from '../report/markup/escape.js';
import type { TestAttachment, TestError, TestRecord, TestSkip, TestState } from '../report/tests/test-run-report.js';
import type { MeasureResult, ScenarioResult } from '../scenarios/scenario-result.js';
import { collectLabs, collectLogs } from './collect-files.js';
import type { TestMeta } from './test-meta.js';

/** All tests of some modules, with what the fixtures, and the tests themselves, have told of them. */
export function collectTests(modules: readonly TestModule[]): readonly TestRecord[] {
  return modules.flatMap((module) => [...module.children.allTests()].map((test) => collectTest(module, test)));
}

/** When a run was. */
export interface RunSpan {
  readonly startedMs: number;
  readonly durationMs: number;
}

/** When the tests ran: where reports of several machines are merged, that was before this process began. */
export function measureSpan(modules: readonly TestModule[], startedMs: number, nowMs: number): RunSpan {
  let [first, last] = [startedMs, 0];
  for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
    const diagnostic = test.diagnostic();
    // Of one that was skipped there is none.
    if (diagnostic === undefined) continue;
    const { startTime, duration } = diagnostic;
    first = Math.min(first, startTime);
    last = Math.max(last, startTime + duration);
  }
  const isMerged = last > 0 && last < startedMs;
  return isMerged ? { startedMs: first, durationMs: last - first } : { startedMs, durationMs: nowMs - startedMs };
}

/** What failed beside tests: files that could not be loaded, suites whose hooks failed. */
export function collectErrors(
  modules: readonly TestModule[],
  unhandled: readonly SerializedError[],
): readonly TestError[] {
  const ofModules = modules.flatMap((module) => [
    ...module.errors(),
    ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
  ]);
  return [...ofModules, ...unhandled].map(readError);
}

function collectTest(module: TestModule, test: TestCase): TestRecord {
  const meta: TestMeta = test.meta();
  const { errors } = test.result();
  const diagnostic = test.diagnostic();
  const skip = readSkip(test, meta);
  const artifacts = test.artifacts();
  return {
    project: module.project.name,
    file: module.relativeModuleId,
    path: listPath(test),
    state: readState(test),
    durationMs: diagnostic?.duration ?? 0,
    retries: diagnostic?.retryCount ?? 0,
    errors: (errors ?? []).map(readError),
    ...(skip === undefined ? {} : { skip }),
    ...(meta.gloveboxRung === undefined ? {} : { rung: meta.gloveboxRung }),
    ...(meta.gloveboxSeed === undefined ? {} : { seed: meta.gloveboxSeed }),
    faults: meta.gloveboxFaults ?? [],
    ...(meta.gloveboxOperations === undefined ? {} : { operations: meta.gloveboxOperations }),
    labs: collectLabs(meta.gloveboxLabs ?? []),
    logs: collectLogs(meta),
    measures: artifacts.flatMap(listMeasures),
    scenarios: artifacts.flatMap(listScenarios),
    notes: test.annotations().map(describeAnnotation),
    attachments: [...test.annotations().flatMap(listAnnotated), ...artifacts.flatMap(listAttached)],
  };
}

function readState(test: TestCase): TestState {
  const { state } = test.result();
  if (state === 'passed') return test.options.fails === true ? 'expected-failure' : 'passed';
  // What has not run when a run is interrupted has not failed.
  return state === 'failed' ? 'failed' : 'skipped';
}

function listPath(test: TestCase): readonly string[] {
  const path = [test.name];
  for (let { parent } = test; parent.type === 'suite'; { parent } = parent) path.unshift(parent.name);
  return path;
}

function readSkip(test: TestCase, { gloveboxSkip }: TestMeta): TestSkip | undefined {
  const result = test.result();
  if (result.state === 'pending') return { kind: 'unknown', reason: 'the run ended before it' };
  if (result.state !== 'skipped') return undefined;
  if (gloveboxSkip !== undefined) return gloveboxSkip;
  const todo = test.options.mode === 'todo' ? 'it is not written yet (test.todo)' : undefined;
  return { kind: 'unknown', reason: result.note ?? todo ?? 'for a reason that the test does not tell' };
}

function readError({ name, message, stack, diff }: SerializedError): TestError {
  const head = name === undefined || message.startsWith(name) ? message : `${name}: ${message}`;
  return {
    message: cleanText(head),
    ...(stack === undefined ? {} : { stack: cleanText(stack) }),
    ...(typeof diff === 'string' && diff !== '' ? { diff: cleanText(diff) } : {}),
  };
}

function listScenarios(artifact: TestArtifact): readonly ScenarioResult[] {
  return artifact.type === 'glovebox:scenario' ? [artifact.scenario] : [];
}

function listMeasures(artifact: TestArtifact): readonly MeasureResult[] {
  return artifact.type === 'glovebox:measures' ? artifact.measures : [];
}

function describeAnnotation({ type, message }: TestAnnotation): string {
  return type === 'notice' ? message : `${type}: ${message}`;
}

function listAnnotated({ message, attachment }: TestAnnotation): readonly TestAttachment[] {
  return attachment === undefined ? [] : [describeAttachment(message, attachment)];
}

function listAttached(artifact: TestArtifact): readonly TestAttachment[] {
  const { type } = artifact;
  const attachments = 'attachments' in artifact ? (artifact.attachments ?? []) : [];
  return attachments.map((attachment) => describeAttachment(type, attachment));
}

function describeAttachment(
  name: string,
  { contentType, path }: { readonly contentType?: string; readonly path?: string },
): TestAttachment {
  return {
    name,
    ...(contentType === undefined ? {} : { contentType }),
    ...(path === undefined ? {} : { path }),
  };
}
