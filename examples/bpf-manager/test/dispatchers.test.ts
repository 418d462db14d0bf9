import type { ManagerClient } from '../src/client.js';
import { encodeConfig } from '../src/dispatcher/program.js';
import { fail } from './support/fail.js';
import { describe, expect, ROOT, test } from './support/fixture.js';
import { onTc, onXdp, program } from './support/requests.js';
import { column, countRows, settledState } from './support/state.js';

/** The inode of the manager's own network namespace is part of every path of a dispatcher. */
const xdpPath = (netns: number, rest: string) => `${ROOT}/xdp/dispatcher_${netns}_2_${rest}`;

async function loadXdp(client: ManagerClient, ...names: readonly string[]): Promise<readonly number[]> {
  return (await client.load(...names.map((name) => program(name, 'xdp')))).map(({ id }) => id);
}

describe('Dispatchers', () => {
  test('the first attach creates a dispatcher', async ({ client, kernel, faults, interfaces, database }) => {
    const [id = 0] = await loadXdp(client, 'prog_one');
    faults.clearOperations();
    const { link } = await client.attach(id, onXdp());
    const netns = await interfaces.netnsInode();

    expect(kernel).toHaveOps([
      `mkdir:dispatcher_${netns}_2_1:ok`,
      'load:bpfm_xdp_disp:ok',
      'mapUpdate:config:ok',
      'pin:bpfm_xdp_disp:ok',
      'attach:prog_one:ok',
      'pin:prog_one:ok',
      'attach:bpfm_xdp_disp:ok',
      'pin:bpfm_xdp_disp:ok',
    ]);
    const { programs, links, pins } = kernel.snapshot();
    const dispatcher = programs.find(({ name }) => name === 'bpfm_xdp_disp');
    expect(links).toContainEqual(
      expect.objectContaining({ type: 'xdp', programId: dispatcher?.id, ifindex: 2, attached: true }),
    );
    expect(links).toContainEqual(expect.objectContaining({ type: 'extension', programId: id, id: link.kernelId }));
    expect(pins.map(({ path }) => path)).toEqual([
      `${ROOT}/prog_${id}`,
      xdpPath(netns, '1/dispatcher'),
      xdpPath(netns, '1/link_0'),
      xdpPath(netns, 'link'),
    ]);
    expect(link).toMatchObject({ position: 0, priority: 50, interface: 'eth0' });
    expect(column(database, 'dispatchers', "kind || ':' || ifindex || ':' || revision")).toEqual(['xdp:2:1']);
    expect(column(database, 'dispatchers', 'program_id')).toEqual([dispatcher?.id]);
    expect(kernel.handleCount()).toBe(0);
  });

  test('the second attach reuses the link and swaps the program in it', async ({
    client,
    kernel,
    faults,
    interfaces,
    database,
  }) => {
    const [one = 0, two = 0] = await loadXdp(client, 'prog_one', 'prog_two');
    await client.attach(one, onXdp());
    const xdpLink = kernel.snapshot().links.find(({ type }) => type === 'xdp');
    faults.clearOperations();
    await client.attach(two, onXdp());
    const netns = await interfaces.netnsInode();

    expect(kernel).toHaveOps([
      `mkdir:dispatcher_${netns}_2_2:ok`,
      'load:bpfm_xdp_disp:ok',
      'mapUpdate:config:ok',
      'pin:bpfm_xdp_disp:ok',
      'attach:prog_two:ok',
      'pin:prog_two:ok',
      'attach:prog_one:ok',
      'pin:prog_one:ok',
      'updateLink:bpfm_xdp_disp:ok',
      'detach:prog_one:ok',
      'unload:bpfm_xdp_disp:ok',
      `rmdir:dispatcher_${netns}_2_1:ok`,
    ]);
    const { programs, links, pins } = kernel.snapshot();
    expect(programs.filter(({ name }) => name === 'bpfm_xdp_disp')).toHaveLength(1);
    const [dispatcher] = programs.filter(({ name }) => name === 'bpfm_xdp_disp');
    expect(links.filter(({ type }) => type === 'xdp')).toEqual([{ ...xdpLink, programId: dispatcher?.id }]);
    expect(pins.map(({ path }) => path).filter((path) => path.includes('/xdp/'))).toEqual([
      xdpPath(netns, '2/dispatcher'),
      xdpPath(netns, '2/link_0'),
      xdpPath(netns, '2/link_1'),
      xdpPath(netns, 'link'),
    ]);
    expect(column(database, 'dispatchers', 'revision')).toEqual([2]);
    expect(countRows(database)).toMatchObject({ dispatchers: 1, links: 2 });
  });

  test('programs run by priority; of equals the newest first, those before it by name', async ({ client }) => {
    const ids = await loadXdp(client, 'prog_d', 'prog_a', 'prog_c', 'prog_b', 'prog_e');
    const [d = 0, a = 0, c = 0, b = 0, e = 0] = ids;
    const order = async () =>
      (await client.list())
        .flatMap(({ name, links }) => links.map(({ position }) => ({ name, position: position ?? -1 })))
        .toSorted((x, y) => x.position - y.position)
        .map(({ name }) => name);

    await client.attach(d, onXdp({ priority: 50 }));
    await client.attach(a, onXdp({ priority: 50 }));
    expect(await order()).toEqual(['prog_a', 'prog_d']);
    await client.attach(c, onXdp({ priority: 50 }));
    expect(await order()).toEqual(['prog_c', 'prog_a', 'prog_d']);
    await client.attach(b, onXdp({ priority: 10 }));
    expect(await order()).toEqual(['prog_b', 'prog_a', 'prog_c', 'prog_d']);
    await client.attach(e, onXdp({ priority: 1000 }));
    expect(await order()).toEqual(['prog_b', 'prog_a', 'prog_c', 'prog_d', 'prog_e']);
  });

  test('the dispatcher is told after which return codes to go on', async ({ client, kernel }) => {
    const [one = 0, two = 0] = await loadXdp(client, 'prog_one', 'prog_two');
    await client.attach(one, onXdp({ priority: 1, proceedOn: ['drop', 'redirect'] }));
    await client.attach(two, onXdp({ priority: 2 }));

    const dispatcher = kernel.snapshot().programs.find(({ name }) => name === 'bpfm_xdp_disp');
    const config = await kernel.mapById(dispatcher?.mapIds[0] ?? 0);
    // drop is 1, redirect 4; by default pass, 2, and the dispatcher's own, 31.
    expect(await config.lookup(new Uint8Array(4))).toEqual(encodeConfig([0b10010, 0x8000_0004]));
    await config.close();
  });

  test('the codes of tc are one bit higher, as they start at -1', async ({ client, kernel }) => {
    const [loaded] = await client.load(program('prog_one', 'tc'));
    await client.attach(loaded?.id ?? 0, onTc('ingress'));
    const dispatcher = kernel.snapshot().programs.find(({ name }) => name === 'bpfm_tc_disp');
    const config = await kernel.mapById(dispatcher?.mapIds[0] ?? 0);
    // pipe is 3, the dispatcher's own 30.
    expect(await config.lookup(new Uint8Array(4))).toEqual(encodeConfig([0x8000_0010]));
    await config.close();
  });

  test.for([
    { step: 'its load', inject: 'create' },
    { step: 'its configuration', inject: 'kernel.mapUpdate' },
    { step: 'its directory', inject: 'kernel.mkdir' },
    { step: 'its pin', inject: 'kernel.pin' },
  ] as const)(
    'a dispatcher whose creation fails at $step leaves nothing',
    async ({ inject }, { client, kernel, faults, database }) => {
      const [id = 0] = await loadXdp(client, 'prog_one');
      const before = settledState(kernel);
      if (inject === 'create') kernel.failOnDispatcherCreate('ENOMEM');
      else faults.inject(inject, { once: true, before: 'EPERM' });

      await expect(client.attach(id, onXdp())).rejects.toMatchObject({
        status: inject === 'create' ? 'RESOURCE_EXHAUSTED' : 'FAILED_PRECONDITION',
        message: expect.stringContaining('build the xdp dispatcher of eth0: '),
      });
      expect(settledState(kernel)).toEqual(before);
      expect(kernel.handleCount()).toBe(0);
      expect(countRows(database)).toMatchObject({ programs: 1, links: 0, dispatchers: 0 });
      expect((await client.reconcile()).findings).toEqual([]);
    },
  );

  test('an extension that cannot be attached leaves no dispatcher behind', async ({
    client,
    kernel,
    faults,
    database,
  }) => {
    const [id = 0] = await loadXdp(client, 'prog_one');
    const before = settledState(kernel);
    faults.clearOperations();
    kernel.failOnExtensionAttach('EINVAL');

    await expect(client.attach(id, onXdp())).rejects.toMatchObject({ status: 'INTERNAL' });
    expect(kernel).toHaveOpsInOrder([
      'load:bpfm_xdp_disp:ok',
      'attach:prog_one:error',
      'unload:bpfm_xdp_disp:ok',
      /^rmdir:dispatcher_\d+_2_1:ok$/,
    ]);
    expect(settledState(kernel)).toEqual(before);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0, dispatchers: 0 });
  });

  test('an extension that cannot be attached leaves the dispatcher that was there, without it', async ({
    client,
    kernel,
    faults,
    database,
  }) => {
    const [one = 0, two = 0] = await loadXdp(client, 'prog_one', 'prog_two');
    await client.attach(one, onXdp());
    const before = settledState(kernel);
    const rows = column(database, 'links', 'kernel_id');
    faults.inject('kernel.attach', { where: { name: 'prog_two' }, before: 'EINVAL' });

    await expect(client.attach(two, onXdp())).rejects.toMatchObject({ status: 'INTERNAL' });
    expect(settledState(kernel)).toEqual(before);
    expect(column(database, 'links', 'kernel_id')).toEqual(rows);
    expect(column(database, 'dispatchers', 'revision')).toEqual([1]);
    expect((await client.get(one)).links).toHaveLength(1);
    expect((await client.get(two)).links).toEqual([]);
    expect((await client.reconcile()).findings).toEqual([]);
  });

  test('a swap that happened and is reported as failed is undone', async ({ client, kernel, faults, database }) => {
    const [one = 0, two = 0] = await loadXdp(client, 'prog_one', 'prog_two');
    await client.attach(one, onXdp());
    const before = settledState(kernel);
    faults.inject('kernel.updateLink', { once: true, after: 'ENOMEM' });

    await expect(client.attach(two, onXdp())).rejects.toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
    expect(settledState(kernel)).toEqual(before);
    expect(column(database, 'dispatchers', 'revision')).toEqual([1]);
    expect((await client.reconcile()).findings).toEqual([]);
  });

  test.for(['before', 'after'] as const)(
    'when saving fails (%s the commit) the dispatcher before is back',
    async (when, { client, kernel, faults, database }) => {
      const [one = 0, two = 0] = await loadXdp(client, 'prog_one', 'prog_two');
      await client.attach(one, onXdp());
      const before = settledState(kernel);
      const rows = column(database, 'links', "id || ':' || kernel_id || ':' || pin_path");
      faults.inject('store.saveDispatcher', { once: true, ...fail(when, new Error('disk I/O error')) });

      await expect(client.attach(two, onXdp())).rejects.toMatchObject({
        status: 'INTERNAL',
        message: 'build the xdp dispatcher of eth0: disk I/O error',
      });
      expect(settledState(kernel)).toEqual(before);
      expect(column(database, 'links', "id || ':' || kernel_id || ':' || pin_path")).toEqual(rows);
    },
  );

  test('the last detach removes the dispatcher', async ({ client, kernel, faults, interfaces, expectClean }) => {
    const [id = 0] = await loadXdp(client, 'prog_one');
    const { link } = await client.attach(id, onXdp());
    const netns = await interfaces.netnsInode();
    faults.clearOperations();

    expect(await client.detach(link.id)).toEqual({ warnings: [] });
    expect(kernel).toHaveOps([
      'detach:bpfm_xdp_disp:ok',
      'detach:prog_one:ok',
      'unload:bpfm_xdp_disp:ok',
      `rmdir:dispatcher_${netns}_2_1:ok`,
    ]);
    expect(kernel.snapshot().programs.map(({ name }) => name)).toEqual(['prog_one']);
    await client.unload(id);
    await expectClean();
  });

  test('when the clean-up fails the extension is gone, and reconciliation finds the orphan', async ({
    client,
    kernel,
    faults,
    database,
    expectClean,
  }) => {
    const [id = 0] = await loadXdp(client, 'prog_one');
    const { link } = await client.attach(id, onXdp());
    kernel.failOnDispatcherCleanup('EBUSY');

    const { warnings } = await client.detach(link.id);
    expect(warnings).toEqual([
      expect.stringMatching(/^unload the old xdp dispatcher \d+: .*EBUSY/),
      expect.stringMatching(/^remove .*_2_1: .*ENOTEMPTY/),
    ]);
    expect(kernel.linkCount()).toBe(0);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0, dispatchers: 0 });

    const { findings } = await client.reconcile();
    expect(findings.map(({ kind, repairable }) => ({ kind, repairable }))).toEqual([
      { kind: 'dispatcher-only-in-kernel', repairable: true },
      { kind: 'pin-only-on-file-system', repairable: true },
    ]);
    faults.disarm();
    expect(await client.reconcile({ repair: true })).toMatchObject({ findings, remaining: [], failures: [] });
    await client.unload(id);
    await expectClean();
  });

  test('an interrupted rebuild does not block the next one once it is reconciled', async ({ client, faults }) => {
    const [one = 0, two = 0] = await loadXdp(client, 'prog_one', 'prog_two');
    await client.attach(one, onXdp());
    faults.inject('kernel.attach', { where: { name: 'prog_two' }, once: true, before: 'EINVAL' });
    faults.inject('kernel.unload', { where: { name: 'bpfm_xdp_disp' }, once: true, before: 'EBUSY' });
    await expect(client.attach(two, onXdp())).rejects.toThrow(
      /; and the roll-back is incomplete: unload dispatcher \d+/,
    );

    await expect(client.attach(two, onXdp())).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: expect.stringMatching(/_2_2 is left over from an interrupted operation. Reconcile with repair first$/),
    });
    expect((await client.reconcile({ repair: true })).remaining).toEqual([]);
    expect((await client.attach(two, onXdp())).link.position).toBe(0);
  });

  test('link counts go down with each detach', async ({ client, kernel, database, expectClean }) => {
    const ids = await loadXdp(client, 'prog_one', 'prog_two', 'prog_three');
    const links: number[] = [];
    for (const id of ids) links.push((await client.attach(id, onXdp())).link.id);
    const counts = () => ({
      extensions: kernel.snapshot().links.filter(({ type }) => type === 'extension').length,
      onDevice: kernel.snapshot().links.filter(({ type }) => type === 'xdp').length,
      dispatchers: kernel.snapshot().programs.filter(({ name }) => name === 'bpfm_xdp_disp').length,
      rows: countRows(database).links,
      revision: column(database, 'dispatchers', 'revision')[0],
    });

    expect(counts()).toEqual({ extensions: 3, onDevice: 1, dispatchers: 1, rows: 3, revision: 3 });
    await client.detach(links[1] ?? 0);
    expect(counts()).toEqual({ extensions: 2, onDevice: 1, dispatchers: 1, rows: 2, revision: 4 });
    await client.detach(links[0] ?? 0);
    expect(counts()).toEqual({ extensions: 1, onDevice: 1, dispatchers: 1, rows: 1, revision: 5 });
    await client.detach(links[2] ?? 0);
    expect(counts()).toEqual({ extensions: 0, onDevice: 0, dispatchers: 0, rows: 0, revision: undefined });
    for (const id of ids) await client.unload(id);
    await expectClean();
  });

  test('a detach that fails in a rebuild leaves all links where they were', async ({
    client,
    kernel,
    faults,
    database,
  }) => {
    const [one = 0, two = 0] = await loadXdp(client, 'prog_one', 'prog_two');
    const { link } = await client.attach(one, onXdp());
    await client.attach(two, onXdp());
    const before = settledState(kernel);
    faults.inject('kernel.updateLink', { once: true, before: 'EPERM' });

    await expect(client.detach(link.id)).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
    expect(settledState(kernel)).toEqual(before);
    expect(column(database, 'links', 'detach_pending')).toEqual([1, 0]);
    expect(await client.reconcile({ repair: true })).toMatchObject({
      findings: [{ kind: 'detach-unfinished' }],
      remaining: [],
    });
    expect((await client.list()).map(({ links }) => links.length)).toEqual([0, 1]);
  });

  test('the eleventh program is refused with a clear error', async ({ client, kernel, database }) => {
    const names = Array.from({ length: 11 }, (_, index) => `prog_${index}`);
    const ids = await loadXdp(client, ...names);
    for (const id of ids.slice(0, 10)) await client.attach(id, onXdp());
    const before = settledState(kernel);

    await expect(client.attach(ids[10] ?? 0, onXdp())).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      message: 'the xdp dispatcher of eth0 (ifindex 2) is full: it has 10 of 10 programs. Detach one of them first',
    });
    expect(settledState(kernel)).toEqual(before);
    expect(countRows(database)).toMatchObject({ programs: 11, links: 10, dispatchers: 1 });
    expect((await client.attach(ids[10] ?? 0, onXdp({ interface: 'lo' }))).link).toMatchObject({ position: 0 });
  });

  test('a hook that is still busy from a link before is tried again', async ({ client, faults, clock }) => {
    const [id = 0] = await loadXdp(client, 'prog_one');
    faults.inject('kernel.attach', { where: { name: 'bpfm_xdp_disp' }, times: 3, before: 'EBUSY' });

    expect((await client.attach(id, onXdp())).link.position).toBe(0);
    expect(clock.now()).toBe(50 + 100 + 200);
    expect(faults.calls('kernel.attach')).toBe(5);
  });
});
