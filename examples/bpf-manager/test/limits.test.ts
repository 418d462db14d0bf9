import { FakeKernel } from 'glovebox';
import { describe, expect, test } from './support/fixture.js';
import { onTcx, program } from './support/requests.js';
import { countRows } from './support/state.js';

describe('Limits', () => {
  test.for([1, 2, 3])(
    'no memory for load %i of a batch: nothing of it stays',
    async (n, { client, kernel, expectClean }) => {
      kernel.failOnNthLoad(n, 'ENOMEM');

      await expect(
        client.load(program('prog_one', 'kprobe'), program('prog_two'), program('prog_three', 'tcx')),
      ).rejects.toMatchObject({ status: 'RESOURCE_EXHAUSTED', message: expect.stringContaining('ENOMEM') });
      expect(kernel.operations().filter(({ verb }) => verb === 'unload')).toHaveLength(n - 1);
      await expectClean();
    },
  );

  test('the kernel runs out of memory for good, and gets some again', async ({
    client,
    fakeKernel: kernel,
    expectClean,
  }) => {
    kernel.setMemoryExhausted(true);
    // Since 6.9 a load says EINVAL when there is no memory.
    await expect(client.load(program('prog_one'))).rejects.toMatchObject({ status: 'INTERNAL' });
    kernel.setMemoryExhausted(false);
    const [loaded] = await client.load(program('prog_one'));
    await client.unload(loaded?.id ?? 0);
    await expectClean();
  });

  test('the 64th TCX program of a hook is refused, and the 63 stay', async ({ client, kernel, database }) => {
    const names = Array.from({ length: 64 }, (_, index) => `prog_${index}`);
    const loaded = await client.load(...names.map((name) => program(name, 'tcx')));
    for (const { id } of loaded.slice(0, 63)) await client.attach(id, onTcx('ingress'));

    await expect(client.attach(loaded[63]?.id ?? 0, onTcx('ingress'))).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('ERANGE'),
    });
    expect((await kernel.queryTcx({ ifindex: 2, direction: 'ingress' })).programs).toHaveLength(63);
    expect(countRows(database)).toMatchObject({ programs: 64, links: 63 });
    await client.attach(loaded[63]?.id ?? 0, onTcx('egress'));
    expect((await client.reconcile()).findings).toEqual([]);
  });

  test('the 39th link of a trampoline is refused, fentry and fexit together', async ({ client, kernel, database }) => {
    const definitions = Array.from({ length: 39 }, (_, index) =>
      program(`prog_${index}`, index % 2 === 0 ? 'fentry' : 'fexit', { attachTo: 'do_unlinkat' }),
    );
    const loaded = await client.load(...definitions);
    for (const { id } of loaded.slice(0, 38)) await client.attach(id, { tracing: {} });

    await expect(client.attach(loaded[38]?.id ?? 0, { tracing: {} })).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('E2BIG'),
    });
    expect(kernel.linkCount()).toBe(38);
    expect(countRows(database)).toMatchObject({ programs: 39, links: 38 });
    await client.detach(1);
    expect((await client.attach(loaded[38]?.id ?? 0, { tracing: {} })).link.id).toBeGreaterThan(38);
  });
});

describe('Limits of a kernel before 5.11', () => {
  const oldTest = test.extend('kernel', ({ faults, fakeInterfaces: interfaces, clock }) => {
    return new FakeKernel({ profile: '5.10', faults, interfaces, clock, memlockLimitBytes: 4096 });
  });

  oldTest(
    'locked memory that does not suffice is EPERM, and the answer says what to do',
    async ({ client, kernel, expectClean }) => {
      const table = { name: 'table', type: 'hash', keySizeBytes: 4, valueSizeBytes: 64, maxEntries: 4096 };

      await expect(client.load(program('prog_one', 'kprobe', { maps: [table] }))).rejects.toMatchObject({
        status: 'RESOURCE_EXHAUSTED',
        message: expect.stringMatching(
          /^load "prog_one": .*EPERM.* On kernel 5\.10 this is also the answer when RLIMIT_MEMLOCK is too low: raise it \(ulimit -l unlimited\)$/s,
        ),
      });
      expect(kernel.programCount()).toBe(0);
      expect(kernel.mapCount()).toBe(0);
      await expectClean();
    },
  );
});
