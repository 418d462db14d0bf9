import { expect, test } from 'vitest';
import { findKernelVersion } from '../../src/contract/release.js';
import { isReleaseBefore } from '../../src/kernel/release.js';

test('releases come in the order of their numbers', () => {
  expect(isReleaseBefore('5.10', '5.9')).toBe(false);
  expect(isReleaseBefore('5.9', '5.10')).toBe(true);
  expect(isReleaseBefore('6.1', '5.19')).toBe(false);
  expect(isReleaseBefore('6.18', '6.18')).toBe(false);
});

test.each([
  ['6.18.44-some-cloud1', '#1 SMP PREEMPT_DYNAMIC @0', '6.18.44'],
  ['6.1.0-56-cloud-amd64', '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)', '6.1.192'],
  ['6.12.117+deb12-amd64', '#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1~bpo12+1 (2026-11-01)', '6.12.117'],
  ['7.2-rc1', '#1 SMP', '7.2'],
  ['unknown', '', 'unknown'],
])('the version of %s, "%s", is %s', (release, build, version) => {
  expect(findKernelVersion(release, build)).toBe(version);
});
