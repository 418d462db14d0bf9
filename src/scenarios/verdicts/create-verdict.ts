import { quote, UsageError } from '../../core/errors.js';
import type { CheckResult } from '../checkers/check-result.js';
import type { KnownFailure, Verdict } from './verdict.js';

/**
 * A verdict whose answer is worked out when the run is over.
 *
 * @throws UsageError
 */
export function createVerdict(
  subject: string,
  name: string,
  judge: () => CheckResult | Promise<CheckResult>,
  knownFailure?: KnownFailure,
): Verdict {
  const mistakes: string[] = [];
  if (typeof name !== 'string' || name === '')
    mistakes.push(`name must be a string that is not empty; received ${quote(name)}`);
  if (knownFailure !== undefined) mistakes.push(...findKnownFailureMistakes(knownFailure));
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return {
    name,
    judge,
    ...(knownFailure !== undefined && { knownFailure }),
    expectedToFail: (known) => {
      if (typeof known !== 'object' || known === null)
        throw new UsageError('expectedToFail', `it takes { reason, link }; received ${quote(known)}`);
      return createVerdict('expectedToFail', name, judge, known);
    },
  };
}

export function findKnownFailureMistakes(known: KnownFailure): readonly string[] {
  const { reason, link }: { readonly [K in keyof KnownFailure]?: unknown } = Object(known);
  const mistakes: string[] = [];
  if (typeof reason !== 'string' || reason === '')
    mistakes.push(`reason must say why a failure is expected; received ${quote(reason)}`);
  if (link !== undefined && (typeof link !== 'string' || link === ''))
    mistakes.push(`link must be a string that is not empty; received ${quote(link)}`);
  return mistakes;
}
