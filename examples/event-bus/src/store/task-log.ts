import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import { StoreLock } from './store-lock.ts';
import type { FinishedTask, Recovered, StoredTask, TaskStore } from './task-store.ts';

type LogRecord =
  | { readonly is: 'taken'; readonly task: StoredTask }
  | { readonly is: 'finished'; readonly task: FinishedTask }
  | { readonly is: 'settled'; readonly id: string };

export interface TaskLogOptions {
  readonly directory: string;
  /** How long what is written may not be on the disk yet, in milliseconds. @defaultValue 100 */
  readonly syncIntervalMs?: number;
  /** From which size on the file is written anew when most of it is of the past, in bytes. @defaultValue 4 MiB */
  readonly compactBytes?: number;
}

const COMPACT_BYTES = 4 * 1024 * 1024;
const SYNC_INTERVAL_MS = 100;
/** The file may be this much larger than what of it matters. */
const SLACK = 4;

/** Tasks in a file that is only added to, and written anew when most of it is of the past. */
export class TaskLog implements TaskStore {
  readonly #lock: StoreLock;
  readonly #file: LogFile;
  readonly #compactBytes: number;
  readonly #recovered: Recovered;
  /** What would be written anew, in the order in which it came. */
  readonly #live = new Map<string, string>();
  #liveBytes = 0;
  #unwritten: string[] = [];

  /** @throws BusError `ALREADY_RUNNING` when another broker has the directory: nothing of its log was touched then */
  constructor({ directory, syncIntervalMs = SYNC_INTERVAL_MS, compactBytes = COMPACT_BYTES }: TaskLogOptions) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#lock = new StoreLock(directory);
    const path = join(directory, 'tasks.log');
    this.#compactBytes = compactBytes;
    this.#recovered = replay(LogFile.read(path) as readonly LogRecord[]);
    this.#file = new LogFile(path, syncIntervalMs);
    for (const task of this.#recovered.finished) this.finished(task);
    for (const task of this.#recovered.tasks) this.taken(task);
    this.#unwritten = [];
    this.#file.replace([...this.#live.values()]);
  }

  recover(): Recovered {
    return this.#recovered;
  }

  taken(task: StoredTask): void {
    this.#add(task.id, { is: 'taken', task });
  }

  finished(task: FinishedTask): void {
    this.#forget(task.id);
    this.#add(task.id, { is: 'finished', task });
  }

  settled(id: string): void {
    if (this.#forget(id)) this.#unwritten.push(JSON.stringify({ is: 'settled', id } satisfies LogRecord));
  }

  flush(): void {
    if (this.#unwritten.length === 0) return;
    const records = this.#unwritten;
    this.#unwritten = [];
    this.#file.append(records);
    const { bytes } = this.#file;
    if (bytes > this.#compactBytes && bytes > SLACK * this.#liveBytes) this.#file.replace([...this.#live.values()]);
  }

  close(): void {
    this.flush();
    this.#file.replace([...this.#live.values()]);
    this.#file.close();
    this.#lock.release();
  }

  #add(id: string, record: LogRecord): void {
    const text = JSON.stringify(record);
    this.#live.set(id, text);
    this.#liveBytes += text.length;
    this.#unwritten.push(text);
  }

  #forget(id: string): boolean {
    this.#liveBytes -= this.#live.get(id)?.length ?? 0;
    return this.#live.delete(id);
  }
}

function replay(records: readonly LogRecord[]): Recovered {
  const tasks = new Map<string, StoredTask>();
  const finished = new Map<string, FinishedTask>();
  for (const record of records) {
    if (record.is === 'taken') tasks.set(record.task.id, record.task);
    else if (record.is === 'finished') {
      tasks.delete(record.task.id);
      finished.set(record.task.id, record.task);
    } else finished.delete(record.id);
  }
  return { tasks: [...tasks.values()], finished: [...finished.values()] };
}
