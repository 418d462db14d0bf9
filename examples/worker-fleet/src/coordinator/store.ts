import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Clock, Timer } from '../clock.ts';
import type { InboxSnapshot } from '../delivery/inbox.ts';
import type { Outgoing } from '../delivery/outbox.ts';
import type { Role } from '../protocol/messages.ts';
import type { Checkpoint, Outcome, Task } from '../task.ts';

/** A task that is not finished. */
export interface StoredTask {
  readonly task: Task;
  readonly client: string;
  /** The order in which tasks came. */
  readonly sequence: number;
  readonly submittedMs: number;
  readonly attempt: number;
  /** The run of a worker that does it. */
  readonly worker: string | undefined;
}

/** A run of a worker or a client, and what was agreed upon with it. */
export interface StoredPeer {
  readonly stream: string;
  readonly role: Role;
  readonly name: string;
  readonly nextId: number;
  readonly inbox: InboxSnapshot;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tasks (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    client TEXT NOT NULL,
    submitted_ms REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'failed')),
    attempt INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    outcome TEXT,
    finished_ms REAL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS open_tasks ON tasks (state) WHERE state = 'open';
  CREATE INDEX IF NOT EXISTS finished_tasks ON tasks (finished_ms) WHERE finished_ms IS NOT NULL;
  CREATE TABLE IF NOT EXISTS forgotten (
    state TEXT PRIMARY KEY,
    count INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoints (
    task TEXT PRIMARY KEY REFERENCES tasks (id),
    step INTEGER NOT NULL,
    digest TEXT NOT NULL,
    records TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS peers (
    stream TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('worker', 'client')),
    name TEXT NOT NULL,
    next_id INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    above TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS outbox (
    stream TEXT NOT NULL REFERENCES peers (stream) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (stream, id)
  ) STRICT, WITHOUT ROWID;
`;

/** What is done in so many milliseconds is written together. */
const COMMIT_MS = 1;

/**
 * All that a coordinator must not forget. Writes are gathered: those of one commit are there together after a SIGKILL, or
 * not at all, and nobody is told of what came of them before.
 */
export class Store {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #statements = new Map<string, StatementSync>();
  #after: (() => void)[] = [];
  #timer: Timer | undefined;
  /** Is called before each commit, for what is written once in it. */
  onCommit: (() => void) | undefined;

  /** @param path of the file, or `:memory:` */
  constructor(path: string, clock: Clock) {
    this.#clock = clock;
    this.#database = new DatabaseSync(path);
    // Survives the death of the process at any moment; that of the machine may cost the last commits.
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
    this.#database.exec(SCHEMA);
  }

  /** Calls back when all that was written until now cannot be lost any more. */
  afterCommit(then: () => void): void {
    this.#begin();
    this.#after.push(then);
  }

  commit(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.onCommit?.();
    this.#database.exec('COMMIT');
    this.#timer = undefined;
    const after = this.#after;
    this.#after = [];
    for (const then of after) then();
  }

  /** Commits what is left. Safe to call twice. */
  close(): void {
    if (!this.#database.isOpen) return;
    this.#after = [];
    this.commit();
    this.#database.close();
  }

  /** @returns its place among all tasks; `undefined` when it is known already */
  addTask(task: Task, client: string, submittedMs: number): number | undefined {
    const sql = 'INSERT INTO tasks (id, spec, client, submitted_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
    const { changes, lastInsertRowid } = this.#write(sql, task.id, JSON.stringify(task), client, submittedMs);
    return changes === 0 ? undefined : Number(lastInsertRowid);
  }

  assignTask(id: string, worker: string | undefined, attempt: number): void {
    this.#write('UPDATE tasks SET worker = ?, attempt = ? WHERE id = ?', worker ?? null, attempt, id);
  }

  finishTask(outcome: Outcome, finishedMs: number): void {
    const { taskId, isDone } = outcome;
    const sql = 'UPDATE tasks SET state = ?, worker = NULL, outcome = ?, finished_ms = ? WHERE id = ?';
    this.#write(sql, isDone ? 'done' : 'failed', JSON.stringify(outcome), finishedMs, taskId);
    this.#write('DELETE FROM checkpoints WHERE task = ?', taskId);
  }

  /** Forgets the tasks that were finished before a time; they still count. What of them is on its way stays so. */
  forgetTasks(beforeMs: number): void {
    const sql = `INSERT INTO forgotten (state, count)
      SELECT state, count(*) FROM tasks WHERE finished_ms < ? GROUP BY state
      ON CONFLICT DO UPDATE SET count = count + excluded.count`;
    this.#write(sql, beforeMs);
    this.#write('DELETE FROM tasks WHERE finished_ms < ?', beforeMs);
  }

  /** How a task ended, if it has, and is not forgotten. */
  findOutcome(id: string): Outcome | undefined {
    const [row] = this.#read('SELECT outcome FROM tasks WHERE id = ? AND outcome IS NOT NULL', id);
    return row === undefined ? undefined : JSON.parse(String(row['outcome']));
  }

  /** Those that are not finished, in the order in which they came. */
  openTasks(): readonly StoredTask[] {
    const sql =
      "SELECT sequence, spec, client, submitted_ms, attempt, worker FROM tasks WHERE state = 'open' ORDER BY sequence";
    return this.#read(sql).map((row) => ({
      task: JSON.parse(String(row['spec'])),
      client: String(row['client']),
      sequence: Number(row['sequence']),
      submittedMs: Number(row['submitted_ms']),
      attempt: Number(row['attempt']),
      worker: row['worker'] === null ? undefined : String(row['worker']),
    }));
  }

  /** Of all that there were, those that are forgotten, too. */
  countTasks(): { readonly submitted: number; readonly done: number; readonly failed: number } {
    const counts = [
      ...this.#read('SELECT state, count(*) AS count FROM tasks GROUP BY state'),
      ...this.#read('SELECT state, count FROM forgotten'),
    ];
    const countOf = (state: string): number =>
      counts.reduce((sum, row) => (row['state'] === state ? sum + Number(row['count']) : sum), 0);
    const [open, done, failed] = [countOf('open'), countOf('done'), countOf('failed')];
    return { submitted: open + done + failed, done, failed };
  }

  saveCheckpoint(task: string, { step, digest, records }: Checkpoint): void {
    const sql = `INSERT INTO checkpoints (task, step, digest, records) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET step = excluded.step, digest = excluded.digest, records = excluded.records
      WHERE excluded.step > checkpoints.step`;
    this.#write(sql, task, step, digest, records);
  }

  findCheckpoint(task: string): Checkpoint | undefined {
    const [row] = this.#read('SELECT step, digest, records FROM checkpoints WHERE task = ?', task);
    if (row === undefined) return undefined;
    return { step: Number(row['step']), digest: String(row['digest']), records: String(row['records']) };
  }

  addPeer({ stream, role, name }: Pick<StoredPeer, 'stream' | 'role' | 'name'>): void {
    this.#write("INSERT INTO peers VALUES (?, ?, ?, 1, 0, '[]')", stream, role, name);
  }

  savePeer(stream: string, nextId: number, { floor, above }: InboxSnapshot): void {
    const sql = 'UPDATE peers SET next_id = ?, floor = ?, above = ? WHERE stream = ?';
    this.#write(sql, nextId, floor, JSON.stringify(above), stream);
  }

  /** With all that was to be sent to it. */
  removePeer(stream: string): void {
    this.#write('DELETE FROM peers WHERE stream = ?', stream);
  }

  peers(): readonly StoredPeer[] {
    return this.#read('SELECT stream, role, name, next_id, floor, above FROM peers').map((row) => ({
      stream: String(row['stream']),
      role: row['role'] === 'worker' ? 'worker' : 'client',
      name: String(row['name']),
      nextId: Number(row['next_id']),
      inbox: { floor: Number(row['floor']), above: JSON.parse(String(row['above'])) },
    }));
  }

  addOutgoing(stream: string, { id, priority, message }: Outgoing): void {
    this.#write('INSERT INTO outbox VALUES (?, ?, ?, ?)', stream, id, priority, JSON.stringify(message));
  }

  removeOutgoing(stream: string, id: number): void {
    this.#write('DELETE FROM outbox WHERE stream = ? AND id = ?', stream, id);
  }

  outgoing(stream: string): readonly Outgoing[] {
    return this.#read('SELECT id, priority, message FROM outbox WHERE stream = ? ORDER BY id', stream).map((row) => ({
      id: Number(row['id']),
      priority: Number(row['priority']),
      message: JSON.parse(String(row['message'])),
    }));
  }

  #begin(): void {
    if (this.#timer !== undefined) return;
    this.#database.exec('BEGIN IMMEDIATE');
    this.#timer = this.#clock.setTimer(() => this.commit(), COMMIT_MS);
  }

  #write(sql: string, ...values: SQLInputValue[]) {
    this.#begin();
    return this.#prepare(sql).run(...values);
  }

  #read(sql: string, ...values: SQLInputValue[]) {
    return this.#prepare(sql).all(...values);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
