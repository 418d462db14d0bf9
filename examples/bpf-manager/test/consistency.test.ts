import { startServer } from '../src/server.js';
import { describe, expect, ROOT, test } from './support/fixture.js';
import { ON_SCHED_FORK, ON_SCHED_SWITCH, onTc, onTcx, onXdp, program } from './support/requests.js';
import { column, countRows } from './support/state.js';

describe('Consistency', () => {
  test('when all agree, there is nothing to find and nothing is done', async ({ client, kernel, faults }) => {
    const [xdp, tc, tracepoint] = await client.load(
      program('prog_one', 'xdp'),
      program('prog_two', 'tc'),
      program('prog_three'),
    );
    await client.attach(xdp?.id ?? 0, onXdp());
    await client.attach(tc?.id ?? 0, onTc('egress'));
    await client.attach(tracepoint?.id ?? 0, ON_SCHED_SWITCH);
    faults.clearOperations();

    expect(await client.reconcile({ repair: true })).toEqual({ findings: [], remaining: [], failures: [] });
    expect(kernel).toHaveOps([]);
  });

  test('a program in the kernel only is found and unloaded', async ({ client, kernel, expectClean }) => {
    const { id } = kernel.injectProgram({ name: 'lost', type: 'tracepoint' });
    kernel.injectPin(`${ROOT}/prog_${id}`, { kind: 'program', id });
    kernel.releaseInjected();

    expect((await client.reconcile()).findings).toEqual([
      {
        kind: 'program-only-in-kernel',
        subject: `program ${id} ("lost")`,
        detail: `it is in the kernel, pinned at ${ROOT}/prog_${id}, and not in the database`,
        repairable: true,
      },
    ]);
    expect(kernel.programCount()).toBe(1);
    expect(await client.reconcile({ repair: true })).toMatchObject({ remaining: [], failures: [] });
    expect(kernel).toHaveOps(['unload:lost:ok']);
    await expectClean();
  });

  test("other people's programs, links and pins are no concern of the manager", async ({ client, kernel }) => {
    const { id } = kernel.injectProgram({ name: 'theirs', type: 'tcx' });
    kernel.injectLink({ type: 'tcx', program: id, ifindex: 2, direction: 'ingress' });
    kernel.injectPin('/sys/fs/bpf/theirs', { kind: 'program', id });

    expect(await client.reconcile({ repair: true })).toEqual({ findings: [], remaining: [], failures: [] });
    expect([kernel.programCount(), kernel.linkCount(), kernel.pinCount()]).toEqual([1, 1, 1]);
  });

  test('a program in the database only is found, and its row deleted', async ({ client, kernel, expectClean }) => {
    const [loaded] = await client.load(program('prog_one', 'tracepoint', { metadata: { owner: 'alice' } }));
    await kernel.unload(loaded?.id ?? 0);

    const { findings, remaining } = await client.reconcile({ repair: true });
    expect(findings).toMatchObject([
      { kind: 'program-only-in-database', subject: `program ${loaded?.id} ("prog_one")` },
    ]);
    expect(remaining).toEqual([]);
    await expectClean();
  });

  test('a program whose id was given to another one is not taken for it', async ({
    client,
    fakeKernel: kernel,
    database,
  }) => {
    const [loaded] = await client.load(program('prog_one'));
    const id = loaded?.id ?? 0;
    await kernel.unload(id);
    kernel.setNextId('program', id);
    expect(kernel.injectProgram({ name: 'theirs', type: 'kprobe' }).id).toBe(id);

    expect((await client.reconcile({ repair: true })).findings).toMatchObject([{ kind: 'program-only-in-database' }]);
    expect(kernel.snapshot().programs).toMatchObject([{ id, name: 'theirs' }]);
    expect(database).toBeEmpty();
  });

  test('a link whose program is gone is found, and goes before its program', async ({
    client,
    kernel,
    faults,
    expectClean,
  }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    await kernel.detach(link.kernelId);
    await kernel.unload(loaded?.id ?? 0);
    faults.clearOperations();

    const { findings, remaining, failures } = await client.reconcile({ repair: true });
    expect(findings.map(({ kind, subject }) => `${kind}: ${subject}`)).toEqual([
      `link-without-program: link 1 of program ${loaded?.id} ("prog_one")`,
      `program-only-in-database: program ${loaded?.id} ("prog_one")`,
    ]);
    expect({ remaining, failures }).toEqual({ remaining: [], failures: [] });
    expect(faults).toHaveOpBefore('store.deleteLink:*:ok', 'store.deleteProgram:*:ok');
    await expectClean();
  });

  test('a link in the database only is found, and its row deleted', async ({ client, kernel, database }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    await kernel.detach(link.kernelId);

    expect((await client.reconcile({ repair: true })).findings).toMatchObject([
      { kind: 'link-only-in-database', detail: `the kernel has no such link ${link.kernelId}` },
    ]);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0 });
  });

  test("a link of the manager's program in the kernel only is found and detached", async ({ client, kernel }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { id } = kernel.injectLink({
      type: 'tracepoint',
      program: loaded?.id ?? 0,
      category: 'sched',
      name: 'sched_switch',
    });
    kernel.injectPin(`${ROOT}/links/7`, { kind: 'link', id });
    kernel.releaseInjected();

    const { findings, remaining } = await client.reconcile({ repair: true });
    expect(findings).toMatchObject([
      { kind: 'link-only-in-kernel', subject: `link ${id} of the kernel, of program ${loaded?.id}` },
    ]);
    expect(remaining).toEqual([]);
    expect(kernel.linkCount()).toBe(0);
  });

  test('a link that something took off its hook is found and forgotten', async ({ client, kernel, database }) => {
    const [loaded] = await client.load(program('prog_one', 'tcx'));
    const { link } = await client.attach(loaded?.id ?? 0, onTcx('ingress'));
    await kernel.forceDetach(link.kernelId);

    expect((await client.reconcile({ repair: true })).findings).toMatchObject([{ kind: 'link-off-its-hook' }]);
    expect(kernel.linkCount()).toBe(0);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0 });
  });

  test('a dispatcher in the database only is found, and goes with its links', async ({
    client,
    kernel,
    database,
    expectClean,
  }) => {
    const [loaded] = await client.load(program('prog_one', 'xdp'));
    const { link } = await client.attach(loaded?.id ?? 0, onXdp());
    const { links, programs } = kernel.snapshot();
    await kernel.detach(links.find(({ type }) => type === 'xdp')?.id ?? 0);
    await kernel.detach(link.kernelId);
    await kernel.unload(programs.find(({ name }) => name === 'bpfm_xdp_disp')?.id ?? 0);

    const { findings, remaining, failures } = await client.reconcile({ repair: true });
    expect(findings.map(({ kind }) => kind)).toEqual(['link-only-in-database', 'dispatcher-only-in-database']);
    expect({ remaining, failures }).toEqual({ remaining: [], failures: [] });
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0, dispatchers: 0 });
    await client.unload(loaded?.id ?? 0);
    await expectClean();
  });

  test('a dispatcher that was taken off its hook is put back', async ({ client, kernel }) => {
    const [xdp, tc] = await client.load(program('prog_one', 'xdp'), program('prog_two', 'tc'));
    await client.attach(xdp?.id ?? 0, onXdp());
    await client.attach(tc?.id ?? 0, onTc('ingress'));
    const before = await Promise.all([
      kernel.queryXdp({ ifindex: 2 }),
      kernel.filters({ ifindex: 2, direction: 'ingress' }),
    ]);
    await kernel.detach(before[0].linkId ?? 0);
    for (const filter of before[1]) await kernel.deleteFilter(filter);

    const { findings, remaining } = await client.reconcile({ repair: true });
    expect(findings.map(({ kind, subject }) => `${kind}: ${subject}`)).toEqual([
      'dispatcher-off-its-hook: tc-ingress dispatcher of eth0 (ifindex 2)',
      'dispatcher-off-its-hook: xdp dispatcher of eth0 (ifindex 2)',
    ]);
    expect(remaining).toEqual([]);
    expect(await kernel.queryXdp({ ifindex: 2 })).toMatchObject({ programId: before[0].programId });
    expect(await kernel.filters({ ifindex: 2, direction: 'ingress' })).toEqual(before[1]);
  });

  test('a pin on the file system only is found and removed', async ({ client, kernel, expectClean }) => {
    const { id } = kernel.injectProgram({ name: 'stray', type: 'tracepoint' });
    kernel.injectPin(`${ROOT}/backup/old_prog`, { kind: 'program', id });
    kernel.releaseInjected();

    const { findings, remaining } = await client.reconcile({ repair: true });
    expect(findings.map(({ kind, subject }) => `${kind}: ${subject}`)).toEqual([
      `pin-only-on-file-system: ${ROOT}/backup/old_prog`,
      `pin-only-on-file-system: ${ROOT}/backup`,
    ]);
    expect(remaining).toEqual([]);
    await expectClean();
  });

  test('a pin that is missing is made again', async ({ client, kernel }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    const before = kernel.snapshot();
    await kernel.unpin(loaded?.pinPath ?? '');

    expect((await client.reconcile({ repair: true })).findings).toMatchObject([
      { kind: 'pin-missing', detail: `${loaded?.pinPath} is missing` },
    ]);
    expect(kernel.snapshot()).toEqual(before);
    expect(kernel.handleCount()).toBe(0);
    await client.detach(link.id);
  });

  test('an interface that was deleted underneath is found, and its links and dispatchers go', async ({
    client,
    kernel,
    interfaces,
    database,
    expectClean,
  }) => {
    interfaces.add('veth0');
    const [xdp, tc, tcx] = await client.load(
      program('prog_one', 'xdp'),
      program('prog_two', 'tc'),
      program('prog_three', 'tcx'),
    );
    const place = { interface: 'veth0' };
    await client.attach(xdp?.id ?? 0, onXdp(place));
    await client.attach(tc?.id ?? 0, onTc('ingress', place));
    await client.attach(tcx?.id ?? 0, onTcx('egress', place));
    interfaces.remove('veth0');

    const { findings, remaining, failures } = await client.reconcile({ repair: true });
    expect(findings.map(({ kind, subject }) => `${kind}: ${subject}`)).toEqual([
      `interface-gone: link 1 of program ${xdp?.id} ("prog_one")`,
      `interface-gone: link 2 of program ${tc?.id} ("prog_two")`,
      `interface-gone: link 3 of program ${tcx?.id} ("prog_three")`,
      'interface-gone: tc-ingress dispatcher of veth0 (ifindex 3)',
      'interface-gone: xdp dispatcher of veth0 (ifindex 3)',
    ]);
    expect({ remaining, failures }).toEqual({ remaining: [], failures: [] });
    expect(kernel.linkCount()).toBe(0);
    expect(countRows(database)).toMatchObject({ programs: 3, links: 0, dispatchers: 0 });
    for (const { id } of await client.list()) await client.unload(id);
    await expectClean();
  });

  test('links on an interface that is gone can be detached one by one', async ({ client, interfaces, expectClean }) => {
    interfaces.add('veth0');
    const loaded = await client.load(program('prog_one', 'xdp'), program('prog_two', 'xdp'));
    for (const { id } of loaded) await client.attach(id, onXdp({ interface: 'veth0' }));
    interfaces.remove('veth0');

    expect(await client.detach(1)).toEqual({ warnings: [] });
    expect(await client.detach(2)).toEqual({ warnings: [] });
    for (const { id } of loaded) await client.unload(id);
    await expectClean();
  });

  test('a network namespace that was deleted underneath is found', async ({
    client,
    interfaces,
    database,
    expectClean,
  }) => {
    const netns = '/run/netns/blue';
    interfaces.addNetns(netns);
    interfaces.add('eth0', { netns });
    const [xdp, tc] = await client.load(program('prog_one', 'xdp'), program('prog_two', 'tc'));
    await client.attach(xdp?.id ?? 0, onXdp({ netns }));
    await client.attach(tc?.id ?? 0, onTc('egress', { netns }));
    interfaces.removeNetns(netns);

    const { findings, remaining, failures } = await client.reconcile({ repair: true });
    expect(new Set(findings.map(({ kind, detail }) => `${kind}: ${detail}`))).toEqual(
      new Set([`netns-gone: ${netns} is gone`]),
    );
    expect(findings).toHaveLength(4);
    expect({ remaining, failures }).toEqual({ remaining: [], failures: [] });
    expect(countRows(database)).toMatchObject({ programs: 2, links: 0, dispatchers: 0 });
    for (const { id } of await client.list()) await client.unload(id);
    await expectClean();
  });

  test('another namespace that came to the same path is not taken for it', async ({ client, interfaces }) => {
    const netns = '/run/netns/blue';
    interfaces.addNetns(netns);
    interfaces.add('eth0', { netns, index: 7 });
    const [loaded] = await client.load(program('prog_one', 'tcx'));
    await client.attach(loaded?.id ?? 0, onTcx('ingress', { netns }));
    interfaces.removeNetns(netns);
    interfaces.addNetns(netns);
    interfaces.add('eth0', { netns, index: 7 });

    expect((await client.reconcile({ repair: true })).findings).toMatchObject([{ kind: 'netns-gone' }]);
    expect((await client.get(loaded?.id ?? 0)).links).toEqual([]);
  });

  test('a foreign XDP program that was there first is reported, and refused to be replaced', async ({
    client,
    kernel,
    clock,
    database,
  }) => {
    const foreign = kernel.injectXdp({ name: 'theirs', ifindex: 2 });
    const [loaded] = await client.load(program('prog_one', 'xdp'));
    const before = kernel.snapshot().pins;

    await expect(client.attach(loaded?.id ?? 0, onXdp())).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: `eth0 (ifindex 2) has an XDP program already that is not of this manager: program ${foreign.id}. Take it off first`,
    });
    expect(clock.now()).toBe(50 + 100 + 200 + 400 + 800);
    expect(await kernel.queryXdp({ ifindex: 2 })).toMatchObject({ programId: foreign.id });
    expect(kernel.snapshot().pins).toEqual(before);
    expect(countRows(database)).toMatchObject({ programs: 1, links: 0, dispatchers: 0 });

    const report = await client.reconcile({ repair: true });
    expect(report.findings).toEqual([
      {
        kind: 'foreign-xdp',
        subject: 'eth0 (ifindex 2)',
        detail: `program ${foreign.id} ("theirs") sits on its XDP hook and is not of this manager`,
        repairable: false,
      },
    ]);
    expect(report.remaining).toEqual(report.findings);
    expect(await kernel.queryXdp({ ifindex: 2 })).toMatchObject({ programId: foreign.id });
  });

  test('when something cannot be listed, nothing is mended', async ({ client, kernel, faults, database }) => {
    const [loaded] = await client.load(program('prog_one'));
    await kernel.unload(loaded?.id ?? 0);
    faults.inject('kernel.list', { once: true, before: 'EPERM' });
    faults.clearOperations();

    await expect(client.reconcile({ repair: true })).rejects.toMatchObject({
      status: 'INTERNAL',
      message: expect.stringMatching(
        /^reconcile: not everything could be listed, so nothing was compared or mended: .*EPERM/,
      ),
    });
    expect(faults).toHaveOps([]);
    expect(countRows(database).programs).toBe(1);
  });

  test('one repair that fails does not keep the others from being done', async ({ client, kernel, faults }) => {
    const loaded = await client.load(program('prog_one'), program('prog_two'));
    for (const { id } of loaded) await kernel.unload(id);
    faults.inject('store.deleteProgram', {
      where: ({ args: [id] }) => id === loaded[0]?.id,
      before: new Error('database is locked'),
    });

    const { findings, remaining, failures } = await client.reconcile({ repair: true });
    expect(findings).toHaveLength(2);
    expect(failures).toEqual([`program-only-in-database, program ${loaded[0]?.id} ("prog_one"): database is locked`]);
    expect(remaining).toEqual([findings[0]]);
  });

  test('differences are mended from dependents to owners, and what failed before is tried last', async ({
    client,
    kernel,
    faults,
  }) => {
    const [one, two] = await client.load(program('prog_one'), program('prog_two'));
    const { link } = await client.attach(one?.id ?? 0, ON_SCHED_SWITCH);
    faults.inject('kernel.detach', { once: true, before: 'EBUSY' });
    await expect(client.detach(link.id)).rejects.toThrow('EBUSY');
    const { id } = kernel.injectProgram({ name: 'bpfm_xdp_disp', type: 'xdp' });
    kernel.injectPin(`${ROOT}/xdp/dispatcher_1_2_3/dispatcher`, { kind: 'program', id });
    kernel.releaseInjected();
    await kernel.unload(two?.id ?? 0);
    faults.clearOperations();

    const { findings, remaining } = await client.reconcile({ repair: true });
    expect(findings.map(({ kind }) => kind)).toEqual([
      'dispatcher-only-in-kernel',
      'program-only-in-database',
      'pin-only-on-file-system',
      'detach-unfinished',
    ]);
    expect(remaining).toEqual([]);
    expect(faults).toHaveOpsInOrder([
      'unload:bpfm_xdp_disp:ok',
      'rmdir:dispatcher_1_2_3:ok',
      'store.deleteProgram:*:ok',
      'detach:prog_one:ok',
    ]);
  });

  test('a repair that shows another difference mends that too', async ({ client, kernel, faults, expectClean }) => {
    const [loaded] = await client.load(program('prog_one'));
    const { link } = await client.attach(loaded?.id ?? 0, ON_SCHED_SWITCH);
    faults.inject('store.saveLink', { once: true, before: new Error('disk I/O error') });
    faults.inject('kernel.detach', { once: true, before: 'EBUSY' });
    await expect(client.attach(loaded?.id ?? 0, ON_SCHED_FORK)).rejects.toThrow(
      'the roll-back is incomplete: detach link',
    );
    await client.detach(link.id);
    // The link that nobody knows keeps the program, which is unloaded halfway, in the kernel.
    faults.inject('store.deleteProgram', { once: true, before: new Error('disk I/O error') });
    await expect(client.unload(loaded?.id ?? 0)).rejects.toThrow('disk I/O error');
    expect(kernel.programCount()).toBe(1);

    const { findings, remaining, failures } = await client.reconcile({ repair: true });
    expect(findings.map(({ kind }) => kind)).toEqual(['link-only-in-kernel', 'pin-missing']);
    expect({ remaining, failures }).toEqual({ remaining: [], failures: [] });
    // The program went with its link, and its row was found stale; or Linux was slower, and it was pinned again.
    for (const { id } of await client.list()) await client.unload(id);
    await expectClean();
  });

  test('after a boot nothing of the account is true any more, and a start with repair clears it', async ({
    client,
    fakeKernel: kernel,
    store,
    interfaces,
    database,
  }) => {
    const [xdp, tracepoint] = await client.load(program('prog_one', 'xdp'), program('prog_two'));
    await client.attach(xdp?.id ?? 0, onXdp());
    await client.attach(tracepoint?.id ?? 0, ON_SCHED_SWITCH);
    kernel.reset();
    expect(countRows(database)).toMatchObject({ programs: 2, links: 2, dispatchers: 1 });

    await using restarted = await startServer({
      kernel,
      interfaces,
      store,
      root: ROOT,
      address: '127.0.0.1:0',
      repair: true,
    });
    expect(restarted.findings.map(({ kind }) => kind)).toEqual([
      'link-without-program',
      'link-without-program',
      'dispatcher-only-in-database',
      'program-only-in-database',
      'program-only-in-database',
    ]);
    expect(database).toBeEmpty();
    expect(column(database, 'links', 'id')).toEqual([]);
  });
});
