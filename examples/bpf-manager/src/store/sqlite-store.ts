import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { ConflictError } from '../errors.js';
import type { DispatcherKey, DispatcherRecord, LinkRecord, ProgramRecord } from '../model.js';
import { integer, type Row, toDispatcher, toLink, toProgram } from './rows.js';
import type { LinkFilter, ProgramStore } from './store.js';

const INSERT_LINK = `
INSERT INTO links (id, program_id, kernel_id, pin_path, netns, ifindex, netns_path, interface_name, direction, target,
                   priority, dispatcher_kind, position, proceed_on, detach_pending)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const UPSERT_DISPATCHER = `
INSERT INTO dispatchers (kind, netns, ifindex, netns_path, interface_name, revision, program_id, filter_handle)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, netns, ifindex) DO UPDATE SET netns_path = excluded.netns_path,
  interface_name = excluded.interface_name, revision = excluded.revision, program_id = excluded.program_id,
  filter_handle = excluded.filter_handle`;

const OF_DISPATCHER = 'dispatcher_kind = ? AND netns = ? AND ifindex = ?';

/** The account in a SQLite database made by `openDatabase`. */
export class SqliteStore implements ProgramStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  saveProgram(program: ProgramRecord): void {
    const { id, name, type, attachTo, pinPath } = program;
    this.#transaction(`program "${name}"`, () => {
      this.#run(
        'INSERT INTO programs (id, name, type, attach_to, pin_path) VALUES (?, ?, ?, ?, ?)',
        id,
        name,
        type,
        attachTo ?? null,
        pinPath,
      );
      for (const [key, value] of Object.entries(program.metadata)) {
        this.#run('INSERT INTO program_metadata (program_id, key, value) VALUES (?, ?, ?)', id, key, value);
      }
    });
  }

  deleteProgram(programId: number): void {
    this.#run('DELETE FROM programs WHERE id = ?', programId);
  }

  program(programId: number): ProgramRecord | undefined {
    const row = this.#get('SELECT * FROM programs WHERE id = ?', programId);
    return row && toProgram(row, this.#metadata(programId));
  }

  programs(): readonly ProgramRecord[] {
    return this.#all('SELECT * FROM programs ORDER BY id').map((row) =>
      toProgram(row, this.#metadata(integer(row, 'id'))),
    );
  }

  nextLinkId(): number {
    const row = this.#get("SELECT seq FROM sqlite_sequence WHERE name = 'links'");
    return row ? integer(row, 'seq') + 1 : 1;
  }

  saveLink(link: LinkRecord): void {
    this.#transaction(`link ${link.id}`, () => this.#insertLink(link));
  }

  deleteLink(linkId: number): void {
    this.#run('DELETE FROM links WHERE id = ?', linkId);
  }

  markDetachPending(linkId: number): void {
    this.#run('UPDATE links SET detach_pending = 1 WHERE id = ?', linkId);
  }

  link(linkId: number): LinkRecord | undefined {
    const row = this.#get('SELECT * FROM links WHERE id = ?', linkId);
    return row && toLink(row);
  }

  links(filter: LinkFilter = {}): readonly LinkRecord[] {
    const { programId, dispatcher: key } = filter;
    return this.#all('SELECT * FROM links ORDER BY id')
      .map(toLink)
      .filter((link) => programId === undefined || link.programId === programId)
      .filter((link) => key === undefined || isBehind(link, key));
  }

  saveDispatcher(dispatcher: DispatcherRecord, links: readonly LinkRecord[]): void {
    const { kind, netns, ifindex, netnsPath, interfaceName, revision, programId, filterHandle } = dispatcher;
    this.#transaction(`the ${kind} dispatcher of ${interfaceName}`, () => {
      this.#run(`DELETE FROM links WHERE ${OF_DISPATCHER}`, kind, netns, ifindex);
      this.#run(
        UPSERT_DISPATCHER,
        kind,
        netns,
        ifindex,
        netnsPath ?? null,
        interfaceName,
        revision,
        programId,
        filterHandle ?? null,
      );
      for (const link of links) this.#insertLink(link);
    });
  }

  deleteDispatcher({ kind, netns, ifindex }: DispatcherKey): void {
    this.#transaction('a dispatcher', () => {
      this.#run(`DELETE FROM links WHERE ${OF_DISPATCHER}`, kind, netns, ifindex);
      this.#run('DELETE FROM dispatchers WHERE kind = ? AND netns = ? AND ifindex = ?', kind, netns, ifindex);
    });
  }

  dispatcher({ kind, netns, ifindex }: DispatcherKey): DispatcherRecord | undefined {
    const sql = 'SELECT * FROM dispatchers WHERE kind = ? AND netns = ? AND ifindex = ?';
    const row = this.#get(sql, kind, netns, ifindex);
    return row && toDispatcher(row);
  }

  dispatchers(): readonly DispatcherRecord[] {
    return this.#all('SELECT * FROM dispatchers ORDER BY kind, netns, ifindex').map(toDispatcher);
  }

  #insertLink(link: LinkRecord): void {
    const { device, slot } = link;
    this.#run(
      INSERT_LINK,
      link.id,
      link.programId,
      link.kernelId,
      link.pinPath,
      device?.netns ?? null,
      device?.ifindex ?? null,
      device?.netnsPath ?? null,
      device?.interfaceName ?? null,
      link.direction ?? null,
      link.target ?? null,
      link.priority ?? null,
      slot?.kind ?? null,
      slot?.position ?? null,
      slot?.proceedOn ?? null,
      link.detachPending ? 1 : 0,
    );
  }

  #metadata(programId: number): readonly Row[] {
    return this.#all('SELECT key, value FROM program_metadata WHERE program_id = ? ORDER BY key', programId);
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  #get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  #all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...values);
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #transaction(subject: string, body: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      body();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw asConflict(error, subject);
    }
  }
}

function isBehind(link: LinkRecord, key: DispatcherKey): boolean {
  const { slot, device } = link;
  return slot?.kind === key.kind && device?.netns === key.netns && device.ifindex === key.ifindex;
}

function asConflict(error: unknown, subject: string): unknown {
  const unique = error instanceof Error ? /^UNIQUE constraint failed: (.*)$/.exec(error.message) : null;
  return unique ? new ConflictError(`${subject}: another one has the same ${unique[1]}`, { cause: error }) : error;
}
