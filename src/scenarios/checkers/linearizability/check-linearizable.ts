import { quote, UsageError } from '../../../core/errors.js';
import { countWord, thousands } from '../../words.js';
import { type CheckResult, failForNothing } from '../check-result.js';
import { cutLines, withDetails } from '../offenders.js';
import { linearize, type SequentialModel } from './linearize.js';
import { findTimeMistakes, type TimedOperation } from './operation.js';

/** How long it is looked for an order. */
export interface LinearizabilityOptions {
  /**
   * After so many positions the search gives up, for it takes exponential time where many operations overlap. What it
   * says then is neither.
   *
   * @defaultValue 500000
   */
  readonly limit?: number;
}

/** Whether a history is linearizable, or whether that is not known. */
export interface LinearizabilityResult extends CheckResult {
  /** `false` when the search gave up: `ok` is `false` then, and the history may be linearizable all the same. */
  readonly decided: boolean;
}

/** What a history is checked against, and how it is told. */
export interface CheckedObject<Operation extends TimedOperation, State> {
  /** What it is: `register`, `queue`. */
  readonly name: string;
  readonly model: SequentialModel<Operation, State>;
  readonly describeOperation: (operation: Operation) => string;
  readonly describeState: (state: State) => string;
  /** Which object an operation is of, where there are several: each has a history of its own. */
  readonly keyOf: (operation: Operation) => string | undefined;
  /** What is wrong with an operation, but for its times: an empty list when nothing is. */
  readonly findMistakes: (path: string, operation: Operation) => readonly string[];
}

const LIMIT = 500_000;
/** So many operations of a counterexample are shown, the last of them. */
const SHOWN = 12;
const MOST_MISTAKES = 10;

/**
 * Whether what clients saw of an object could have been had their operations come one at a time, each at some moment
 * between its call and its return.
 */
export function checkLinearizable<Operation extends TimedOperation, State>(
  history: readonly Operation[],
  object: CheckedObject<Operation, State>,
  { limit = LIMIT }: LinearizabilityOptions,
): LinearizabilityResult {
  checkHistory(history, object, limit);
  const expected = `the operations of each ${object.name} could have come one at a time`;
  if (history.length === 0) return { decided: true, ...failForNothing(expected, 'there was no operation') };
  const groups = groupByKey(history, object.keyOf);
  let undecided: string | undefined;
  for (const [key, operations] of groups) {
    const answer = linearize(operations, object.model, limit);
    if (answer.kind === 'linearizable') continue;
    const which = key === undefined ? '' : ` of ${quote(key)}`;
    if (answer.kind === 'undecided') {
      undecided ??= `undecided${which}: too many operations overlap to look through all orders of ${countWord(operations.length, 'operation')}; gave up after ${thousands(limit)} positions`;
      continue;
    }
    return { decided: true, ok: false, expected, ...describeFailure(operations, object, { ...answer, which }) };
  }
  const total = countWord(history.length, 'operation');
  if (undecided !== undefined) return { decided: false, ok: false, expected, actual: undecided };
  const many = groups.size > 1 ? ` of ${countWord(groups.size, object.name)}` : '';
  return { decided: true, ok: true, expected, actual: `${total}${many}: there is an order` };
}

/** The shortest beginning of the history for which there is no order. */
function describeFailure<Operation extends TimedOperation, State>(
  operations: readonly Operation[],
  object: CheckedObject<Operation, State>,
  answer: { readonly failedAt: number; readonly states: readonly State[]; readonly which: string },
): { readonly actual: string; readonly details?: readonly string[] } {
  const failed = operations[answer.failedAt];
  const endMs = failed?.returnedMs ?? Number.POSITIVE_INFINITY;
  const describe = (operation: Operation): string => {
    const { client, calledMs, returnedMs } = operation;
    const until = returnedMs === undefined ? '…' : String(returnedMs);
    const whose = client === undefined ? '' : `${client}: `;
    return `[${calledMs}, ${until}] ${whose}${object.describeOperation(operation)}`;
  };
  const prefix = operations
    .filter(({ calledMs }) => calledMs <= endMs)
    .sort((one, other) => one.calledMs - other.calledMs);
  const returned = prefix.filter(({ returnedMs = Number.POSITIVE_INFINITY }) => returnedMs <= endMs).length;
  const states = answer.states.map(object.describeState);
  const before =
    states.length === 0 ? [] : [`before it, the ${object.name} could be: ${cutLines(states).join(' or ')}`];
  const hidden = prefix.length - SHOWN;
  const shown = prefix.slice(-SHOWN);
  const last = failed === undefined || shown.includes(failed) ? shown : [failed, ...shown];
  return {
    actual: `there is no order${answer.which} for the first ${countWord(returned, 'operation')} that returned: the last cannot have been, ${failed === undefined ? '' : object.describeOperation(failed)}`,
    ...withDetails([
      ...(failed === undefined ? [] : [`impossible: ${describe(failed)}`]),
      ...before,
      ...(hidden > 0
        ? [`the last of ${countWord(prefix.length, 'operation')} until then:`]
        : ['the operations until then:']),
      ...last.map(describe),
    ]),
  };
}

function groupByKey<Operation>(
  history: readonly Operation[],
  keyOf: (operation: Operation) => string | undefined,
): ReadonlyMap<string | undefined, readonly Operation[]> {
  const groups = new Map<string | undefined, Operation[]>();
  for (const operation of history) {
    const key = keyOf(operation);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [operation]);
    else group.push(operation);
  }
  return groups;
}

function checkHistory<Operation extends TimedOperation, State>(
  history: unknown,
  { name, findMistakes }: CheckedObject<Operation, State>,
  limit: unknown,
): void {
  const subject = `the history of the ${name}`;
  if (!Array.isArray(history))
    throw new UsageError(subject, `it must be a list of operations; received ${quote(history)}`);
  const mistakes = history.flatMap((operation: Operation, index) => {
    const path = `history[${index}]`;
    const ofTime = findTimeMistakes(path, operation);
    return ofTime.length > 0 ? ofTime : findMistakes(path, operation);
  });
  if (!(Number.isSafeInteger(limit) && Number(limit) > 0)) {
    mistakes.push(`limit must be a whole number above 0; received ${quote(limit)}`);
  }
  if (mistakes.length > 0) throw new UsageError(subject, cutLines(mistakes, MOST_MISTAKES));
}
