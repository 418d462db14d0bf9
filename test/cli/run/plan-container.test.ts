import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { refuseRemote } from '../../../src/cli/run/container/containers-of-a-run.js';
import { explainNotStarted } from '../../../src/cli/run/container/explain-not-started.js';
import { planImageEnvironment, planImageFolders } from '../../../src/cli/run/container/image-folders.js';
import { findMountPoints, planMachineFiles } from '../../../src/cli/run/container/machine-files.js';
import { readContainerFlags } from '../../../src/cli/run/container/read-container-flags.js';
import { planRights } from '../../../src/cli/run/container/rights.js';
import { relayOutput } from '../../../src/container/relay-output.js';

describe('flags of --as container', () => {
  const read = (flags: object) => {
    const problems: string[] = [];
    return { request: readContainerFlags(flags, problems), problems };
  };

  test('name an image, or what one is built from, and rights as they are written everywhere', () => {
    const { request, problems } = read({
      image: 'debian:12',
      capAdd: 'net_admin,CAP_SYS_ADMIN',
      writable: ['a', 'b,c'],
    });
    expect(request).toEqual({
      image: 'debian:12',
      writable: ['a', 'b', 'c'],
      isPrivileged: false,
      capabilities: ['NET_ADMIN', 'SYS_ADMIN'],
    });
    expect(problems).toEqual([]);
    expect(read({ build: '/there' }).request.image).toEqual({ build: '/there' });
  });

  test('that make no sense are all told', () => {
    expect(read({ image: ['a', 'b'], build: 'c', capAdd: '7x' }).problems).toEqual([
      '--image and --build exclude each other: an image is had by its name, or built',
      '--image takes the name of one image, not ["a","b"]',
      '--cap-add takes names of capabilities, such as net_admin,sys_admin, not "7x"',
    ]);
  });
});

describe('what a container of an image has of this machine', () => {
  const mount = (path: string) => ({ host: path, guest: path });

  test('is the project at its path, read-only, and folders that may be changed', () => {
    expect(planImageFolders('/home/u/p/sub', '/home/u/p', ['/home/u/p/out'])).toEqual({
      mounts: [mount('/home/u/p'), { ...mount('/home/u/p/out'), writable: true }],
      workingFolder: '/home/u/p/sub',
    });
    expect(planImageFolders('/home/u/p', '/home/u/p', ['/home/u/p'])).toEqual({
      mounts: [{ ...mount('/home/u/p'), writable: true }],
      workingFolder: '/home/u/p',
    });
  });

  test('is the folder where there is no project, or one that is elsewhere, too', () => {
    expect(planImageFolders('/srv/x', undefined, []).mounts).toEqual([mount('/srv/x')]);
    expect(planImageFolders('/srv/x', '/home/u/p', []).mounts).toEqual([mount('/srv/x'), mount('/home/u/p')]);
  });

  test.each(['/', '/usr', '/tmp'])('is never %s, which would hide what is of the image', (folder) => {
    expect(planImageFolders(folder, undefined, [])).toEqual({ mounts: [] });
  });

  test('is no variable that names a place here, unless it is asked for', () => {
    const all = { PATH: '/home/u/bin', HOME: '/home/u', CI: '1', NODE_OPTIONS: '-r x', NODE_ENV: 'test', LANG: 'C' };
    expect(planImageEnvironment(all, [])).toEqual({ CI: '1', NODE_ENV: 'test', LANG: 'C' });
    expect(planImageEnvironment(all, ['HOME'])).toHaveProperty('HOME', '/home/u');
  });
});

describe('a container with the files of this machine', () => {
  const mountinfo = [
    '22 1 254:0 / / rw - ext4 /dev/vda rw',
    '23 22 0:21 / /proc rw - proc proc rw',
    '30 22 254:1 / /builds rw - ext4 /dev/vdb rw',
    '31 30 254:2 / /builds/with\\040space rw - ext4 /dev/vdc rw',
    '32 22 254:3 / /build rw - ext4 /dev/vdd rw',
    '33 22 0:44 / /run/user/0 rw - tmpfs tmpfs rw',
  ].join('\n');

  test('sees the file systems that its folders are in, the outer before the inner', () => {
    expect(findMountPoints(mountinfo, ['/builds/with space/p', '/run/user/0/x', '/proc/self'])).toEqual([
      '/builds',
      '/builds/with space',
    ]);
    expect(findMountPoints(mountinfo, ['/buildsother', '/home/u'])).toEqual([]);
  });

  test('may change nothing but what is writable, and loses the right to mount, unless that is asked for', () => {
    const request = { command: ['true'], cwd: '/', writable: ['/tmp'], keepsMounting: false };
    const { mounts, command } = planMachineFiles(request);
    expect(mounts.filter((each) => each.writable === true)).toEqual([
      { host: '/tmp', guest: '/writable-1', writable: true },
    ]);
    expect(mounts[0]).toEqual({ host: '/', guest: '/host' });
    expect(command).toContain('setpriv --bounding-set=-sys_admin --');
    expect(planMachineFiles({ ...request, keepsMounting: true }).command).not.toContain(
      'setpriv --bounding-set=-sys_admin --',
    );
  });
});

