import { describe, expect, test } from './support/fixture.js';
import { ON_SCHED_SWITCH, program } from './support/requests.js';
import { column, countRows } from './support/state.js';

describe('Unload', () => {
  test('a program that is not there cannot be unloaded', async ({ client, kernel }) => {
    await expect(client.unload(99)).rejects.toMatchObject({ status: 'NOT_FOUND', message: 'there is no program 99' });
    expect(kernel).toHaveOps([]);
  });

  test('when the kernel fails, the row stays', async ({ client, kernel, database, faults, expectClean }) => {
    const [loaded] = await client.load(program('prog_one'));
    kernel.failOnUnload('prog_one', 'EBUSY');

    await expect(client.unload(loaded?.id ?? 0)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: expect.stringMatching(new RegExp(`^unload program ${loaded?.id} \\("prog_one"\\): .*EBUSY`)),
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'unload:prog_one:error']);
    expect(column(database, 'programs', 'id')).toEqual([loaded?.id]);
    expect((await client.reconcile()).findings).toEqual([]);

    faults.disarm();
    await client.unload(loaded?.id ?? 0);
    await expectClean();
  });

  test('when the database fails, the kernel is clean, the row is stale, and the answer says so', async ({
    client,
    kernel,
    database,
    faults,
    expectClean,
  }) => {
    const [loaded] = await client.load(program('prog_one'));
    faults.inject('store.deleteProgram', { once: true, before: new Error('disk I/O error') });

    await expect(client.unload(loaded?.id ?? 0)).rejects.toMatchObject({
      status: 'INTERNAL',
      message: `unload program ${loaded?.id} ("prog_one"): it is gone from the kernel, but its row could not be deleted and is stale: disk I/O error. Unload it again, or reconcile with repair`,
    });
    expect(kernel.programCount()).toBe(0);
    expect(countRows(database).programs).toBe(1);
    expect((await client.reconcile()).findings).toMatchObject([
      { kind: 'program-only-in-database', subject: `program ${loaded?.id} ("prog_one")` },
    ]);

    expect(await client.unload(loaded?.id ?? 0)).toEqual({ warnings: [] });
    await expectClean();
  });

  test('a stale row is deleted by reconciliation', async ({ client, faults, expectClean }) => {
    const [loaded] = await client.load(program('prog_one', 'tracepoint', { metadata: { owner: 'alice' } }));
    faults.inject('store.deleteProgram', { once: true, before: new Error('disk I/O error') });
    await expect(client.unload(loaded?.id ?? 0)).rejects.toThrow('disk I/O error');

    expect(await client.reconcile({ repair: true })).toMatchObject({ remaining: [], failures: [] });
    await expectClean();
  });

  test('a link that cannot be detached keeps its program loaded', async ({ client, kernel, database }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    kernel.failOnDetach(link.kernelId, 'EPERM');

    await expect(client.unload(loaded?.id ?? 0)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: expect.stringMatching(/^detach link 1: .*EPERM/),
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'attach:prog_one:ok', 'pin:prog_one:ok', 'detach:prog_one:error']);
    expect([kernel.programCount(), kernel.linkCount()]).toEqual([1, 1]);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 1 });
  });

  test('the name and the instance of an unloaded program are free again', async ({ client }) => {
    const definition = program('prog_one', 'tracepoint', { metadata: { 'bpf-manager/instance': 'edge-1' } });
    const [first] = await client.load(definition);
    await client.unload(first?.id ?? 0);
    const [second] = await client.load(definition);

    expect(second?.id).not.toBe(first?.id);
    expect((await client.list()).map(({ id }) => id)).toEqual([second?.id]);
  });
});
