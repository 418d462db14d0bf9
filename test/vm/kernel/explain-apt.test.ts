import { expect, test } from 'vitest';
import { explainApt } from '../../../src/vm/kernel/explain-apt.js';

const explain = (...lines: readonly string[]) =>
  explainApt({ code: 100, output: lines.join('\n') }, { release: 'bookworm', folder: '/cache/apt' });

test('a machine without a network is told, with what does without one', () => {
  expect(
    explain(
      'Err:1 http://deb.debian.org/debian bookworm InRelease',
      "  Temporary failure resolving 'deb.debian.org'",
      "E: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'",
      'E: Some index files failed to download.',
    ),
  ).toMatchObject({
    code: 'ERR_GLOVEBOX_UNSUPPORTED',
    message:
      "a kernel of Debian's bookworm is not available: apt cannot reach a mirror, and none is kept: E: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'. To mend it: connect it, or copy the folder of kernels (GLOVEBOX_CACHE, ~/.cache/glovebox) from a machine that has them, or give the path of an image",
  });
});

test("a machine of another distribution is told that it lacks Debian's keys", () => {
  expect(
    explain(
      'W: GPG error: http://deb.debian.org/debian bookworm InRelease: The following signatures could not be verified: NO_PUBKEY 6ED0E7B82643E131',
      "E: The repository 'http://deb.debian.org/debian bookworm InRelease' is not signed.",
    ),
  ).toMatchObject({
    code: 'ERR_GLOVEBOX_UNSUPPORTED',
    message: expect.stringMatching(
      /^a kernel of Debian's bookworm is not available: this machine lacks Debian's keys: W: GPG error: .* To mend it: apt-get install debian-archive-keyring/,
    ),
  });
});

test('a disk that becomes full is told, with where else', () => {
  expect(explain('E: Write error - write (28: No space left on device)')).toMatchObject({
    code: 'ERR_GLOVEBOX_VM_KERNEL',
    message:
      "The disk of /cache/apt is full: apt could not download a kernel of Debian's bookworm. Free some space, or set GLOVEBOX_CACHE to a folder elsewhere",
  });
});

test('what else apt says is told as it is', () => {
  expect(explain('Reading package lists...', 'E: Hash Sum mismatch')).toMatchObject({
    code: 'ERR_GLOVEBOX_VM_KERNEL',
    message:
      "apt could not download a kernel of Debian's bookworm: E: Hash Sum mismatch\nReading package lists...\nE: Hash Sum mismatch",
  });
  expect(explain().message).toContain('apt answered 100');
});
