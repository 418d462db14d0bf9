import { checkOptions } from '../core/check-options.js';
import { AssertionError, bullets, quote, UsageError } from '../core/errors.js';
import type { InspectableKernel, KernelSnapshot } from '../kernel/snapshot.js';

/** A database as the assertions need it: node:sqlite's `DatabaseSync` and better-sqlite3's `Database` both fit. */
export interface SqlDatabase {
  prepare(sql: string): { all(): readonly unknown[] };
}

/** What may be left without being a mistake. */
export interface DatabaseEmptyOptions {
  /** Tables that are not looked at, such as that of schema migrations. @defaultValue [] */
  readonly ignoreTables?: readonly string[];
}

/** The places that a clean state is about. Leave out what the test does not have. */
export interface CleanStateTargets extends DatabaseEmptyOptions {
  readonly kernel?: InspectableKernel;
  readonly database?: SqlDatabase;
}

/**
 * Asserts that a kernel holds nothing: no program, link, map, pin, directory of pins, attachment or clsact qdisc.
 *
 * @throws AssertionError naming each thing that is there
 */
export function assertKernelEmpty(kernel: InspectableKernel): void {
  failOn('the kernel is not empty', findKernelLeftovers(kernel));
}

/**
 * Asserts that every table of a SQLite database is empty.
 *
 * @throws AssertionError naming each table that is not, with its number of rows and the first of them
 */
export function assertDatabaseEmpty(database: SqlDatabase, options: DatabaseEmptyOptions = {}): void {
  failOn('the database is not empty', findDatabaseLeftovers(database, options));
}

/**
 * Asserts that nothing is left anywhere: {@link assertKernelEmpty} and {@link assertDatabaseEmpty} in one, with
 * everything that is left, wherever it is, in one message.
 *
 * @throws AssertionError; UsageError when it is given nothing to look at
 */
export function assertCleanState(targets: CleanStateTargets): void {
  if (typeof targets !== 'object' || targets === null || !(targets.kernel ?? targets.database)) {
    throw new UsageError(
      'assertCleanState',
      `expected { kernel, database } or one of them; received ${quote(targets)}`,
    );
  }
  failOn('the state is not clean', [
    ...(targets.kernel === undefined ? [] : findKernelLeftovers(targets.kernel).map((line) => `kernel: ${line}`)),
    ...(targets.database === undefined
      ? []
      : findDatabaseLeftovers(targets.database, targets).map((line) => `database: ${line}`)),
  ]);
}

/** Whether a value is a kernel that can be inspected. */
export function isInspectableKernel(value: unknown): value is InspectableKernel {
  return typeof value === 'object' && value !== null && 'snapshot' in value && typeof value.snapshot === 'function';
}

/** Whether a value can be asked with SQL. */
export function isSqlDatabase(value: unknown): value is SqlDatabase {
  return typeof value === 'object' && value !== null && 'prepare' in value && typeof value.prepare === 'function';
}

function failOn(what: string, leftovers: readonly string[]): void {
  if (leftovers.length === 0) return;
  throw new AssertionError(`${what}, ${leftovers.length} left:\n${bullets(leftovers)}`, {
    actual: leftovers,
    expected: [],
  });
}

function findKernelLeftovers(kernel: InspectableKernel): readonly string[] {
  if (!isInspectableKernel(kernel)) {
    throw new UsageError('assertKernelEmpty', `expected a kernel that has snapshot(); received ${quote(kernel)}`);
  }
  const state: KernelSnapshot = kernel.snapshot();
  return [
    ...state.programs.map((program) => `program ${program.id} ${quote(program.name)} (${program.type})`),
    ...state.links.map(
      (link) =>
        `link ${link.id} (${link.type}) of program ${link.programId}${link.attached ? place(link) : ', detached from its hook'}`,
    ),
    ...state.maps.map((map) => `map ${map.id} ${quote(map.name)} (${map.type})`),
    ...state.attachments.map((plain) => `program ${plain.programId} attached by ${plain.via}${place(plain)}`),
    ...state.clsacts.map((qdisc) => `clsact qdisc on ifindex ${qdisc.ifindex}`),
    ...state.pins.map((pin) => `pin ${pin.path} of ${pin.kind} ${pin.id}`),
    ...state.directories.map((directory) => `directory ${directory}`),
  ];
}

function place(at: {
  readonly ifindex?: number | undefined;
  readonly target?: string;
  readonly direction?: string | undefined;
}): string {
  const where = at.ifindex === undefined ? at.target : `ifindex ${at.ifindex}`;
  if (where === undefined) return '';
  return ` on ${where}${at.direction === undefined ? '' : ` ${at.direction}`}`;
}

function findDatabaseLeftovers(database: SqlDatabase, options: DatabaseEmptyOptions): readonly string[] {
  if (!isSqlDatabase(database)) {
    throw new UsageError(
      'assertDatabaseEmpty',
      `expected a SQLite database that has prepare(); received ${quote(database)}`,
    );
  }
  checkOptions('assertDatabaseEmpty', options);
  const { ignoreTables = [] } = options;
  if (!Array.isArray(ignoreTables)) {
    throw new UsageError(
      'assertDatabaseEmpty',
      `ignoreTables must be a list of names; received ${quote(ignoreTables)}`,
    );
  }
  const ignored = new Set<string>(ignoreTables);
  const tables = database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .all()
    .map((row) => String(column(row, 'name')));
  const unknown = [...ignored].filter((table) => !tables.includes(table));
  if (unknown.length > 0) {
    throw new UsageError(
      'assertDatabaseEmpty',
      unknown.map((table) => `ignoreTables names ${quote(table)}; the tables are ${tables.join(', ') || 'none'}`),
    );
  }
  return tables
    .filter((table) => !ignored.has(table))
    .flatMap((table) => {
      const identifier = `"${table.replaceAll('"', '""')}"`;
      const count = Number(column(database.prepare(`SELECT count(*) AS n FROM ${identifier}`).all()[0], 'n'));
      if (count === 0) return [];
      const [first] = database.prepare(`SELECT * FROM ${identifier} LIMIT 1`).all();
      return [`table ${table} has ${count} ${count === 1 ? 'row' : 'rows'}, the first is ${quote(first)}`];
    });
}

function column(row: unknown, name: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, name) : undefined;
}
