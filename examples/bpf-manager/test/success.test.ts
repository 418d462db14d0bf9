import { describe, expect, ROOT, test } from './support/fixture.js';
import { EVERY_TYPE, ON_SCHED_FORK, ON_SCHED_SWITCH, program } from './support/requests.js';
import { column, countRows } from './support/state.js';

describe('Success', () => {
  test('one program is loaded, pinned and saved', async ({ client, kernel, database }) => {
    const [loaded] = await client.load(program('prog_one', 'tracepoint', { metadata: { owner: 'alice' } }));

    expect(kernel).toHaveOps(['load:prog_one:ok']);
    expect(kernel.snapshot().programs).toMatchObject([{ id: loaded?.id, name: 'prog_one', type: 'tracepoint' }]);
    expect(kernel.snapshot().pins).toEqual([{ path: `${ROOT}/prog_${loaded?.id}`, kind: 'program', id: loaded?.id }]);
    expect(kernel.handleCount()).toBe(0);
    expect(loaded).toMatchObject({
      name: 'prog_one',
      metadata: { owner: 'alice' },
      pinPath: `${ROOT}/prog_${loaded?.id}`,
    });
    expect(column(database, 'programs', 'name')).toEqual(['prog_one']);
    expect(column(database, 'program_metadata', "key || '=' || value")).toEqual(['owner=alice']);
  });

  test('a batch is loaded in the order it was given', async ({ client, kernel, database }) => {
    const loaded = await client.load(program('prog_one'), program('prog_two', 'kprobe'), program('prog_three', 'tcx'));

    expect(kernel).toHaveOps(['load:prog_one:ok', 'load:prog_two:ok', 'load:prog_three:ok']);
    expect(loaded.map(({ name, type }) => `${name}:${type}`)).toEqual([
      'prog_one:PROGRAM_TYPE_TRACEPOINT',
      'prog_two:PROGRAM_TYPE_KPROBE',
      'prog_three:PROGRAM_TYPE_TCX',
    ]);
    expect(column(database, 'programs', 'id')).toEqual(loaded.map(({ id }) => id));
    expect(kernel.pinCount()).toBe(3);
  });

  test('maps are pinned below the program they were made with', async ({ client, kernel, expectClean }) => {
    const counters = { name: 'counters', type: 'hash', keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 16 };
    const [loaded] = await client.load(program('prog_one', 'tracepoint', { maps: [counters] }));

    expect(kernel.snapshot().pins.map(({ path }) => path)).toEqual([
      `${ROOT}/maps/${loaded?.id}/counters`,
      `${ROOT}/prog_${loaded?.id}`,
    ]);
    expect(kernel.mapCount()).toBe(1);

    await client.unload(loaded?.id ?? 0);
    await expectClean();
  });

  test('a load and an unload leave a clean state', async ({ client, kernel, expectClean }) => {
    const [loaded] = await client.load(program('prog_one', 'tracepoint', { metadata: { owner: 'alice' } }));
    expect(await client.unload(loaded?.id ?? 0)).toEqual({ warnings: [] });

    expect(kernel).toHaveOps(['load:prog_one:ok', 'unload:prog_one:ok']);
    await expectClean();
  });

  test('a full lifecycle happens in the right order', async ({ client, kernel, faults, expectClean }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    expect(kernel.snapshot().links).toMatchObject([{ id: link.kernelId, programId: loaded?.id, attached: true }]);
    await client.detach(link.id);
    expect(kernel.linkCount()).toBe(0);
    await client.unload(loaded?.id ?? 0);

    expect(kernel).toHaveOps([
      'load:prog_one:ok',
      'attach:prog_one:ok',
      'pin:prog_one:ok',
      'detach:prog_one:ok',
      'unload:prog_one:ok',
    ]);
    // The account follows the kernel: it never says that something is there that is not yet, or is no more.
    expect(faults).toHaveOpsInOrder([
      'load:prog_one:ok',
      'store.saveProgram:*:ok',
      'attach:prog_one:ok',
      'store.saveLink:*:ok',
      'detach:prog_one:ok',
      'store.deleteLink:*:ok',
      'unload:prog_one:ok',
      'store.deleteProgram:*:ok',
    ]);
    await expectClean();
  });

  test('an unload detaches active links first, the latest first', async ({ client, kernel, faults, expectClean }) => {
    const [loaded] = await client.load(program('prog_one'));
    const first = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    const second = await client.attach(loaded?.id ?? 0, ON_SCHED_FORK);
    faults.clearOperations();

    expect(await client.unload(loaded?.id ?? 0)).toEqual({ warnings: [] });

    expect(kernel).toHaveOps(['detach:prog_one:ok', 'detach:prog_one:ok', 'unload:prog_one:ok']);
    const detached = faults.operations({ point: 'kernel.detach' }).map(({ call }) => Reflect.get(call, 'linkId'));
    expect(detached).toEqual([second.link.kernelId, first.link.kernelId]);
    await expectClean();
  });

  test.for(EVERY_TYPE)(
    'a $type program round-trips',
    async ({ type, definition, target }, { client, kernel, database }) => {
      const [loaded] = await client.load(program('prog_one', type, definition));
      const { link, warnings } = await client.attach(loaded?.id ?? 0, target);

      expect(warnings).toEqual([]);
      const got = await client.get(loaded?.id ?? 0);
      expect(got).toMatchObject({
        name: 'prog_one',
        type: `PROGRAM_TYPE_${type.toUpperCase()}`,
        links: [{ id: link.id }],
      });
      expect(got.attachTo).toBe(definition.attachTo ?? '');
      expect(await client.list({ type: got.type })).toEqual([got]);
      expect(kernel.snapshot().links).toContainEqual(
        expect.objectContaining({ id: link.kernelId, programId: got.id, attached: true }),
      );
      expect(kernel.snapshot().pins).toContainEqual({ path: link.pinPath, kind: 'link', id: link.kernelId });
      expect(kernel.handleCount()).toBe(0);
      expect(countRows(database)).toMatchObject({ programs: 1, links: 1 });

      await client.detach(link.id);
      await client.unload(got.id);
      expect([kernel.programCount(), kernel.linkCount(), kernel.mapCount(), kernel.pinCount()]).toEqual([0, 0, 0, 0]);
      expect(database).toBeEmpty();
    },
  );

  test('a list is filtered by type and by metadata', async ({ client }) => {
    await client.load(
      program('prog_one', 'tracepoint', { metadata: { owner: 'alice', app: 'a' } }),
      program('prog_two', 'tracepoint', { metadata: { owner: 'bob' } }),
      program('prog_three', 'kprobe', { metadata: { owner: 'alice' } }),
    );
    const names = async (filter: Parameters<typeof client.list>[0]) =>
      (await client.list(filter)).map(({ name }) => name);

    expect(await names({})).toEqual(['prog_one', 'prog_two', 'prog_three']);
    expect(await names({ type: 'PROGRAM_TYPE_TRACEPOINT' })).toEqual(['prog_one', 'prog_two']);
    expect(await names({ metadata: { owner: 'alice' } })).toEqual(['prog_one', 'prog_three']);
    expect(await names({ type: 'PROGRAM_TYPE_KPROBE', metadata: { owner: 'bob' } })).toEqual([]);
  });

  test('requests that come at once are fulfilled one at a time', async ({
    server,
    kernel,
    clock,
    faults,
    expectClean,
  }) => {
    const { manager } = server;
    const loaded = await manager.load(['prog_one', 'prog_two', 'prog_three'].map((name) => ({ name, type: 'xdp' })));
    // While a dispatcher is being loaded there is time for another request to come in between.
    faults.inject('kernel.load', { where: { dispatcher: true }, delayMs: 20 });
    const attaching = Promise.all(loaded.map(({ id }) => manager.attach(id, { type: 'xdp', interfaceName: 'eth0' })));
    await clock.runAll();
    await attaching;

    const positions = manager.list().flatMap(({ links }) => links.map(({ slot }) => slot?.position));
    // The last one first, those before it by name.
    expect(positions).toEqual([1, 2, 0]);
    expect(kernel.snapshot().programs.filter(({ name }) => name === 'bpfm_xdp_disp')).toHaveLength(1);
    expect((await manager.reconcile()).findings).toEqual([]);

    faults.disarm();
    for (const { id } of loaded) await manager.unload(id);
    await expectClean();
  });

  test('a program that is not there cannot be got', async ({ client }) => {
    await expect(client.get(99)).rejects.toMatchObject({ status: 'NOT_FOUND', message: 'there is no program 99' });
  });
});
