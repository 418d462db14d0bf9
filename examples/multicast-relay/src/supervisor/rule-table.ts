import { MAX_OUTPUTS } from '../egress/send-journal.ts';
import { RelayError } from '../errors.ts';
import { formatInput, haveSameInput, isGroupOutput, type Rule, type RuleSpec } from '../rule.ts';
import type { RuleState } from '../worker/messages.ts';
import type { WorkerKind } from './worker-process.ts';

/** A rule, and how far it is. */
export interface RuleEntry {
  readonly rule: Rule;
  /** The number of its first output; the others follow. Those of `devnull` have none. */
  readonly firstOutput: number;
  /** What outputs of these numbers had sent before, for other rules. */
  readonly sentBefore: readonly number[];
  readonly states: Partial<Record<WorkerKind, RuleState>>;
}

/** The rules that are in force. */
export class RuleTable {
  readonly #entries = new Map<number, RuleEntry>();
  #nextId = 1;

  all(): readonly RuleEntry[] {
    return [...this.#entries.values()];
  }

  get(id: number): RuleEntry | undefined {
    return this.#entries.get(id);
  }

  /** @param sent what each output has sent until now @throws RelayError ALREADY_EXISTS, UNAVAILABLE when there is no room */
  add(spec: RuleSpec, sent: readonly number[]): RuleEntry {
    const same = this.all().find(({ rule }) => haveSameInput(rule, spec));
    if (same !== undefined) {
      const message = `Rule ${same.rule.id} has the input ${formatInput(spec)} already; remove it first, or give it more outputs`;
      throw new RelayError('ALREADY_EXISTS', message);
    }
    const count = spec.outputs.filter(isGroupOutput).length;
    const firstOutput = this.#findRoom(count);
    const sentBefore = sent.slice(firstOutput, firstOutput + count);
    const entry = { rule: { ...spec, id: this.#nextId }, firstOutput, sentBefore, states: {} };
    this.#nextId += 1;
    this.#entries.set(entry.rule.id, entry);
    return entry;
  }

  /** @throws RelayError NOT_FOUND */
  remove(id: number): void {
    if (this.#entries.delete(id)) return;
    const ids = [...this.#entries.keys()];
    const there = ids.length === 0 ? 'there is none' : `there are ${ids.join(', ')}`;
    throw new RelayError('NOT_FOUND', `There is no rule ${id}: ${there}`);
  }

  #findRoom(count: number): number {
    const taken = this.all().flatMap(({ rule, firstOutput }) =>
      rule.outputs.filter(isGroupOutput).map((_, index) => firstOutput + index),
    );
    for (let first = 0; first + count <= MAX_OUTPUTS; first += 1) {
      if (taken.every((each) => each < first || each >= first + count)) return first;
    }
    throw new RelayError(
      'UNAVAILABLE',
      `A relay has ${MAX_OUTPUTS} outputs at most, and there is no room for ${count}`,
    );
  }
}

/** The state of a rule: `active`, or what it waits for. */
export function describeState({ states }: RuleEntry): string {
  const found = [states.ingress, states.egress].map((state) =>
    state === undefined ? undefined : state === 'active' ? '' : state.waitingFor,
  );
  const [ingress = 'the ingress worker', egress = 'the egress worker'] = found;
  const waiting = [ingress, egress].filter((each) => each !== '');
  return waiting.length === 0 ? 'active' : `waits for ${waiting.join(' and ')}`;
}
