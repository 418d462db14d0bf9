import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import {
  KERNEL_PROFILES,
  type KernelProfileName,
  type KernelRuleName,
  selectFeatures,
} from '../../../src/fakes/kernel/profiles.js';
import { HASH, INGRESS, loadExtension, loadOne } from './support.js';

const rows: readonly [KernelRuleName, string][] = [
  ['memlockAccounting', 'yes no no no no'],
  ['perfLinks', 'no yes yes yes yes'],
  ['mapArgumentsFirst', 'no no yes yes yes'],
  ['tcx', 'no no yes yes yes'],
  ['loadOutOfMemoryIsInvalid', 'no no yes yes yes'],
  ['extensionOrTailCall', 'no yes yes yes yes'],
  ['extensionsStayOut', 'no yes yes yes yes'],
  ['shorterTrampolines', 'no no no no yes'],
  ['nativeSupportFirst', 'no yes yes no yes'],
];

test.each(rows)('%s holds in 5.10, 6.1, 6.12, 6.18, 7.2: %s', (rule, expected) => {
  expect(KERNEL_PROFILES.map((profile) => (selectFeatures(profile)[rule] ? 'yes' : 'no')).join(' ')).toBe(expected);
});

test('TCX before 6.6 is EINVAL, in every form', async () => {
  const kernel = new FakeKernel({ profile: '6.1' });
  expect(kernel.release).toBe('6.1');
  const program = await loadOne(kernel, 'tcx');
  expect(await codeOf(kernel.attach({ type: 'tcx', program, ...INGRESS }))).toBe('EINVAL');
  expect(await codeOf(kernel.attachTcxProgram({ program, ...INGRESS }))).toBe('EINVAL');
  expect(await codeOf(kernel.queryTcx(INGRESS))).toBe('EINVAL');
});

test.each([
  ['6.18', 'EINVAL EEXIST'],
  ['6.12', 'EOPNOTSUPP EOPNOTSUPP'],
  ['7.2', 'EOPNOTSUPP EOPNOTSUPP'],
] as const)(
  'in %s, native XDP on the loopback of a program for a map, and over generic, is %s',
  async (profile, expected) => {
    const kernel = new FakeKernel({ profile });
    const native = { type: 'xdp', ifindex: 1, mode: 'native' } as const;
    const devmap = await kernel.load({ name: 'devmap', type: 'xdp', xdpTarget: 'devmap' });
    const program = await loadOne(kernel, 'xdp');
    const first = await codeOf(kernel.attach({ ...native, program: devmap }));
    await kernel.attach({ type: 'xdp', program, ifindex: 1, mode: 'generic' });
    expect(`${first} ${await codeOf(kernel.attach({ ...native, program }))}`).toBe(expected);
  },
);

test('links on perf events before 5.15 are EINVAL', async () => {
  const kernel = new FakeKernel({ profile: '5.10' });
  const program = await loadOne(kernel, 'tracepoint');
  expect(await codeOf(kernel.attach({ type: 'tracepoint', program, category: 'sched', name: 'sched_switch' }))).toBe(
    'EINVAL',
  );
});

test('before 5.11 programs and maps are charged against RLIMIT_MEMLOCK: over it, EPERM with an empty log', async () => {
  const load = (profile: KernelProfileName) => new FakeKernel({ profile, memlockLimitBytes: 8192 });
  const old = load('5.10');
  const first = await loadOne(old, 'xdp');
  await loadOne(old, 'xdp');
  await expect(loadOne(old, 'xdp')).rejects.toMatchObject({ code: 'EPERM', verifierLog: '' });
  expect(await codeOf(old.createMap(HASH))).toBe('EPERM');
  await old.unload(first);
  expect(await codeOf(old.createMap(HASH))).toBe('ok');
  const recent = load('6.1');
  for (let count = 0; count < 4; count += 1) expect(await codeOf(loadOne(recent, 'xdp'))).toBe('ok');
});

test.each([
  ['5.10', 'ENOMEM'],
  ['6.1', 'ENOMEM'],
  ['6.12', 'EINVAL'],
  ['6.18', 'EINVAL'],
] as const)('without memory a load on %s is %s, a map ENOMEM', async (profile, expected) => {
  const kernel = new FakeKernel({ profile });
  kernel.setMemoryExhausted(true);
  expect(await codeOf(loadOne(kernel, 'xdp'))).toBe(expected);
  expect(await codeOf(kernel.createMap(HASH))).toBe('ENOMEM');
  kernel.setMemoryExhausted(false);
  expect(await codeOf(loadOne(kernel, 'xdp'))).toBe('ok');
});

test('on 5.10 a tracing program attaches once (ENOENT), and an extension too', async () => {
  const kernel = new FakeKernel({ profile: '5.10' });
  const program = await loadOne(kernel, 'fentry');
  await kernel.detach(await kernel.attach({ type: 'fentry', program }));
  expect(await codeOf(kernel.attach({ type: 'fentry', program }))).toBe('ENOENT');
  const [, extension] = await loadExtension(kernel);
  await kernel.detach(await kernel.attach({ type: 'extension', program: extension }));
  expect(await codeOf(kernel.attach({ type: 'extension', program: extension }))).toBe('ENOENT');
});

test('on 5.10 every command of bpf(2) takes CAP_BPF', async () => {
  const kernel = new FakeKernel({ profile: '5.10' });
  await kernel.pin(await loadOne(kernel, 'xdp'), '/sys/fs/bpf/p');
  expect(await codeOf(kernel.process({ capabilities: [] }).open('/sys/fs/bpf/p'))).toBe('EPERM');
});

test('an unknown profile is a usage error that names those there are', () => {
  expect(() => Reflect.construct(FakeKernel, [{ profile: '4.19' }])).toThrow(
    'profile "4.19" is unknown; there are 5.10, 6.1, 6.12, 6.18, 7.2',
  );
});
