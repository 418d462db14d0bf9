import { expect, test } from 'vitest';
import { findUnifiedMount } from '../../../src/process/proc/unified-cgroup.js';

test('the mount of control groups of version 2 is found beside those of version 1, with a space in its path', () => {
  const rows = [
    'cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0',
    'cgroup2 /sys/fs/cgroup\\040two cgroup2 rw,nosuid 0 0',
  ];
  expect(findUnifiedMount(rows.join('\n'))).toBe('/sys/fs/cgroup two');
  expect(findUnifiedMount(rows[0] ?? '')).toBeUndefined();
});
