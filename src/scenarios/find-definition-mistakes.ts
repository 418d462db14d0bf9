import { findUnknownOptions } from '../core/check-options.js';
import { quote } from '../core/errors.js';
import { findParameterMistakes, findQuickMistakes } from './parameters.js';

const FUNCTIONS = [
  'findMistakes',
  'load',
  'disruptions',
  'measures',
  'always',
  'eventually',
  'verdicts',
  'analysis',
  'leaks',
] as const;
const NAMES = ['name', 'description', 'parameters', 'quick', 'timeoutMs', 'actors', ...FUNCTIONS];

/** What is wrong with a definition, as far as it can be told before it is run. */
export function findDefinitionMistakes(definition: object): readonly string[] {
  const { name, description, parameters, quick, timeoutMs, actors }: Readonly<Record<string, unknown>> = {
    ...definition,
  };
  const mistakes = [...findUnknownOptions(definition, NAMES)];
  if (typeof name !== 'string' || name.trim() === '')
    mistakes.push(`name must be a string that is not empty; received ${quote(name)}`);
  if (description !== undefined && typeof description !== 'string')
    mistakes.push(`description must be a string; received ${quote(description)}`);
  if (typeof actors !== 'function')
    mistakes.push(
      `actors must be a function that makes all that takes part: without actors there is nothing to run; received ${quote(actors)}`,
    );
  for (const each of FUNCTIONS) {
    const value: unknown = Reflect.get(definition, each);
    if (value !== undefined && typeof value !== 'function')
      mistakes.push(`${each} must be a function; received ${quote(value)}`);
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && Number.isFinite(timeoutMs) && timeoutMs > 0))
    mistakes.push(`timeoutMs must be a finite number of milliseconds above 0; received ${quote(timeoutMs)}`);
  mistakes.push(...findParameterMistakes('parameters', parameters ?? {}));
  mistakes.push(...findQuickMistakes('quick', quick ?? {}, parameters ?? {}));
  return mistakes;
}
