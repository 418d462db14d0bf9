import { expect, test } from 'vitest';
import { FakeNetIfaceResolver } from '../../../src/fakes/interfaces/fake-net-iface-resolver.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { instrument } from '../../../src/faults/instrument.js';

/** A call as JavaScript may make it, whatever the types say; what it throws or is rejected with. */
async function fail(target: object, method: string, ...args: readonly unknown[]): Promise<unknown> {
  try {
    await Reflect.apply(Reflect.get(target, method), target, args);
  } catch (error) {
    return error;
  }
  throw new Error(`${method} was accepted`);
}

test.each<[unknown, string]>([
  [null, 'FakeKernel: options must be an object; received null'],
  [{ profil: '6.1' }, 'FakeKernel: "profil" is no option. Did you mean "profile"?'],
  [
    {
      faults: {},
      interfaces: 5,
      clock: 'now',
      verifier: 1,
      hasTarget: null,
      memlockLimitBytes: '5',
      bpffsMounts: [['/']],
    },
    [
      'FakeKernel: 7 mistakes:',
      '  - faults must be a FaultPlan, not {}',
      '  - interfaces must be a FakeNetIfaceResolver, not 5',
      '  - clock must be a Clock, not "now"',
      '  - bpffsMounts must be a list of absolute paths, not [["/"]]',
      '  - memlockLimitBytes must be a number of bytes from 0, not "5"',
      '  - verifier must be a function, not 1',
      '  - hasTarget must be a function, not null',
    ].join('\n'),
  ],
])('a kernel cannot be made with options %j', (options, message) => {
  expect(() => Reflect.construct(FakeKernel, [options])).toThrow(
    expect.objectContaining({ name: 'UsageError', message }),
  );
});

