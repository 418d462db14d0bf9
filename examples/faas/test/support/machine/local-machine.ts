import { writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { SpawnForTest } from 'glovebox/fixtures';
import type { Netns } from 'glovebox/netns';
import type { Process } from 'glovebox/process';
import { findProgram } from '../../../src/system/find-program.ts';
import type { Machine, Program, Word } from './machine.ts';

const EXAMPLE = new URL('../../../', import.meta.url);
const PATIENCE_MS = 60_000;

/** This machine, with a network of the test's own. */
export class LocalMachine implements Machine {
  readonly folder: string;
  readonly patienceMs = 20_000;
  readonly runc = findProgram('runc');
  readonly #spawn: SpawnForTest;
  readonly #netns: Netns;

  constructor(folder: string, spawn: SpawnForTest, netns: Netns) {
    this.folder = folder;
    this.#spawn = spawn;
    this.#netns = netns;
  }

  async start(
    script: string,
    args: readonly string[],
    { isReady = false }: { readonly isReady?: boolean } = {},
  ): Promise<Program> {
    const started = await this.#spawn(process.execPath, [fileURLToPath(new URL(script, EXAMPLE)), ...args], {
      in: this.#netns,
      timeoutMs: PATIENCE_MS,
      ...(isReady && { ready: { fd: 3 } }),
    });
    return toProgram(started);
  }

  async $(texts: TemplateStringsArray, ...words: readonly Word[]): Promise<string> {
    const { stdout } = await this.#netns.$(texts, ...words);
    return stdout;
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    await writeFile(path, content);
  }

  connect(path: string): Duplex {
    return createConnection(path);
  }

  async fetch(url: string): Promise<{ readonly status: number; readonly body: string }> {
    const response = await this.#netns.fetch(url, { headers: { connection: 'close' }, timeoutMs: 30_000 });
    return { status: response.status, body: await response.text() };
  }
}

function toProgram(started: Process): Program {
  return {
    pid: started.pid,
    pids: async () => started.pids(),
    log: () => started.logs.text(),
    stop: () => started.stop(),
    kill: async () => void (await started.kill()),
    waitForExit: () => started.waitForExit({ timeoutMs: PATIENCE_MS }),
  };
}
