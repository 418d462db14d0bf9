import { expect, test } from 'vitest';
import { decodeFidelityRun, encodeFidelityRun } from '../../src/contract/fidelity-file.js';
import { runOf } from './support.js';

const RUN = runOf({
  'tcx.full': 'holds',
  'perf.full': 'holds',
  'load.license-lsm': { verdict: 'lacking', reason: 'no hooks' },
  'tracing.attach-lsm': { verdict: 'lacking', reason: 'no hooks' },
  'load.tag-sha256': { verdict: 'differs', reason: 'SHA-1' },
  'tcx.before-6-6': 'other-releases',
});

test('a file has every id once, in order, and every reason once', () => {
  expect(encodeFidelityRun(RUN)).toBe(`{
 "version": "6.18.1",
 "release": "6.18",
 "about": "a hand",
 "holds": [
  "perf.full",
  "tcx.full"
 ],
 "lacking": {
  "no hooks": [
   "load.license-lsm",
   "tracing.attach-lsm"
  ]
 },
 "differs": {
  "SHA-1": [
   "load.tag-sha256"
  ]
 },
 "otherReleases": [
  "tcx.before-6-6"
 ]
}
`);
});

test('what a file keeps is the run that it was made of', () => {
  expect(decodeFidelityRun(encodeFidelityRun(RUN))).toEqual(RUN);
});

test('a text that is no such file is refused, with everything that is wrong with it', () => {
  expect(() => decodeFidelityRun('{')).toThrow('decodeFidelityRun: the text is no JSON: "{"');
  expect(() => decodeFidelityRun('[]')).toThrow('decodeFidelityRun: the text must be an object in JSON, not []');
  const wrong = {
    version: '6.18.44',
    release: 6.18,
    about: 'x',
    holds: [1],
    lacking: [],
    differs: {},
    otherReleases: [],
  };
  expect(() => decodeFidelityRun(JSON.stringify(wrong))).toThrow(`decodeFidelityRun: 3 mistakes:
  - release must be a release of Linux, such as "6.18", not 6.18
  - holds must be a list of ids, not [1]
  - lacking must be lists of ids by reason, not []`);
});
