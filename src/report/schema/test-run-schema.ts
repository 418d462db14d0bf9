import { z } from 'zod';
import type { TestRunReport } from '../tests/test-run-report.js';
import { measureSchema, scenarioSchema } from './scenario-schema.js';

const text = z.string();
const texts = z.array(text);
const maybe = z.exactOptional;
const error = z.object({ message: text, stack: maybe(text), diff: maybe(text) });

const test = z.object({
  project: text,
  file: text,
  path: texts,
  state: z.enum(['passed', 'failed', 'skipped', 'expected-failure']),
  durationMs: z.number(),
  retries: z.number(),
  errors: z.array(error),
  skip: maybe(z.object({ kind: text, reason: text, requirement: maybe(text) })),
  rung: maybe(text),
  seed: maybe(z.number()),
  faults: z.array(z.object({ rule: text, fired: z.number() })),
  operations: maybe(z.object({ total: z.number(), last: texts })),
  labs: z.array(z.object({ findings: texts, picture: maybe(text), report: maybe(text), files: texts })),
  logs: z.array(z.object({ title: text, file: text, tail: texts, left: z.number() })),
  measures: z.array(measureSchema),
  scenarios: z.array(scenarioSchema),
  notes: texts,
  attachments: z.array(z.object({ name: text, contentType: maybe(text), path: maybe(text) })),
});

/** What the Vitest reporter writes as JSON. */
export const testRunSchema: z.ZodType<TestRunReport> = z.object({
  version: z.literal(1),
  kind: z.literal('tests'),
  title: text,
  startedAt: text,
  durationMs: z.number(),
  reason: z.enum(['passed', 'failed', 'interrupted']),
  machine: z.record(z.string(), z.union([text, z.number()])),
  tests: z.array(test),
  errors: z.array(error),
});
