import { afterEach, expect, test, vi } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { Vm } from '../../src/vm/vm.js';
import { checkVmOptions, type VmOptions } from '../../src/vm/vm-options.js';

afterEach(() => vi.unstubAllEnvs());

test('every mistake in the options of a machine is told at once', () => {
  const options = { memoryMiB: 16, cpus: -1, modules: ['veth', '../x'], timeoutMs: -5, memory: 256 };
  const call = (): void => checkVmOptions('Vm.boot', options);
  expect(call).toThrow(UsageError);
  expect(call).toThrow(
    'Vm.boot: 5 mistakes:\n' +
      '  - "memory" is no option. Did you mean "memoryMiB"?\n' +
      '  - memoryMiB must be a whole number, 64 or more, for a kernel needs that to start; received 16\n' +
      '  - cpus must be a whole number from 1 to 64; received -1\n' +
      '  - modules[1] must be the name of a module, such as "sch_netem"; received "../x"\n' +
      '  - timeoutMs must be a finite number of milliseconds, 0 or more; received -5',
  );
});

test('a command line of the kernel is one line, and fits', () => {
  expect(() => checkVmOptions('Vm.boot', { commandLine: 'a\nb' })).toThrow('words on one line');
  expect(() => checkVmOptions('Vm.boot', { commandLine: 'x'.repeat(2000) })).toThrow(
    'at most 1800 bytes; received 2000',
  );
});

test('options that are right are taken', () => {
  const options: VmOptions = {
    memoryMiB: 64,
    cpus: 1,
    modules: ['sch_netem'],
    accelerator: 'tcg',
    commandLine: 'debug',
  };
  expect(() => checkVmOptions('Vm.boot', options)).not.toThrow();
});

test('what is missing is told before anything is downloaded', async () => {
  vi.stubEnv('PATH', '/nowhere');
  // Nothing can be kept there.
  vi.stubEnv('GLOVEBOX_CACHE', '/sys/nowhere');
  await expect(Vm.boot()).rejects.toThrow('vm is not available: qemu-system-x86_64 is not on PATH');
});
