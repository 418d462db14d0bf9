import { IDS_RULES } from './rules/ids-rules.js';
import { LIFETIME_RULES } from './rules/lifetime-rules.js';
import { LINKS_RULES } from './rules/links-rules.js';
import { LOAD_RULES } from './rules/load-rules.js';
import { MAPS_RULES } from './rules/maps-rules.js';
import { PERF_RULES } from './rules/perf-rules.js';
import { PINS_RULES } from './rules/pins-rules.js';
import type { Rule } from './rules/rule.js';
import { TC_RULES } from './rules/tc-rules.js';
import { TCX_RULES } from './rules/tcx-rules.js';
import { TRACING_RULES } from './rules/tracing-rules.js';
import { XDP_RULES } from './rules/xdp-rules.js';

export type { Rule } from './rules/rule.js';

/** Every rule that the contract covers; the cases prove them. */
export const RULES = {
  ...LIFETIME_RULES,
  ...LOAD_RULES,
  ...MAPS_RULES,
  ...IDS_RULES,
  ...LINKS_RULES,
  ...PINS_RULES,
  ...XDP_RULES,
  ...TCX_RULES,
  ...TRACING_RULES,
  ...PERF_RULES,
  ...TC_RULES,
} as const satisfies Readonly<Record<string, Rule>>;

/** The name of one of {@link RULES}. */
export type RuleId = keyof typeof RULES;
