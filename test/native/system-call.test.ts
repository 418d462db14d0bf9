import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { expect, test } from 'vitest';
import { CStruct, toCString } from '../../src/native/c-struct.js';
import { FileDescriptor } from '../../src/native/file-descriptor.js';
import { openPath } from '../../src/native/open-path.js';
import { syscallNumber } from '../../src/native/syscall-numbers.js';
import { requireResult, systemCall, systemCallInPool } from '../../src/native/system-call.js';
import { TYPESCRIPT } from '../support/typescript.js';

const AT_FDCWD = -100;

test('a system call answers what the kernel does', () => {
  expect(systemCall('gettid')).toBe(process.pid);
});

test('a refusal is the negative number of the error', () => {
  expect(systemCall('openat', AT_FDCWD, toCString('/no/such/file'), 0, 0)).toBe(-2);
  expect(systemCall('close', 1_000_000)).toBe(-9);
});

test('a refusal becomes an error with the name, the call and what was asked', () => {
  const describe = { syscall: 'open', action: 'open "/x"' };
  expect(() => requireResult(-13, describe)).toThrow('open "/x": EACCES: permission denied, open');
  expect(() => requireResult(-4000, describe)).toThrow('unknown error number 4000');
  expect(requireResult(7, describe)).toBe(7);
});

test('bytes written through a pointer arrive, also beyond what V8 keeps on its own heap', () => {
  const zero = openSync('/dev/zero', 'r');
  try {
    for (const size of [1, 64, 65, 100_000]) {
      const bytes = new Uint8Array(size).fill(7);
      expect(systemCall('read', zero, bytes, size)).toBe(size);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
    }
  } finally {
    closeSync(zero);
  }
});

test('a slice of a buffer is passed from where it begins', () => {
  const path = new TextEncoder().encode('xxxx/dev/null\0');
  using opened = new FileDescriptor(systemCall('openat', AT_FDCWD, path.subarray(4), 0, 0));
  expect(opened.number).toBeGreaterThan(2);
});

test('structures that point to structures are laid out at the time of the call', () => {
  // writev(2) is not in the table; capget(2) reads one structure and writes another.
  const header = new CStruct(8).u32(0, 0x20080522);
  const data = new CStruct(24);
  expect(systemCall('capget', header, data)).toBe(0);
  const status = execFileSync('grep', ['CapEff', `/proc/${process.pid}/status`], { encoding: 'utf8' });
  const effective = BigInt(`0x${status.trim().split(/\s+/)[1]}`);
  expect((BigInt(data.readU32(12)) << 32n) | BigInt(data.readU32(0))).toBe(effective);
});

test('a descriptor is closed once, and its number is free after that', () => {
  const before = readdirSync('/proc/self/fd').length;
  const opened = openPath('/dev/null');
  const copy = opened.duplicate();
  expect(copy.number).not.toBe(opened.number);
  opened.close();
  opened.close();
  copy.close();
  expect(opened.closed).toBe(true);
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});

test('text for C has a NUL at its end and none before', () => {
  expect([...toCString('hé')]).toEqual([104, 195, 169, 0]);
  expect(() => toCString('a\0b')).toThrow('has a NUL character in it');
});

test('numbers of system calls are those of the processor', () => {
  expect([syscallNumber('bpf', 'x64'), syscallNumber('bpf', 'arm64')]).toEqual([321, 280]);
  expect([syscallNumber('setns', 'x64'), syscallNumber('setns', 'arm64')]).toEqual([308, 268]);
});

test('a thousand calls at once in the pool of threads all get their turn', async () => {
  const fds = Array.from({ length: 1000 }, () => openSync('/dev/null', 'r'));
  const closed = await Promise.all(fds.map((fd) => systemCallInPool('close', fd)));
  expect(closed.filter((isClosed) => !isClosed)).toEqual([]);
  expect(await systemCallInPool('close', -1)).toBe(false);
});

test('without koffi, glovebox is imported all the same, and a system call says what to install', () => {
  const script = `
    import { registerHooks } from 'node:module';
    import module from 'node:module';
    const load = module._load;
    module._load = (name, ...rest) => { if (name === 'koffi') throw new Error('no binary'); return load(name, ...rest); };
    await import('./src/index.ts');
    const { systemCall } = await import('./src/native/system-call.ts');
    try { systemCall('gettid'); } catch (error) { console.log(error.name, error.fix); }
  `;
  const args = [...TYPESCRIPT, '--input-type=module', '--eval', script];
  const said = execFileSync(process.execPath, args, { encoding: 'utf8' });
  expect(said.trim()).toBe(
    'UnsupportedError install again without --omit=optional (npm install koffi), on the platform the tests run on',
  );
});

test('elsewhere than on Linux, a system call is unsupported and names the platform', () => {
  const script = `
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    await import('./src/index.ts');
    await import('./src/kernel/index.ts');
    const { systemCall } = await import('./src/native/system-call.ts');
    try { systemCall('gettid'); } catch (error) { console.log(error.message); }
  `;
  const args = [...TYPESCRIPT, '--input-type=module', '--eval', script];
  const said = execFileSync(process.execPath, args, { encoding: 'utf8' });
  expect(said).toContain('system calls is not available');
  expect(said).toContain(`this is darwin on ${process.arch}`);
});
