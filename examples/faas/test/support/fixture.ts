import { test as base, requireCapability, withVm } from 'glovebox/fixtures';
import { createTempFolder } from 'glovebox/process';
import { HostUnderTest } from './host-under-test.ts';
import { GuestMachine } from './machine/guest-machine.ts';
import { prepareGuest } from './machine/guest-system.ts';
import { LocalMachine } from './machine/local-machine.ts';
import type { Machine } from './machine/machine.ts';

const local = base
  // It is set up before the programs of a test, and removed when they have ended: they write into it until then.
  .extend('folder', { auto: true }, ({ onTestFinished }) => {
    const folder = createTempFolder({ prefix: 'faas-' });
    // Hooks run when all fixtures have been taken down.
    onTestFinished(() => folder.remove());
    return folder.path;
  })
  .extend('machine', async ({ task, skip, folder, spawn, netns }): Promise<Machine> => {
    // Handlers run in namespaces as nobody, with a root of their own.
    await requireCapability({ task, skip }, 'root');
    return new LocalMachine(folder, spawn, netns);
  });

const guest = withVm({ kernel: { debian: '6.1' }, memoryMiB: 768, prepare: prepareGuest }).extend(
  'machine',
  async ({ vm }): Promise<Machine> => GuestMachine.open(vm),
);

interface Fixtures {
  readonly skip: (condition: boolean, reason: string) => void;
  readonly machine: Machine;
  readonly host: HostUnderTest;
}

/**
 * - `machine`: where the programs of a test run. With `FAAS_RUNG=vm` that is a virtual machine with Linux 6.1, fresh for
 *   each test; otherwise this machine, with a network of the test's own
 * - `host`: a function host there; it ends with the test, and all its handlers too
 *
 * Where the tests are not root's, or there is no QEMU, one that asks for these is skipped, or fails with
 * `GLOVEBOX_REQUIRE=root,vm`.
 */
export const test: (title: string, run: (fixtures: Fixtures) => Promise<void>) => void =
  process.env['FAAS_RUNG'] === 'vm'
    ? guest.extend('host', async ({ machine }) => HostUnderTest.start(machine))
    : local.extend('host', async ({ machine }) => HostUnderTest.start(machine));
