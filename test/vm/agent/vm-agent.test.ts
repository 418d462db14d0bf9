import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { AgentProcess } from '../../../src/vm/agent/agent-process.js';
import { VmAgent } from '../../../src/vm/agent/vm-agent.js';
import { connectAgent, startAgent } from './start-agent.js';

async function finish(program: AgentProcess): Promise<readonly [string, string, unknown]> {
  program.stdin.end();
  return await Promise.all([text(program.stdout), text(program.stderr), program.exit]);
}

test('the agent says which kernel it is on', async () => {
  const agent = await connectAgent();
  expect(agent.hello.release).toBe(readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
  expect(agent.hello.version).toBe(1);
  expect((await agent.ping()).uptimeMs).toBeGreaterThan(agent.hello.uptimeMs);
});

test('a program has its two outputs apart and its exit code', async () => {
  const agent = await connectAgent();
  const program = agent.exec({ argv: ['sh', '-c', 'echo to out; echo to err >&2; exit 7'] });
  expect(await finish(program)).toEqual(['to out\n', 'to err\n', { code: 7, signal: null }]);
});

test('arguments, environment and folder arrive as they are, through no shell', async () => {
  const agent = await connectAgent();
  const argv = ['sh', '-c', 'printf "%s|" "$@"; pwd; env', 'sh', '$HOME `id`', '', 'a \'b\' "c"', 'ünï\n'];
  const program = agent.exec({ argv, env: { PATH: '/usr/bin:/bin', ONLY: 'this one' }, cwd: agent.folder });
  const [out] = await finish(program);
  expect(out).toContain(`$HOME \`id\`||a 'b' "c"|ünï\n|${agent.folder}\n`);
  expect(out.split('\n').filter((line) => line.startsWith('ONLY'))).toEqual(['ONLY=this one']);
  expect(out).not.toContain('HOME=');
});

test('a program that is not there is ENOENT, a folder likewise, and each says what failed', async () => {
  const agent = await connectAgent();
  await expect(agent.exec({ argv: ['no-such-program'] }).started).rejects.toMatchObject({
    code: 'ENOENT',
    syscall: 'execve',
    message:
      'run "no-such-program" in the guest: ENOENT: no such file or directory, execve. The guest has the programs of BusyBox and what is written into it or shared with it; one that is linked with libraries needs these there, too',
  });
  await expect(agent.exec({ argv: ['true'], cwd: '/no/such' }).exit).rejects.toMatchObject({ syscall: 'chdir' });
  await expect(agent.exec({ argv: ['/etc/passwd'] }).exit).rejects.toThrow('{ mode: 0o755 }');
});

test('input goes to a program until it ends, more than any pipe holds', async () => {
  const agent = await connectAgent();
  const content = randomBytes(1_000_000).toString('hex');
  const program = agent.exec({ argv: ['cat'] });
  program.stdin.end(content);
  expect((await text(program.stdout)) === content).toBe(true);
  expect(await program.exit).toEqual({ code: 0, signal: null });
});

test('a signal ends a program, and is told as such', async () => {
  const agent = await connectAgent();
  const program = agent.exec({ argv: ['sleep', '1000'] });
  await program.started;
  program.signal('SIGTERM');
  expect(await program.exit).toEqual({ code: null, signal: 'SIGTERM' });
});

test('a flood that nobody reads stops no other program, and stops itself', async () => {
  const agent = await connectAgent();
  const flood = agent.exec({ argv: ['sh', '-c', 'exec cat /dev/zero'] });
  await flood.started;
  const [out] = await finish(agent.exec({ argv: ['echo', 'through'] }));
  expect(out).toBe('through\n');
  expect(flood.stdout.readableLength).toBeLessThan(1_000_000);
  flood.signal('SIGKILL');
  flood.stdout.resume();
  expect(await flood.exit).toEqual({ code: null, signal: 'SIGKILL' });
});

test('many programs run at once, and each gets its own', async () => {
  const agent = await connectAgent();
  const runs = Array.from({ length: 50 }, (_, index) => finish(agent.exec({ argv: ['echo', String(index)] })));
  expect((await Promise.all(runs)).map(([out]) => out)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}\n`));
});

test('a program can have another user, and a terminal', async () => {
  const agent = await connectAgent();
  const [who] = await finish(agent.exec({ argv: ['sh', '-c', 'id -u; id -g; id -G'], uid: 65534, gid: 100 }));
  expect(who).toBe('65534\n100\n100\n');
  const terminal = agent.exec({ argv: ['sh', '-c', 'stty size; tty'], pty: { rows: 33, columns: 101 } });
  const [screen, none] = await finish(terminal);
  expect(screen).toMatch(/^33 101\r\n\/dev\/pts\/\d+\r\n$/);
  expect(none).toBe('');
});

test('files go in and out whole, with their mode', async () => {
  const agent = await connectAgent();
  const content = randomBytes(3_000_001);
  const path = join(agent.folder, 'file');
  await agent.writeFile(path, content, { mode: 0o4751 });
  expect(statSync(path).mode & 0o7777).toBe(0o4751);
  expect((await agent.readFile(path)).equals(content)).toBe(true);
  await agent.writeFile(path, 'short');
  await agent.writeFile(path, ' and more', { append: true });
  expect(String(await agent.readFile(path))).toBe('short and more');
  await agent.writeFile(path, '');
  expect((await agent.readFile(path)).length).toBe(0);
});

test('files that cannot be are the kernel’s errors', async () => {
  const agent = await connectAgent();
  await expect(agent.readFile('/no/such')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(agent.readFile('/tmp')).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(agent.writeFile('/no/such', randomBytes(500_000))).rejects.toMatchObject({
    code: 'ENOENT',
    message: 'write "/no/such" in the guest: ENOENT: no such file or directory, openat',
  });
  await expect(agent.writeFile('/dev/full', randomBytes(500_000))).rejects.toMatchObject({ code: 'ENOSPC' });
  expect((await agent.ping()).uptimeMs).toBeGreaterThan(0);
});

test('what a program does not read any more is EPIPE for the writer', async () => {
  const agent = await connectAgent();
  const program = agent.exec({ argv: ['sh', '-c', 'exec <&-; sleep 1000'] });
  const failure = new Promise((resolve) => program.stdin.on('error', resolve));
  program.stdin.write(randomBytes(500_000));
  expect(await failure).toMatchObject({ code: 'EPIPE' });
  program.signal('SIGKILL');
});

test('other bytes on the line are skipped', async () => {
  const { port } = startAgent();
  port.write('[    1.0] a kernel speaks\r\n');
  const agent = await VmAgent.connect(port, { timeoutMs: 5000 });
  port.write(randomBytes(300));
  expect((await finish(agent.exec({ argv: ['echo', 'fine'] })))[0]).toBe('fine\n');
  agent.close();
});

test('another client takes over, in the middle of a frame of the first; programs go on unheard', async () => {
  const { port, folder } = startAgent();
  const first = await VmAgent.connect(port, { timeoutMs: 5000 });
  const path = join(folder, 'late');
  const program = first.exec({ argv: ['sh', '-c', `head -c 2000000 /dev/zero; echo $? > ${path}; exec sleep 1000`] });
  await program.started;
  port.removeAllListeners();
  const { encodeFrame } = await import('../../../src/vm/agent/frame.js');
  port.write(encodeFrame(4, 99, Buffer.alloc(100_000), 7).subarray(0, 50_000));
  const second = await VmAgent.connect(port, { timeoutMs: 5000 });
  await expect.poll(async () => String(await second.readFile(path).catch(() => ''))).toBe('0\n');
  second.close();
});

test('a frame that was lost is told to everybody who waits', async () => {
  const { port } = startAgent();
  const agent = await VmAgent.connect(port, { timeoutMs: 5000 });
  const program = agent.exec({ argv: ['sleep', '1000'] });
  await program.started;
  const { encodeFrame } = await import('../../../src/vm/agent/frame.js');
  port.write(encodeFrame(2, 1, Buffer.alloc(8), 500));
  await expect(program.exit).rejects.toMatchObject({
    code: 'ERR_GLOVEBOX_VM_LOST',
    message: 'frames to the agent in the guest were lost: its line is damaged',
  });
});

test('a guest that dies in the middle fails whatever waits', async () => {
  const { port, child } = startAgent();
  const agent = await VmAgent.connect(port, { timeoutMs: 5000 });
  const program = agent.exec({ argv: ['sleep', '1000'] });
  const pid = await program.started;
  child.kill('SIGKILL');
  await expect(program.exit).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_VM_LOST' });
  await expect(agent.ping()).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_VM_LOST' });
  process.kill(pid, 'SIGKILL');
});

test('a peer that never answers is given up, with what came', async () => {
  const silent = new PassThrough();
  await expect(VmAgent.connect(silent, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_TIMEOUT' });
});

test('mistakes of a request are told all at once', async () => {
  const agent = await connectAgent();
  expect(() => agent.exec({ argv: [], cwd: 'a\0b' })).toThrow(
    'exec: 2 mistakes:\n  - argv must name a program: it is empty\n  - cwd contains a NUL character: "a\\u0000b"',
  );
  await expect(agent.readFile('relative')).rejects.toThrow(
    'readFile: the path in the guest must be absolute, without NUL characters: "relative"',
  );
});
