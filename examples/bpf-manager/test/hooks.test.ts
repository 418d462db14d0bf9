import { fail } from './support/fail.js';
import { describe, expect, ROOT, test } from './support/fixture.js';
import { onTc, onTcx, onXdp, program } from './support/requests.js';
import { column, countRows, settledState } from './support/state.js';

const ETH0 = { ifindex: 2 };

describe('XDP', () => {
  test('the first attach puts a dispatcher on the device', async ({ client, kernel }) => {
    const [loaded] = await client.load(program('prog_one', 'xdp'));
    await client.attach(loaded?.id ?? 0, onXdp());

    const { programs, links } = kernel.snapshot();
    const dispatcher = programs.find(({ name }) => name === 'bpfm_xdp_disp');
    const onDevice = links.find(({ type }) => type === 'xdp');
    expect(await kernel.queryXdp(ETH0)).toMatchObject({ programId: dispatcher?.id, linkId: onDevice?.id });
    expect(programs.find(({ id }) => id === loaded?.id)?.type).toBe('extension');
  });

  test('a missing interface is refused', async ({ client, kernel, faults }) => {
    const [loaded] = await client.load(program('prog_one', 'xdp'));
    faults.clearOperations();

    await expect(client.attach(loaded?.id ?? 0, onXdp({ interface: 'eth9' }))).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: 'there is no interface "eth9"',
    });
    await expect(client.attach(loaded?.id ?? 0, onXdp({ netns: '/run/netns/blue' }))).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: 'there is no network namespace at /run/netns/blue',
    });
    expect(kernel).toHaveOps([]);
  });

  test('a request that makes no sense is refused with all its mistakes', async ({ client }) => {
    const [loaded] = await client.load(program('prog_one', 'xdp'));
    const target = onXdp({ interface: '', priority: 1001, proceedOn: ['pass', 'pipe'] });

    await expect(client.attach(loaded?.id ?? 0, target)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message:
        'there is no interface to attach to; a priority is from 1 to 1000, not 1001; ' +
        '"pipe" is no return code of xdp; those are aborted, drop, pass, tx, redirect, dispatcher_return',
    });
  });

  test('each device has its own dispatcher, also one of the same index in another namespace', async ({
    client,
    interfaces,
    database,
    expectClean,
  }) => {
    interfaces.addNetns('/run/netns/blue');
    interfaces.add('eth0', { netns: '/run/netns/blue', index: 2 });
    const [loaded] = await client.load(program('prog_one', 'xdp'));
    const places = [onXdp(), onXdp({ interface: 'lo' }), onXdp({ netns: '/run/netns/blue' })];
    for (const place of places) await client.attach(loaded?.id ?? 0, place);

    const here = await interfaces.netnsInode();
    const blue = await interfaces.netnsInode('/run/netns/blue');
    expect(column(database, 'dispatchers', "netns || '/' || ifindex")).toEqual([`${here}/2`, `${here}/1`, `${blue}/2`]);
    expect((await client.get(loaded?.id ?? 0)).links.map(({ netns }) => netns)).toEqual(['', '', '/run/netns/blue']);
    await client.unload(loaded?.id ?? 0);
    await expectClean();
  });

  test('a full lifecycle leaves a clean state', async ({ client, kernel, expectClean }) => {
    const [loaded] = await client.load(program('prog_one', 'xdp'));
    const { link } = await client.attach(loaded?.id ?? 0, onXdp());
    await client.detach(link.id);
    expect(await kernel.queryXdp(ETH0)).toMatchObject({ programId: undefined, linkId: undefined });
    await client.unload(loaded?.id ?? 0);

    expect(kernel).toHaveOpsInOrder([
      'load:bpfm_xdp_proto:ok',
      'load:prog_one:ok',
      'attach:prog_one:ok',
      'attach:bpfm_xdp_disp:ok',
      'detach:bpfm_xdp_disp:ok',
      'detach:prog_one:ok',
      'unload:bpfm_xdp_disp:ok',
      'unload:prog_one:ok',
    ]);
    await expectClean();
  });
});

