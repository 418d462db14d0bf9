import { ScopeError } from '../../core/scope-error.js';
import type { ScenarioDefinition } from '../define-scenario.js';
import { describeError } from '../load/failure-tally.js';
import type { VerdictRecord } from '../scenario-result.js';
import { toVerdictRecord } from '../verdicts/judge.js';
import { attempt } from './attempt.js';
import { findLeaks } from './find-leaks.js';
import type { RunState } from './run-state.js';

const LIMIT_MS = 60_000;
/** Nobody calls a teardown off. */
const never = new AbortController().signal;

/**
 * Disposes of all that the run owns, in reverse order, and looks whether anything is left. It never rejects: each failure
 * is a problem.
 */
export async function tearDown<P extends object, A>(
  { leaks }: ScenarioDefinition<P, A>,
  state: RunState<P, A>,
): Promise<readonly VerdictRecord[]> {
  state.beginTeardown();
  await closeScope(state);
  const options = { limitMs: LIMIT_MS, signal: never };
  const found = await attempt(state, 'the search for leaks', () => findLeaks(state.scenarioActors), options);
  const told = await attempt(state, 'leaks', async () => (await leaks?.()) ?? [], options);
  const left = [...(found?.value ?? []), ...(told?.value ?? [])];
  const isLooked = leaks !== undefined || state.scenarioActors.some(({ process }) => process !== undefined);
  if (!isLooked) return [];
  return [
    toVerdictRecord('nothing is left', {
      ok: left.length === 0,
      expected: 'nothing',
      actual: left.length === 0 ? 'nothing' : left.length === 1 ? '1 thing' : `${left.length} things`,
      details: left,
    }),
  ];
}

/** Each thing is waited for as long as {@link TeardownPatience} has it. */
async function closeScope(state: RunState): Promise<void> {
  try {
    await state.scope.close();
  } catch (error) {
    const failures = error instanceof ScopeError ? error.failures : [{ label: 'what the run owns', error }];
    for (const failure of failures)
      state.problem(`${failure.label} could not be torn down: ${describeError(failure.error)}`);
  }
}
