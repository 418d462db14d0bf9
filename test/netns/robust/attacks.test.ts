import { describe, expect, test, vi } from 'vitest';
import { AbortedError } from '../../../src/core/errors.js';
import type { WireModule } from '../../../src/netns/impair/wire-control.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { pair } from '../../../src/netns/lab/templates.js';
import { assertLeaksNothing } from '../../../src/netns/leaks/assert-leaks-nothing.js';
import { toContainerlab } from '../../../src/netns/picture/containerlab.js';
import { toMermaid } from '../../../src/netns/picture/mermaid.js';
import { toSvg } from '../../../src/netns/picture/svg.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { runChild } from './run-child.js';

needsNamespaces();
vi.setConfig({ testTimeout: 30_000 });

const wired = { hosts: { a: {}, b: {} }, links: { w: { ends: ['a', 'b'], wire: true } } } as const;

describe('a lab that cannot be made is told by the limit, leaves nothing, and a smaller one can', () => {
  test('open files', async () => {
    const { stdout, stderr } = await runChild('too-much.ts', [], ['prlimit', '--nofile=64:64']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      error: expect.stringMatching(/^KernelError: .*EMFILE: .*The limit is ulimit -n, of open files/),
      leaks: [],
      isUp: true,
    });
  });

  test('namespaces', async () => {
    // The limit of a user namespace of its own: those of the machine are not touched.
    const limit = 'echo 12 > /proc/sys/user/max_net_namespaces && exec "$@"';
    const prefix = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--', 'sh', '-c', limit, 'sh'];
    const { stdout, stderr } = await runChild('too-much.ts', [], prefix);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      error: expect.stringMatching(/^KernelError: .*ENOSPC: .*The limit is user\.max_net_namespaces/),
      leaks: [],
      isUp: true,
    });
  });
});

test('what finds no descriptor leaves none: ledgers, captures and wires say so, and a lab is removed nevertheless', async () => {
  const { stdout, stderr } = await runChild('no-descriptors.ts', [], ['prlimit', '--nofile=120:120']);
  expect(stderr).toBe('');
  const { ledger, capture, wire, teardown } = JSON.parse(stdout);
  expect({ ledger, capture, wire }).toMatchObject({
    ledger: { isRefused: true, leaks: [] },
    capture: { isRefused: true, leaks: [] },
    wire: { isRefused: true, leaks: [] },
  });
  // Its thread would have found none; without one it has no frames, and is not to say that there were none.
  expect(capture.errors).toContainEqual(expect.stringMatching(/^GloveboxError: the capturing thread failed: .*EMFILE/));
  expect(teardown).toEqual({
    error: expect.stringMatching(
      /^ScopeError: lab: teardown failed in 2 places:\n {2}- link "plain": KernelError: .*EMFILE/,
    ),
    leaks: [],
  });
});