describe('TC', () => {
  test('the first attach makes a clsact qdisc and a filter at priority 50', async ({ client, kernel, database }) => {
    const [loaded] = await client.load(program('prog_one', 'tc'));
    await client.attach(loaded?.id ?? 0, onTc('ingress'));

    const dispatcher = kernel.snapshot().programs.find(({ name }) => name === 'bpfm_tc_disp');
    const [filter] = await kernel.filters({ ...ETH0, direction: 'ingress' });
    expect(filter).toMatchObject({ priority: 50, programId: dispatcher?.id, ...ETH0, direction: 'ingress' });
    expect(kernel.snapshot().clsacts).toMatchObject([ETH0]);
    expect(column(database, 'dispatchers', "kind || ':' || filter_handle")).toEqual([`tc-ingress:${filter?.handle}`]);
  });

  test('a clsact qdisc that is there is used', async ({ client, kernel }) => {
    await kernel.createClsact(ETH0);
    const [loaded] = await client.load(program('prog_one', 'tc'));
    await client.attach(loaded?.id ?? 0, onTc('egress'));

    expect(await kernel.filters({ ...ETH0, direction: 'egress' })).toHaveLength(1);
  });

  test('ingress and egress have a dispatcher each', async ({ client, kernel, database }) => {
    const [loaded] = await client.load(program('prog_one', 'tc'));
    await client.attach(loaded?.id ?? 0, onTc('ingress'));
    const egress = await client.attach(loaded?.id ?? 0, onTc('egress'));

    expect(column(database, 'dispatchers', 'kind')).toEqual(['tc-ingress', 'tc-egress']);
    const filters = [
      ...(await kernel.filters({ ...ETH0, direction: 'ingress' })),
      ...(await kernel.filters({ ...ETH0, direction: 'egress' })),
    ];
    expect(new Set(filters.map(({ programId }) => programId)).size).toBe(2);
    expect(egress.link).toMatchObject({ direction: 'DIRECTION_EGRESS', position: 0 });

    await client.detach(egress.link.id);
    expect(await kernel.filters({ ...ETH0, direction: 'egress' })).toEqual([]);
    expect(await kernel.filters({ ...ETH0, direction: 'ingress' })).toHaveLength(1);
  });

  test('the second attach adds its filter before the first is deleted', async ({
    client,
    kernel,
    faults,
    database,
  }) => {
    const [one, two] = await client.load(program('prog_one', 'tc'), program('prog_two', 'tc'));
    await client.attach(one?.id ?? 0, onTc('ingress'));
    const [first] = await kernel.filters({ ...ETH0, direction: 'ingress' });
    faults.clearOperations();
    await client.attach(two?.id ?? 0, onTc('ingress'));

    expect(kernel).toHaveOpsInOrder([
      'load:bpfm_tc_disp:ok',
      'attach:prog_two:ok',
      'attach:prog_one:ok',
      'attach:bpfm_tc_disp:ok',
      'detach:bpfm_tc_disp:ok',
      'detach:prog_one:ok',
      'unload:bpfm_tc_disp:ok',
    ]);
    const filters = await kernel.filters({ ...ETH0, direction: 'ingress' });
    expect(filters).toHaveLength(1);
    expect(filters[0]?.programId).not.toBe(first?.programId);
    expect(column(database, 'dispatchers', 'filter_handle')).toEqual([filters[0]?.handle]);
    expect(column(database, 'dispatchers', 'program_id')).toEqual([filters[0]?.programId]);
  });

  test.for(['before', 'after'] as const)(
    'an old filter that cannot be deleted (%s) stays alone',
    async (when, { client, kernel, faults }) => {
      const [one, two] = await client.load(program('prog_one', 'tc'), program('prog_two', 'tc'));
      await client.attach(one?.id ?? 0, onTc('ingress'));
      const before = settledState(kernel);
      faults.inject('kernel.detach', { where: { via: 'filter' }, once: true, ...fail(when, 'EPERM') });

      await expect(client.attach(two?.id ?? 0, onTc('ingress'))).rejects.toMatchObject({
        status: 'FAILED_PRECONDITION',
      });
      expect(settledState(kernel)).toEqual(before);
      expect((await client.reconcile()).findings).toEqual([]);
    },
  );

  test.for([
    { direction: undefined, says: 'there is no direction; it is ingress or egress' },
    { direction: 7, says: 'a direction is ingress or egress, not 7' },
  ])('an invalid direction is refused: $direction', async ({ direction, says }, { client, kernel, faults }) => {
    const [tc, tcx] = await client.load(program('prog_one', 'tc'), program('prog_two', 'tcx'));
    faults.clearOperations();
    const place = { interface: 'eth0', ...(direction === undefined ? {} : { direction }) };
    const refusal = { status: 'INVALID_ARGUMENT', message: says };

    await expect(client.attach(tc?.id ?? 0, { tc: place })).rejects.toMatchObject(refusal);
    await expect(client.attach(tcx?.id ?? 0, { tcx: place })).rejects.toMatchObject(refusal);
    expect(kernel).toHaveOps([]);
  });

  test('a full lifecycle leaves nothing but the clsact qdisc', async ({ client, kernel, expectClean }) => {
    const [loaded] = await client.load(program('prog_one', 'tc'));
    const { link } = await client.attach(loaded?.id ?? 0, onTc('egress'));
    expect(await client.detach(link.id)).toEqual({ warnings: [] });
    await client.unload(loaded?.id ?? 0);

    expect(kernel.snapshot().clsacts).toMatchObject([ETH0]);
    expect(kernel.snapshot().attachments).toEqual([]);
    await kernel.deleteClsact(ETH0);
    await expectClean();
  });
});

