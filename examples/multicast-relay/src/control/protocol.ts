import type { RelayErrorCode } from '../errors.ts';
import type { WrittenRule } from '../parse-rule.ts';
import type { Rule } from '../rule.ts';
import type { RelayStats, RuleStats } from '../stats.ts';

/** What a client asks, one line of JSON; the answers come in the order of the questions. */
export type ControlRequest =
  | { readonly command: 'add'; readonly rule: WrittenRule }
  | { readonly command: 'remove'; readonly id: number }
  | { readonly command: 'list' }
  | { readonly command: 'stats' }
  | { readonly command: 'ready'; readonly timeoutMs: number }
  | { readonly command: 'stop' };

/** What each command answers. */
export interface ControlAnswers {
  readonly add: RuleStats;
  readonly remove: null;
  readonly list: readonly (Rule & { readonly state: string })[];
  readonly stats: RelayStats;
  readonly ready: null;
  readonly stop: null;
}

export type ControlResponse =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly code: RelayErrorCode; readonly message: string };
