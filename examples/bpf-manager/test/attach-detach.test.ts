import { describe, expect, test } from './support/fixture.js';
import { ON_SCHED_FORK, ON_SCHED_SWITCH, program } from './support/requests.js';
import { column, countRows } from './support/state.js';

describe('Attach and detach', () => {
  test('an attach that fails after a load leaves the program and no link', async ({ client, kernel, database }) => {
    const [loaded] = await client.load(program('prog_one'));
    kernel.failOnAttach('tracepoint', 'EINVAL');

    await expect(client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH)).rejects.toMatchObject({
      status: 'INTERNAL',
      message: expect.stringMatching(new RegExp(`^attach program ${loaded?.id} \\("prog_one"\\): .*EINVAL`)),
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'attach:prog_one:error']);
    expect([kernel.programCount(), kernel.linkCount(), kernel.pinCount()]).toEqual([1, 0, 1]);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0 });
    expect((await client.reconcile()).findings).toEqual([]);
  });

  test('a pin that fails detaches the link', async ({ client, kernel, faults, database }) => {
    const [loaded] = await client.load(program('prog_one'));
    faults.inject('kernel.pin', { once: true, before: 'ENOSPC' });

    await expect(client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH)).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'attach:prog_one:ok', 'pin:prog_one:error', 'detach:prog_one:ok']);
    expect([kernel.linkCount(), kernel.handleCount()]).toEqual([0, 0]);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0 });
  });

  test('a link that cannot be saved is detached, and the program is intact', async ({
    client,
    kernel,
    faults,
    database,
  }) => {
    const [loaded] = await client.load(program('prog_one'));
    faults.inject('store.saveLink', { once: true, before: new Error('database is locked') });

    await expect(client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH)).rejects.toMatchObject({
      status: 'INTERNAL',
      message: `attach program ${loaded?.id} ("prog_one"): database is locked`,
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'attach:prog_one:ok', 'pin:prog_one:ok', 'detach:prog_one:ok']);
    expect([kernel.programCount(), kernel.linkCount(), kernel.pinCount(), kernel.handleCount()]).toEqual([1, 0, 1, 0]);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0 });

    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    expect((await client.get(loaded?.id ?? 0)).links).toEqual([link]);
  });

  test('a program that is not there cannot be attached', async ({ client, kernel }) => {
    await expect(client.attach(99, ON_SCHED_SWITCH)).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: 'there is no program 99',
    });
    expect(kernel).toHaveOps([]);
  });

  test('a link that is not there cannot be detached', async ({ client, kernel }) => {
    await expect(client.detach(99)).rejects.toMatchObject({ status: 'NOT_FOUND', message: 'there is no link 99' });
    expect(kernel).toHaveOps([]);
  });

  test('a detach that fails in the kernel leaves the link, marked for reconciliation', async ({
    client,
    kernel,
    database,
    expectClean,
  }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    kernel.failOnDetach(link.kernelId, 'EPERM');

    await expect(client.detach(link.id)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: expect.stringMatching(/^detach link 1: .*EPERM/),
    });
    expect(kernel.snapshot().links).toMatchObject([{ id: link.kernelId, attached: true }]);
    expect(column(database, 'links', 'detach_pending')).toEqual([1]);
    expect((await client.get(loaded?.id ?? 0)).links).toEqual([{ ...link, detachPending: true }]);
    const { findings } = await client.reconcile();
    expect(findings).toMatchObject([
      { kind: 'detach-unfinished', subject: `link 1 of program ${loaded?.id} ("prog_one")`, repairable: true },
    ]);
    const failed = await client.reconcile({ repair: true });
    expect(failed.failures).toHaveLength(1);
    expect(failed.remaining).toEqual(findings);

    kernel.faults.disarm();
    expect(await client.reconcile({ repair: true })).toMatchObject({ findings, remaining: [], failures: [] });
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0 });
    await client.unload(loaded?.id ?? 0);
    await expectClean();
  });

  test('a detach that happened and is reported as failed can be repeated', async ({
    client,
    kernel,
    faults,
    database,
  }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    faults.inject('kernel.detach', { once: true, after: 'EBUSY' });

    await expect(client.detach(link.id)).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
    expect([kernel.linkCount(), countRows(database).links]).toEqual([0, 1]);
    expect((await client.reconcile()).findings).toMatchObject([{ kind: 'link-only-in-database' }]);

    expect(await client.detach(link.id)).toEqual({ warnings: [] });
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0 });
  });

  test('a row that cannot be deleted after a detach is found by reconciliation', async ({ client, kernel, faults }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    faults.inject('store.deleteLink', { once: true, before: new Error('database is locked') });

    await expect(client.detach(link.id)).rejects.toMatchObject({
      status: 'INTERNAL',
      message: 'detach link 1: database is locked',
    });
    expect(kernel.linkCount()).toBe(0);
    expect((await client.reconcile({ repair: true })).findings).toMatchObject([{ kind: 'link-only-in-database' }]);
    expect((await client.get(loaded?.id ?? 0)).links).toEqual([]);
  });

  test('several links of one program can all be detached', async ({ client, kernel, database, expectClean }) => {
    const [loaded] = await client.load(program('prog_one'));
    const id = loaded?.id ?? 0;
    const one = await client.attach(id, ON_SCHED_SWITCH);
    const two = await client.attach(id, ON_SCHED_FORK);
    const three = await client.attach(id, { tracepoint: { category: 'syscalls', name: 'sys_enter_openat' } });
    expect((await client.get(id)).links).toEqual([one.link, two.link, three.link]);
    expect(kernel.linkCount()).toBe(3);

    for (const [index, { link }] of [two, three, one].entries()) {
      await client.detach(link.id);
      expect([kernel.linkCount(), countRows(database).links]).toEqual([2 - index, 2 - index]);
    }
    await client.unload(id);
    await expectClean();
  });

  test("a link's id is never given out again", async ({ client }) => {
    const [loaded] = await client.load(program('prog_one'));
    const first = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    await client.detach(first.link.id);
    const second = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);

    expect([first.link.id, second.link.id]).toEqual([1, 2]);
  });

  test('a program cannot be attached as what it is not', async ({ client, kernel }) => {
    const [loaded] = await client.load(program('prog_one', 'kprobe'));

    await expect(client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: `program ${loaded?.id} ("prog_one") is of type kprobe and cannot be attached as tracepoint`,
    });
    await expect(client.attach(loaded?.id ?? 0, {})).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'there is no target to attach to',
    });
    expect(kernel).toHaveOps(['load:prog_one:ok']);
  });
});
