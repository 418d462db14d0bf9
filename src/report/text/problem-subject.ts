import type { ProblemRecord } from '../../scenarios/scenario-result.js';

/** Whose a problem is, where its message does not say that itself. */
export function readSubject({ subject, message }: ProblemRecord): string | undefined {
  return subject === undefined || hasName(message, subject) ? undefined : subject;
}

/** Whether a name stands in a text, and not only a part of another: `worker-1` does not in `worker-12`. */
function hasName(text: string, name: string): boolean {
  const isPart = (character: string | undefined): boolean => /[\p{L}\p{N}_-]/u.test(character ?? '');
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!isPart(text[at - 1]) && !isPart(text[at + name.length])) return true;
  return false;
}