test.each<[string, readonly unknown[], string]>([
  ['setNextId', ['foo', 0], 'FakeKernel.setNextId: 2 mistakes:\n  - kind "foo" is unknown'],
  ['failOnAttach', ['xpd', 'EBUSY'], 'FakeKernel.failOnAttach: type "xpd" is unknown; there are xdp, tc,'],
  ['failOnProgram', ['', 'EBUSY'], 'FakeKernel.failOnProgram: name must be a non-empty string, not ""'],
  ['failOnDetach', [null, 'EBUSY'], 'FakeKernel.failOnDetach: linkId must be a whole number from 1 to'],
  ['failOnUnload', [{}, 'EBUSY'], 'FakeKernel.failOnUnload: program must be a non-empty string, not {}'],
  ['rejectProgram', ['a', 'no'], 'FakeKernel.rejectProgram: a verdict must be { log'],
  ['rejectProgram', ['a', { log: '', code: 'EFOO' }], "code must be the name of an error of Linux such as 'EINVAL'"],
  ['setMemoryExhausted', ['yes'], 'FakeKernel.setMemoryExhausted: exhausted must be true or false, not "yes"'],
  ['injectMap', [null], 'injectMap: expected an object, not null'],
  ['injectMap', [{ name: 'a', type: 'hsh' }], 'injectMap: 4 mistakes:\n  - type "hsh" is unknown'],
  ['injectPin', ['x', { kind: 'file', id: 0 }], 'injectPin: 3 mistakes:\n  - path must be an absolute path'],
  ['injectXdp', [undefined], 'injectXdp: expected an object, not undefined'],
  ['injectXdp', [{ ifindex: 0, via: 'hand' }], 'injectXdp: 2 mistakes:\n  - via "hand" is unknown'],
  ['process', [{ netns: 5 }], 'FakeKernel.process: netns must be an absolute path'],
  ['diff', [{}], 'FakeKernel.diff: before must be a snapshot of a kernel, not {}'],
  ['updateLink', [1, 1, null], 'updateLink: options must be an object; received null'],
  ['attach', [{ type: 'extension', program: 1, target: null }], 'target must name a program and a function, not null'],
  ['unpin', ['/sys/fs/bpf/a\0b'], 'unpin: path must be an absolute path'],
  [
    'load',
    [
      {
        name: 'a',
        type: 'xdp',
        code: { object: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), section: 5, program: '' },
        staticFunctions: ['f', 'f'],
        flags: -1,
        verifierLog: { level: '1', keep: 'middle' },
      },
    ],
    [
      'load "a": 7 mistakes:',
      '  - code.section must be a non-empty string, not 5',
      '  - code.program must be a non-empty string, not ""',
      '  - staticFunctions names "f" twice',
      '  - flags must be a whole number from 0 to 4294967295, not -1',
      '  - verifierLog.level must be a whole number from 0 to 4294967295, not "1"',
      '  - verifierLog.sizeBytes must be a whole number from 0 to 4294967295, not undefined',
      '  - verifierLog.keep "middle" is unknown; there are tail, head',
    ].join('\n'),
  ],
  [
    'load',
    [{ name: 'a', type: 'xdp', verifierLog: 4096, staticFunctions: 'f' }],
    [
      'load "a": 2 mistakes:',
      '  - staticFunctions must be a list of names, not "f"',
      '  - verifierLog must say how long the log may be, { sizeBytes }, not 4096',
    ].join('\n'),
  ],
  ['attach', [{ type: 'fentry', program: 1, target: 5 }], 'target must name a program and a function, not 5'],
  [
    'attach',
    [{ type: 'extension', program: 1, target: { program: 'a', functionName: 5 }, flags: 1.5 }],
    [
      'attach "extension": 3 mistakes:',
      '  - flags must be a whole number from 0 to 4294967295, not 1.5',
      '  - target.program must be a program or its id, not "a"',
      '  - target.functionName must be a non-empty string, not 5',
    ].join('\n'),
  ],
  [
    'updateLink',
    [1, 1, { replace: 'yes', flags: '4' }],
    '  - replace must be true or false, not "yes"\n  - flags must',
  ],
  ['createMap', [{ name: 'a', type: 'hash' }, null], 'createMap: options must be an object; received null'],
  [
    'createMap',
    [{ name: 'a', type: 'array', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1 }, { pinnedAt: 'a' }],
    'createMap "a": pinnedAt must be an absolute path',
  ],
  [
    'queryTcx',
    [{ ifindex: 2, direction: 'ingress' }, { limit: 0 }],
    'limit must be a whole number from 1 to 65535, not 0',
  ],
  ['queryTcx', [{ ifindex: 2, direction: 'ingress' }, 5], 'queryTcx: options must be an object; received 5'],
])('%s refuses %j, and nothing has changed', async (method, args, message) => {
  const kernel = new FakeKernel();
  const before = kernel.snapshot();
  expect(await fail(kernel, method, ...args)).toMatchObject({
    name: 'UsageError',
    message: expect.stringContaining(message),
  });
  expect(kernel.diff(before)).toEqual([]);
  expect([kernel.faults.faults(), kernel.operations({ reads: true })]).toEqual([[], []]);
});

test('a proxy around a handle is told apart from the handle', async () => {
  const kernel = new FakeKernel();
  const program = await kernel.load({ name: 'a', type: 'xdp' });
  const { proxy, revoke } = Proxy.revocable(program, {});
  const wrapped = instrument(program, { faults: kernel.faults, point: 'program' });
  revoke();
  expect(await fail(kernel, 'unload', wrapped)).toMatchObject({
    name: 'UsageError',
    message: expect.stringContaining('An object around a handle is none: give the handle itself, or its id'),
  });
  expect(await fail(kernel, 'unload', proxy)).toMatchObject({ name: 'UsageError' });
  expect(kernel.programCount()).toBe(1);
});

test('a verifier or a list of targets that answers later is a mistake, not a verdict', async () => {
  const verifying: unknown = Reflect.construct(FakeKernel, [{ verifier: async () => undefined }]);
  const searching: unknown = Reflect.construct(FakeKernel, [{ hasTarget: async () => false }]);
  if (!(verifying instanceof FakeKernel && searching instanceof FakeKernel)) throw new Error('no kernels');
  expect(await fail(verifying, 'load', { name: 'a', type: 'xdp' })).toMatchObject({
    message: "FakeKernel verifier: a verdict must be { log: '…' }, code or not, or undefined; received [Promise]",
  });
  expect(await fail(searching, 'load', { name: 'a', type: 'fentry', attachTo: 'f' })).toMatchObject({
    message: 'FakeKernel hasTarget: it must answer true or false; received [Promise]',
  });
  expect([verifying.programCount(), searching.programCount()]).toEqual([0, 0]);
});

