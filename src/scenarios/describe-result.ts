import { bullets } from '../core/errors.js';
import type { ScenarioResult, VerdictRecord } from './scenario-result.js';
import { countWord, inSeconds } from './words.js';

/** In words: how it ended, and every verdict that is not simply passed. */
export function describeResult({ name, verdict, durationMs, seed, verdicts }: ScenarioResult): string {
  const passed = verdicts.filter(({ status }) => status === 'passed').length;
  const head = `${verdict}: ${name}, after ${inSeconds(Math.round(durationMs))}, seed ${seed}; ${passed} of ${countWord(verdicts.length, 'verdict')} passed`;
  const others = verdicts.filter(({ status }) => status !== 'passed').map(describeVerdict);
  return others.length === 0 ? head : `${head}\n${bullets(others)}`;
}

function describeVerdict({ status, name, actual, expected, reason, link, details = [] }: VerdictRecord): string {
  const because = reason === undefined ? '' : `; ${reason}${link === undefined ? '' : ` (${link})`}`;
  const more = details.slice(0, 10).map((detail) => `\n      ${detail.replaceAll('\n', '\n      ')}`);
  return `${status}: ${name}: ${actual}; expected ${expected}${because}${more.join('')}`;
}