describe('TCX', () => {
  test('the first attach needs no dispatcher', async ({ client, kernel, interfaces, faults }) => {
    const [loaded] = await client.load(program('prog_one', 'tcx'));
    const id = loaded?.id ?? 0;
    faults.clearOperations();
    const { link } = await client.attach(id, onTcx('ingress'));

    expect(kernel).toHaveOps(['attach:prog_one:ok', 'pin:prog_one:ok']);
    expect(link.pinPath).toBe(`${ROOT}/tcx-ingress/link_${await interfaces.netnsInode()}_2_${id}`);
    expect(link).not.toHaveProperty('position');
    const { programs } = await kernel.queryTcx({ ...ETH0, direction: 'ingress' });
    expect(programs).toEqual([{ programId: id, linkId: link.kernelId }]);
  });

  test('programs run by priority, of equals the newest first, among those of others', async ({ client, kernel }) => {
    const loaded = await client.load(...['prog_a', 'prog_b', 'prog_c', 'prog_d'].map((name) => program(name, 'tcx')));
    const [a = 0, b = 0, c = 0, d = 0] = loaded.map(({ id }) => id);
    await client.attach(a, onTcx('ingress', { priority: 50 }));
    await client.attach(b, onTcx('ingress', { priority: 100 }));
    await client.attach(c, onTcx('ingress', { priority: 50 }));
    await client.attach(d, onTcx('ingress', { priority: 70 }));

    const { programs } = await kernel.queryTcx({ ...ETH0, direction: 'ingress' });
    expect(programs.map(({ programId }) => programId)).toEqual([c, a, d, b]);
  });

  test('ingress and egress are separate', async ({ client, kernel }) => {
    const [loaded] = await client.load(program('prog_one', 'tcx'));
    const ingress = await client.attach(loaded?.id ?? 0, onTcx('ingress'));
    const egress = await client.attach(loaded?.id ?? 0, onTcx('egress'));

    await client.detach(ingress.link.id);
    expect((await kernel.queryTcx({ ...ETH0, direction: 'ingress' })).programs).toEqual([]);
    expect((await kernel.queryTcx({ ...ETH0, direction: 'egress' })).programs).toMatchObject([
      { linkId: egress.link.kernelId },
    ]);
  });

  test('the same program twice on a hook is refused', async ({ client, database }) => {
    const [loaded] = await client.load(program('prog_one', 'tcx'));
    await client.attach(loaded?.id ?? 0, onTcx('ingress'));

    await expect(client.attach(loaded?.id ?? 0, onTcx('ingress'))).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
      message: expect.stringContaining('EEXIST'),
    });
    expect(countRows(database).links).toBe(1);
  });

  test('a missing interface is refused', async ({ client }) => {
    const [loaded] = await client.load(program('prog_one', 'tcx'));

    await expect(client.attach(loaded?.id ?? 0, onTcx('egress', { interface: 'eth9' }))).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: 'there is no interface "eth9"',
    });
  });

  test('a full lifecycle leaves a clean state', async ({ client, kernel, expectClean }) => {
    const [loaded] = await client.load(program('prog_one', 'tcx'));
    const { link } = await client.attach(loaded?.id ?? 0, onTcx('egress'));
    await client.detach(link.id);
    await client.unload(loaded?.id ?? 0);

    expect(kernel).toHaveOps([
      'load:prog_one:ok',
      'attach:prog_one:ok',
      'pin:prog_one:ok',
      'detach:prog_one:ok',
      'unload:prog_one:ok',
    ]);
    await expectClean();
  });
});