test('names and paths count in bytes, and none is too long for the model itself', async () => {
  const { bpffs } = new FakeKernel();
  const tooLong = { code: 'ENAMETOOLONG' };
  await expect(bpffs.mkdir(`/sys/fs/bpf/${'é'.repeat(128)}`)).rejects.toMatchObject(tooLong);
  await expect(bpffs.mkdir(`/sys/fs/bpf${'/a'.repeat(20_000)}`, { recursive: true })).rejects.toMatchObject(tooLong);
  await bpffs.mkdir(`/sys/fs/bpf/${'é'.repeat(127)}`);
  expect(await bpffs.readdir('/sys/fs/bpf')).toHaveLength(1);
});

test('a key of a hash map may be long', async () => {
  const kernel = new FakeKernel();
  const sizes = { keySizeBytes: 300_000, valueSizeBytes: 1, maxEntries: 2 };
  const map = await kernel.createMap({ name: 'long', type: 'hash', ...sizes });
  await map.update(new Uint8Array(300_000).fill(200), Uint8Array.of(7));
  expect(await map.lookup(new Uint8Array(300_000).fill(200))).toEqual(Uint8Array.of(7));
});

test.each<[string, readonly unknown[], string]>([
  ['add', ['v0', null], 'options must be an object; received null'],
  [
    'add',
    ['v0', { addresses: 5, up: 'yes' }],
    '2 mistakes:\n  - up must be true or false, not "yes"\n  - addresses must be',
  ],
  ['interfaceByName', [undefined], 'name must be a non-empty string, not undefined'],
  ['interfaceByIndex', ['2'], 'index must be a number, not "2"'],
  ['setUp', ['eth0', 5], 'netns must be the path of a network namespace, not 5'],
  ['onRemove', [5], 'listener must be a function, not 5'],
  [
    'addAddress',
    ['eth0', { address: '::1]/x', prefixLength: 64, family: 6 }],
    'address "::1]/x" is not an IPv6 address',
  ],
])('interfaces: %s refuses %j', async (method, args, message) => {
  const interfaces = new FakeNetIfaceResolver();
  const before = await interfaces.interfaces();
  expect(await fail(interfaces, method, ...args)).toMatchObject({
    name: 'UsageError',
    message: expect.stringContaining(message),
  });
  expect(await interfaces.interfaces()).toEqual(before);
});

test.each<[string, (kernel: FakeKernel) => unknown]>([
  ['failOnProgram', (kernel) => kernel.failOnProgram('a', 'EIO')],
  ['failOnNthLoad', (kernel) => kernel.failOnNthLoad(1, 'EIO')],
  ['failOnAttach', (kernel) => kernel.failOnAttach('xdp', 'EIO')],
  ['failOnDetach', (kernel) => kernel.failOnDetach(1, 'EIO')],
  ['failOnUnload', (kernel) => kernel.failOnUnload('a', 'EIO')],
  ['failOnDispatcherCreate', (kernel) => kernel.failOnDispatcherCreate('EIO')],
  ['failOnDispatcherCleanup', (kernel) => kernel.failOnDispatcherCleanup('EIO')],
  ['failOnExtensionAttach', (kernel) => kernel.failOnExtensionAttach('EIO')],
  ['rejectProgram', (kernel) => kernel.rejectProgram('a', { log: 'no' })],
  ['setMemoryExhausted', (kernel) => kernel.setMemoryExhausted(true)],
  ['setNextId', (kernel) => kernel.setNextId('map', 5)],
])('%s after the kernel is closed is refused, and arms nothing', async (verb, act) => {
  const kernel = new FakeKernel();
  await kernel[Symbol.asyncDispose]();
  expect(() => act(kernel)).toThrow(`FakeKernel is closed: ${verb}() is no longer possible`);
  expect(kernel.faults.faults()).toEqual([]);
});

test('the points of a kernel are not given to an instrumented object, too', () => {
  const kernel = new FakeKernel();
  expect(() => instrument({ load() {} }, { faults: kernel.faults, point: 'kernel' })).toThrow(
    'instrument: point "kernel": kernel.load is a point of something else on this plan; choose another name',
  );
  expect(kernel.faults.descriptor('kernel.load').fields).toContain('type');
});
