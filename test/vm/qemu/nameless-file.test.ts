import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createSmallDisk, createTempFolder } from '../../../src/process/index.js';
import { NamelessFile } from '../../../src/vm/qemu/nameless-file.js';
import { VmError } from '../../../src/vm/vm-error.js';

test('a file without a name is read from its beginning, and is in no folder', () => {
  using folder = createTempFolder();
  using file = new NamelessFile({ folder: folder.path });
  file.write(Buffer.from('content'));
  using again = file.reopen();
  expect(readFileSync(again.number, 'utf8')).toBe('content');
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a folder for temporary files that is not there, or has no such files, is named, with what to do', () => {
  const open = (folder: string) => () => new NamelessFile({ folder, code: 'ERR_GLOVEBOX_VM_SNAPSHOT' });
  expect(open('/nowhere')).toThrow(VmError);
  expect(open('/nowhere')).toThrow(
    'No file can be made in the folder for temporary files, "/nowhere": ENOENT. Set TMPDIR to a folder that this user can write, of a file system that has files without a name, as tmpfs, ext4, xfs and btrfs do',
  );
  expect(open('/proc')).toThrow(expect.objectContaining({ code: 'ERR_GLOVEBOX_VM_SNAPSHOT' }));
});

test('a disk that is full is named, with what to do', () => {
  using disk = createSmallDisk({ sizeBytes: 2 ** 16 });
  using file = new NamelessFile({ folder: disk.path });
  const write = () => file.write(new Uint8Array(2 ** 20));
  expect(write).toThrow(expect.objectContaining({ code: 'ERR_GLOVEBOX_VM_START' }));
  expect(write).toThrow(
    `1 MiB cannot be written to the folder for temporary files, "${disk.path}": ENOSPC. Free some space, or set TMPDIR to a folder elsewhere`,
  );
});
