import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { loadavg, networkInterfaces } from 'node:os';
import type { CollectorKind } from '../protocol/topics.ts';

/** Collects what a task asks for. */
export type Collect = (payload: unknown) => unknown;

export const COLLECT: Readonly<Record<CollectorKind, Collect>> = {
  process: collectProcess,
  network: collectNetwork,
  filesystem: collectFilesystem,
};

const KiB = 1024;

function fieldOf(payload: unknown, name: string): unknown {
  return typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>)[name] : undefined;
}

/** `{ pid }`: memory of a process; of the collector itself by default. */
function collectProcess(payload: unknown): unknown {
  const pid = fieldOf(payload, 'pid') ?? process.pid;
  if (!Number.isSafeInteger(pid)) throw new TypeError(`pid must be a number, not ${JSON.stringify(pid)}`);
  const [load] = loadavg();
  if (pid === process.pid) return { pid, rssBytes: process.memoryUsage.rss(), load };
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { pid, rssBytes: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) * KiB, load };
}

/** `{ interface }`: the addresses of one; of all by default. */
function collectNetwork(payload: unknown): unknown {
  const wanted = fieldOf(payload, 'interface');
  const all = Object.entries(networkInterfaces()).filter(([name]) => wanted === undefined || name === wanted);
  if (wanted !== undefined && all.length === 0) throw new Error(`there is no interface ${JSON.stringify(wanted)}`);
  return Object.fromEntries(all.map(([name, addresses = []]) => [name, addresses.map(({ cidr }) => cidr)]));
}

/** `{ path }`: the room on the file system of a path; `/` by default. */
async function collectFilesystem(payload: unknown): Promise<unknown> {
  const path = fieldOf(payload, 'path') ?? '/';
  if (typeof path !== 'string') throw new TypeError(`path must be a string, not ${JSON.stringify(path)}`);
  const { bsize, blocks, bavail } = await statfs(path);
  return { path, totalBytes: bsize * blocks, freeBytes: bsize * bavail };
}
