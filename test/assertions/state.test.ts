import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assertCleanState, assertDatabaseEmpty, assertKernelEmpty } from '../../src/assertions/state.js';
import { kernelWith } from './support.js';

describe('assertKernelEmpty', () => {
  test('accepts a kernel that holds nothing', () => {
    assertKernelEmpty(kernelWith());
  });

  test('names everything that is left', () => {
    const kernel = kernelWith({
      programs: [{ id: 3, name: 'prog_one', type: 'xdp', tag: '0011223344556677', loadedAtMs: 0, mapIds: [] }],
      links: [
        { id: 1, programId: 3, type: 'tcx', attached: true, ifindex: 2, netns: 1, direction: 'ingress' },
        { id: 2, programId: 3, type: 'xdp', attached: false, ifindex: 0, netns: 1 },
        { id: 4, programId: 3, type: 'fentry', attached: true, target: 'do_unlinkat' },
      ],
      attachments: [
        {
          via: 'filter',
          programId: 3,
          netns: 1,
          ifindex: 2,
          direction: 'egress',
          mode: undefined,
          priority: 50,
          handle: 1,
        },
      ],
      clsacts: [{ netns: 1, ifindex: 2 }],
      pins: [{ path: '/sys/fs/bpf/prog_3', kind: 'program', id: 3 }],
      directories: ['/sys/fs/bpf/maps'],
    });
    expect(() => assertKernelEmpty(kernel)).toThrow(
      [
        'the kernel is not empty, 8 left:',
        '  - program 3 "prog_one" (xdp)',
        '  - link 1 (tcx) of program 3 on ifindex 2 ingress',
        '  - link 2 (xdp) of program 3, detached from its hook',
        '  - link 4 (fentry) of program 3 on do_unlinkat',
        '  - program 3 attached by filter on ifindex 2 egress',
        '  - clsact qdisc on ifindex 2',
        '  - pin /sys/fs/bpf/prog_3 of program 3',
        '  - directory /sys/fs/bpf/maps',
      ].join('\n'),
    );
  });

  test('refuses what is no kernel', () => {
    const target: unknown = { snapshot: true };
    expect(() => assertKernelEmpty(target as ReturnType<typeof kernelWith>)).toThrow(
      'assertKernelEmpty: expected a kernel that has snapshot(); received {"snapshot":true}',
    );
  });
});

describe('with a real SQLite database', () => {
  let database: DatabaseSync;

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec(`
      CREATE TABLE programs (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
      CREATE TABLE "odd ""name" (x);
      CREATE TABLE migrations (version INTEGER);
    `);
  });

  afterEach(() => database.close());

  test('assertDatabaseEmpty accepts empty tables and looks past the tables of SQLite itself', () => {
    database.exec("INSERT INTO programs (name) VALUES ('a'); DELETE FROM programs;");
    assertDatabaseEmpty(database);
  });

  test('assertDatabaseEmpty names each table that has rows, and the first of them', () => {
    database.exec(`INSERT INTO programs (name) VALUES ('a'), ('b'); INSERT INTO "odd ""name" VALUES (1);`);
    expect(() => assertDatabaseEmpty(database)).toThrow(
      [
        'the database is not empty, 2 left:',
        '  - table odd "name has 1 row, the first is {"x":1}',
        '  - table programs has 2 rows, the first is {"id":1,"name":"a"}',
      ].join('\n'),
    );
  });

  test('assertDatabaseEmpty leaves out ignored tables, and refuses to ignore what is not there', () => {
    database.exec('INSERT INTO migrations VALUES (7)');
    assertDatabaseEmpty(database, { ignoreTables: ['migrations'] });
    expect(() => assertDatabaseEmpty(database, { ignoreTables: ['migration'] })).toThrow(
      'assertDatabaseEmpty: ignoreTables names "migration"; the tables are migrations, odd "name, programs',
    );
  });

  test('assertCleanState reports the kernel and the database together', () => {
    database.exec("INSERT INTO programs (name) VALUES ('a')");
    const kernel = kernelWith({ clsacts: [{ netns: 1, ifindex: 2 }] });
    expect(() => assertCleanState({ kernel, database })).toThrow(
      [
        'the state is not clean, 2 left:',
        '  - kernel: clsact qdisc on ifindex 2',
        '  - database: table programs has 1 row, the first is {"id":1,"name":"a"}',
      ].join('\n'),
    );
    assertCleanState({ kernel: kernelWith() });
    expect(() => assertCleanState({})).toThrow(
      'assertCleanState: expected { kernel, database } or one of them; received {}',
    );
  });
});
