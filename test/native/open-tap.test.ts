import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTap } from '../../src/native/open-tap.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';

test('a device file that is not there is told with what makes it', () => {
  expect(() => openTap('tap0', '/nowhere/tun')).toThrow(
    expect.objectContaining({
      code: 'ERR_GLOVEBOX_UNSUPPORTED',
      capability: 'tun',
      message:
        'tun is not available: /nowhere/tun cannot be opened (ENOENT). To mend it: as root, ' +
        "sh -c 'mkdir -p /dev/net && mknod -m 0666 /dev/net/tun c 10 200'; a container is started with --device /dev/net/tun",
    }),
  );
});

test('a file that is no such device stays what the kernel says of it', () => {
  using folder = createTempFolder();
  const path = join(folder.path, 'tun');
  writeFileSync(path, '');
  expect(() => openTap('tap0', path)).toThrow(expect.objectContaining({ code: 'ENOTTY' }));
});
