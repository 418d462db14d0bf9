import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireCapability } from '../../../src/fixtures/requirements/require.js';
import { createTempFolder } from '../../../src/process/journal/temp-folder.js';
import { ProcessError } from '../../../src/process/process-error.js';
import { findVirtiofsd } from '../../../src/vm/share/find-virtiofsd.js';
import { findShareMistakes } from '../../../src/vm/share/folder-share.js';
import { chooseParent, explainShareFailure } from '../../../src/vm/share/share-server.js';
import { Vm } from '../../../src/vm/vm.js';

test('a guest sees folders, and changes what it may and nothing else', { timeout: 60_000 }, async (context) => {
  await requireCapability(context, 'vm');
  using folder = createTempFolder();
  const [inner, all] = [join(folder.path, 'read/inner'), join(folder.path, 'all')];
  mkdirSync(inner, { recursive: true });
  mkdirSync(all);
  writeFileSync(join(folder.path, 'read/file'), 'seen');
  {
    await using vm = await Vm.boot({
      share: [
        { host: join(folder.path, 'read'), guest: '/read', writable: [inner] },
        { host: all, guest: '/all', writable: true },
        { host: all, guest: '/never' },
      ],
    });
    const { stdout } = await vm.run('cat', ['/read/file']);
    expect(stdout).toBe('seen');
    await expect(vm.snapshot()).rejects.toThrow(
      /^vm\.snapshot: the machine sees \S+\/read, \S+\/all, \S+\/all: what of a shared folder it holds open is not in a snapshot/,
    );
    await vm.run('sh', ['-c', 'echo one > /read/inner/one && echo two > /all/two']);
    for (const path of ['/read/three', '/never/three']) {
      // What its own kernel says is not what keeps it from writing.
      const { stderr } = await vm.run('sh', ['-c', `mount -o remount,rw \${0%/*}; echo 3 > $0`, path], {
        allowFailure: true,
      });
      expect(stderr).toContain('Read-only file system');
    }
  }
  expect(readFileSync(join(inner, 'one'), 'utf8')).toBe('one\n');
  expect(readdirSync(all)).toEqual(['two']);
  expect(readdirSync(join(folder.path, 'read')).sort()).toEqual(['file', 'inner']);
});

test('mistakes of shares are told', () => {
  expect(
    findShareMistakes([
      7,
      { host: 'here' },
      { host: '/nowhere' },
      { host: '/etc', guest: '/', writable: ['/usr'] },
      { host: '/etc', writable: 1 },
    ]),
  ).toEqual([
    'share[0] must be { host, guest?, writable? }; received 7',
    'share[1].host must be the absolute path of a folder, without a line end; received "here"',
    'share[2].host is not there: "/nowhere"',
    'share[3].guest must be an absolute path below /; received "/"',
    'share[3].writable has "/usr", which is not within "/etc"',
    'share[4].writable must be true, false or an array of folders; received 1',
  ]);
  expect(findShareMistakes('x')).toEqual(['share must be an array of { host, guest?, writable? }; received "x"']);
});

test('without virtiofsd, the packages that have it are named', () => {
  expect(() => findVirtiofsd(['/nowhere/virtiofsd'])).toThrow(
    'sharing folders with a virtual machine is not available: there is no virtiofsd: looked in /nowhere/virtiofsd and on PATH. To mend it: apt-get install --no-install-recommends virtiofsd, or on Debian 12 and older qemu-system-common',
  );
});

test('a folder for temporary files whose path is too long for a socket is not used for one', () => {
  expect(chooseParent('/var/tmp')).toBe('/var/tmp');
  expect(chooseParent(`/home/someone/${'long/'.repeat(10)}tmp`)).toBe('/tmp');
});

test('an ordinary user who may not serve a folder is told what it takes', () => {
  const refusal = (line: string) =>
    explainShareFailure(
      { host: '/src' },
      new ProcessError('ERR_GLOVEBOX_PROCESS_NOT_READY', { message: 'unshare ended', logTail: [line] }),
    );
  expect(refusal('setgroups() failed with error=1:Operation not permitted')).toMatchObject({
    code: 'ERR_GLOVEBOX_UNSUPPORTED',
    message:
      'sharing folders with a virtual machine is not available: this user may not serve /src: setgroups() failed with error=1:Operation not permitted. To mend it: run it as root: the virtiofsd of QEMU up to 7.2 serves root alone, and that in Rust (the package virtiofsd) other users too',
  });
  expect(refusal('unshare: unshare failed: Operation not permitted')).toMatchObject({
    fix: 'run it as root, or allow user namespaces: glovebox doctor tells what forbids them',
  });
  expect(refusal('a bug')).toMatchObject({
    code: 'ERR_GLOVEBOX_VM_START',
    message: '/src could not be shared: virtiofsd did not begin to serve it\n  QEMU wrote:\n    a bug',
  });
});