test('an abort before a lab is built, or while it is, ends in an AbortedError with its reason, and leaves nothing', async () => {
  await assertLeaksNothing(async () => {
    const reason = new Error('enough');
    await expect(createLab(wired, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({ cause: reason });
    const controller = new AbortController();
    const lab = createLab(wired, { signal: controller.signal });
    controller.abort(reason);
    await expect(lab).rejects.toBeInstanceOf(AbortedError);
  });
});

test('a lab is closed twice at once, and again, and under its sockets, and leaves nothing', async () => {
  await assertLeaksNothing(async () => {
    const lab = await createLab(wired);
    await Promise.all([lab[Symbol.asyncDispose](), lab[Symbol.asyncDispose]()]);
    await lab[Symbol.asyncDispose]();

    await using second = await createLab(wired);
    const server = second.hosts.b.listen({ port: 80, host: second.hosts.b.address });
    const request = second.hosts.a.fetch('http://b/', { timeoutMs: 5000 });
    second.hosts.a.netns.close();
    second.hosts.b.netns.close();
    await expect(request).rejects.toThrow();
    expect(server.listening).toBe(false);
  });
});

test('a daemon, in a session of its own, ends with its lab', async () => {
  await assertLeaksNothing(async () => {
    await using lab = await createLab(pair());
    const { stdout } = await lab.hosts.left.$`setsid sleep 1000 > /dev/null 2>&1 & echo $!`;
    expect(Number(stdout)).toBeGreaterThan(0);
  });
});

test('what was done to a lab can be taken back after it is closed, and nothing can be done to it any more', async () => {
  const lab = await createLab({
    hosts: { a: {}, b: {} },
    links: { plain: ['a', 'b'], w: { ends: ['a', 'b'], wire: true } },
  });
  const { w, plain } = lab.links;
  const undos = [w.impair({ both: { delayMs: 1 } }), w.hold('aToB'), w.intercept(() => 'pass'), plain.drop({})];
  w.hold('bToA');
  await lab[Symbol.asyncDispose]();
  for (const undo of undos) undo[Symbol.dispose]();
  lab.heal();
  for (const link of [w, plain]) expect(() => link.impair({ both: { delayMs: 1 } })).toThrow(/^lab is closed/);
  const module = new URL('./no-such-module.ts', import.meta.url);
  await expect(w.intercept({ module })).rejects.toThrow(/^lab is closed/);
});

test('hosts without a link can be cut off, and named like what every object has, and no ledger leads to them', async () => {
  await using lab = await createLab({
    hosts: { constructor: {}, toString: {}, alone: {} },
    links: { w: ['constructor', 'toString'] },
  });
  using split = lab.partition(['alone'], ['constructor'], ['toString']);
  expect(split.dropped).toBe(0);
  expect(lab.toSvg()).toContain('>constructor</text>');
  expect(() => lab.ledger({ from: 'constructor', to: 'alone', destination: '10.0.0.9' })).toThrow(
    'lab.ledger: to: no links of the lab lead from "constructor" to "alone"',
  );
});

describe('what is no option is refused in the words of what was called', () => {
  const wrong = <T>(value: unknown): T => value as T;
  const openLab = () => createLab(wired);

  test('directions, functions and plans of a link', async () => {
    await using lab = await openLab();
    const { w } = lab.links;
    const direction = `direction must be one of 'aToB', 'bToA'; received "atob". Did you mean "aToB" or "bToA"?`;
    expect(() => w.hold(wrong('atob'))).toThrow(`link "w".hold: ${direction}`);
    expect(() => w.counts(wrong('atob'))).toThrow(`link "w".counts: ${direction}`);
    expect(() => w.isHeld(wrong('atob'))).toThrow(`link "w".isHeld: ${direction}`);
    expect(() => w.impairment(wrong('atob'))).toThrow(`link "w".impairment: ${direction}`);
    expect(() => w.intercept(wrong<() => 'pass'>(null))).toThrow(
      'link "w".intercept: give it a function, or { module } with a function of that; received null',
    );
    expect(() => w.useFaults(wrong({}))).toThrow(
      'link "w".useFaults: give it a plan of faults, such as new FaultPlan(); received {}',
    );
    expect(() => w.useFaults(wrong({ point: () => () => 1 }))).toThrow(
      'link "w".useFaults: give it a plan of faults, such as new FaultPlan(); received {',
    );
    const module = new URL('./no-such-module.ts', import.meta.url);
    for (const name of [() => 1, Symbol('drop')])
      await expect(w.intercept(wrong<WireModule>({ module, export: name }))).rejects.toThrow(
        /^link "w"\.intercept: export must be the name of an export; received /,
      );
    await expect(w.intercept(wrong<WireModule>({ module: Symbol('here'), exports: 'drop' }))).rejects.toThrow(
      /^link "w"\.intercept: .*\n.*"exports" is no option.*\n.*module must be an absolute URL, such as /,
    );
    for (const value of [() => 1, Symbol('loss')]) {
      expect(() => w.impair({ both: wrong(value) })).toThrow(/^link "w"\.impair: both must be an object such as/);
      expect(() => w.impair({ both: { delayMs: wrong(value) } })).toThrow(
        /^link "w"\.impair: both\.delayMs must be a number from 0/,
      );
    }
    // What no thread can be sent as it is.
    w.impair({ both: new Proxy({ delayMs: 3 }, {}) });
    expect(w.impairment('bToA')).toEqual({ delayMs: 3 });
    expect(() => lab.partition([wrong(Object.create(null))], ['b'])).toThrow(
      'group 1: {} is no host or router of a, b',
    );
  });

  test('what a picture is to show', async () => {
    await using lab = await openLab();
    for (const ledger of [5, null, {}, { hops: [], findings: [] }])
      expect(() => lab.toSvg({ ledger: wrong(ledger) })).toThrow(
        /^Lab\.toSvg: ledger must be a report of a ledger, await ledger\.report\(\); received /,
      );
    expect(() => lab.toMermaid({ notes: wrong('here') })).toThrow(
      'Lab.toMermaid: notes must be an object with links or nodes; received "here"',
    );
    expect(() => lab.toContainerlab(wrong(null))).toThrow('toContainerlab: options must be an object; received null');
    expect(() => lab.toContainerlab(wrong({ nam: 'x' }))).toThrow('toContainerlab: "nam" is no option.');
    for (const draw of [toContainerlab, toMermaid, toSvg])
      expect(() => draw(wrong({ hosts: {} }))).toThrow(
        `${draw.name}: plan must be what planLab() returned; received {"hosts":{}}`,
      );
  });

  test('moments, signals, and what a ledger counts', async () => {
    await using lab = await openLab();
    expect(() => lab.explain({ since: wrong({}) })).toThrow(
      'lab.explain: since must be what lab.counters() returned; received {}',
    );
    await using capture = await lab.capture();
    await expect(capture.waitFor(() => true, { signal: wrong('now') })).rejects.toThrow(
      'capture.waitFor: signal must be an AbortSignal; received "now"',
    );
    const read = () => 0;
    expect(() =>
      lab.ledger({ legs: [{ stages: [wrong({ name: 'in', read, isRunning: true, iflost: '' })] }] }),
    ).toThrow(
      'legs[0].stages[0]: "iflost" is no option. Did you mean "ifLost"?\n  - legs[0].stages[0].isRunning must be a function, not true',
    );
    expect(() => lab.ledger({ from: 'a', to: 'b', protocol: 'icmpv6' })).toThrow(
      'lab.ledger: to: "b" has no address of IPv6; give destination',
    );
    expect(() => lab.ledger({ from: 'a', to: 'b', group: 'ff02::1', source: '10.0.0.1' })).toThrow(
      'lab.ledger: group: "ff02::1" is of the other kind of IP than source "10.0.0.1"',
    );
  });
});