describe('rights in a container', () => {
  test('of networks include their settings, and no other of the kernel', () => {
    const { readonlyPaths = [] } = planRights({ capabilities: ['NET_ADMIN'], isPrivileged: false }, { isLocal: false });
    expect(readonlyPaths).toContain('/proc/sys/kernel');
    expect(readonlyPaths).not.toContain('/proc/sys');
    expect(planRights({ capabilities: ['SYS_ADMIN'], isPrivileged: false }, { isLocal: true })).toEqual({
      addCapabilities: ['SYS_ADMIN'],
      isPrivileged: false,
    });
  });
});

describe('a remote engine', () => {
  const engine = { isLocal: false, address: 'tcp://10.0.0.9:2375' };

  test('runs images, and is refused by name where it would need files of this machine', () => {
    expect(() => refuseRemote(engine, { image: 'some:1', writable: [] })).not.toThrow();
    expect(() => refuseRemote(engine, { writable: [] })).toThrow(
      'glovebox run --as container without an image is not available: the engine at tcp://10.0.0.9:2375 is remote, and sees no file of this machine. To mend it: name an image with --image or --build, or use an engine of this machine: unset DOCKER_HOST',
    );
    expect(() => refuseRemote(engine, { image: 'some:1', writable: ['out'] })).toThrow('--writable is not available');
  });
});

describe('what was not started', () => {
  const tail = (reason: string) => `before\n[FATAL tini (7)] exec x failed: ${reason}\n`;
  const explain = (name: string, code: number, reason: string) =>
    explainNotStarted({ command: [name], image: 'some:1' }, { code, tail: tail(reason), isOutOfMemory: false });

  test.each([
    ['x', 127, 'there is no program "x" in the image "some:1"'],
    ['./no-such-file', 127, 'there is no file "./no-such-file" in the image "some:1"'],
    ['./package.json', 127, '"./package.json" is there, and what it takes to start is not in the image "some:1"'],
    ['./x', 126, '"./x" may not be executed in the image "some:1"'],
  ])('is explained: %s, %i', (name, code, start) => {
    expect(explain(name, code, 'No such file or directory')).toMatch(new RegExp(`^${start.replaceAll('.', '\\.')}`));
  });

  test('is told from a program that was, and exits with such a code', () => {
    expect(explain('sh', 1, 'No such file or directory')).toBeUndefined();
    const exit = { code: 127, tail: 'sh: x: not found\n', isOutOfMemory: false };
    expect(explainNotStarted({ command: ['sh'], image: 'some:1' }, exit)).toBeUndefined();
  });
});

describe('what an engine sends of both outputs', () => {
  const frame = (stream: number, content: string): Buffer => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(content), 4);
    return Buffer.concat([header, Buffer.from(content)]);
  };

  test.each([1, 3, 7, 8, 1000])('is divided, however it is cut: in pieces of %i', async (size) => {
    const bytes = Buffer.concat([frame(1, 'one '), frame(2, 'error'), frame(1, ''), frame(1, 'two')]);
    const source = new PassThrough();
    for (let at = 0; at < bytes.length; at += size) source.write(bytes.subarray(at, at + size));
    source.end();
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const seen: Buffer[] = [];
    await relayOutput(source, { stdout, stderr }, (piece) => seen.push(piece));
    stdout.end();
    stderr.end();
    expect([await text(stdout), await text(stderr)]).toEqual(['one two', 'error']);
    expect(Buffer.concat(seen).toString()).toBe('one errortwo');
  });

  test('waits for who takes it, and ends when nobody does any more', async () => {
    const source = new PassThrough();
    const slow = new PassThrough({ highWaterMark: 1 });
    const relayed = relayOutput(source, { stdout: slow, stderr: slow });
    source.end(Buffer.concat([frame(1, 'a'.repeat(100)), frame(1, 'b'.repeat(100))]));
    expect(String(slow.read() ?? (await new Promise((resolve) => slow.once('data', resolve))))).toContain('a');
    slow.destroy(new Error('nobody reads'));
    await expect(relayed).rejects.toThrow('nobody reads');
  });
});
