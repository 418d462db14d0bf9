import { once } from 'node:events';
import { request } from 'node:http';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Vm, VmProcess } from 'glovebox/vm';
import { findProgram } from '../../../src/system/find-program.ts';
import { pathInGuest } from './guest-files.ts';
import { RELAY_PORT, RUNC, SYSTEM } from './guest-system.ts';
import type { Machine, Program, ProgramExit, Word } from './machine.ts';

/** proc(5): the fields of stat. A thread of the kernel is kthreadd's, or kthreadd. */
const STAT = /^(\d+) \((.*)\) \S (\d+)/gm;
const KTHREADD = 2;

/** A virtual machine that was made ready by `prepareGuest`. */
export class GuestMachine implements Machine {
  readonly folder = '/tmp/faas';
  /** Emulated, and on a machine that is busy with others. */
  readonly patienceMs = 120_000;
  readonly runc = findProgram('runc') && RUNC;
  readonly #vm: Vm;
  /** Those that were there before the test. */
  readonly #known: ReadonlySet<number>;

  private constructor(vm: Vm, known: ReadonlySet<number>) {
    this.#vm = vm;
    this.#known = known;
  }

  static async open(vm: Vm): Promise<GuestMachine> {
    const machine = new GuestMachine(vm, new Set(await listProcesses(vm)));
    await vm.run('mkdir', [machine.folder]);
    return machine;
  }

  async start(
    script: string,
    args: readonly string[],
    { isReady = false }: { readonly isReady?: boolean } = {},
  ): Promise<Program> {
    // Its own output is nobody's: what a test reads there is the ready signal.
    const line = isReady ? 'exec "$@" 3>&1 >/dev/null' : 'exec "$@"';
    const words = ['sh', '-c', line, 'sh', process.execPath, pathInGuest(script), ...args];
    const started = this.#vm.spawn('chroot', [SYSTEM, ...words], { stdin: 'ignore' });
    const program = new GuestProgram(await started.started, started, () => this.#listNew());
    if (isReady) await program.waitUntilReady();
    return program;
  }

  async $(texts: TemplateStringsArray, ...words: readonly Word[]): Promise<string> {
    const { stdout } = await this.#vm.$(texts, ...words);
    return stdout;
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    await this.#vm.writeFile(path, content);
  }

  connect(path: string): Duplex {
    const connection = this.#dial('127.0.0.1', RELAY_PORT);
    connection.write(`${path}\n`);
    return connection;
  }

  async fetch(url: string): Promise<{ readonly status: number; readonly body: string }> {
    const { hostname, port } = new URL(url);
    const asked = request(url, { createConnection: () => this.#dial(hostname, Number(port)), headers: CLOSE });
    asked.end();
    const [response] = await once(asked, 'response');
    return { status: response.statusCode, body: await text(response) };
  }

  /** A connection that is made in the guest: it has no network to here. */
  #dial(host: string, port: number): Duplex {
    return new GuestConnection(this.#vm.spawn('nc', [host, `${port}`]));
  }

  async #listNew(): Promise<readonly number[]> {
    return (await listProcesses(this.#vm)).filter((pid) => !this.#known.has(pid));
  }
}

const CLOSE = { connection: 'close' };

/** All programs of a guest, but for the connections of its test and what looks for them. */
async function listProcesses(vm: Vm): Promise<readonly number[]> {
  // Some end while they are looked at.
  const { stdout } = await vm.run('/bin/sh', ['-c', 'echo $$; exec cat /proc/[0-9]*/stat'], { allowFailure: true });
  const looker = Number.parseInt(stdout, 10);
  return [...stdout.matchAll(STAT)].flatMap(([, pid, name, parent]) =>
    [Number(pid), Number(parent)].includes(KTHREADD) || Number(pid) === looker || name === 'nc' ? [] : Number(pid),
  );
}

/** What a program of the guest writes and reads. When it has ended, what is still written to it is nobody's. */
class GuestConnection extends Duplex {
  readonly #program: VmProcess;

  constructor(program: VmProcess) {
    super();
    this.#program = program;
    outlive(program);
    program.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) program.stdout.pause();
    });
    program.stdout.on('end', () => this.push(null));
    program.stderr.resume();
  }

  override _read(): void {
    this.#program.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#program.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#program.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#program.signal('SIGKILL');
    done(error);
  }
}

/** A test that is over takes its machine from under its programs. */
function outlive({ stdin, stdout, stderr }: VmProcess): void {
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
}

class GuestProgram implements Program {
  readonly pid: number;
  readonly pids: () => Promise<readonly number[]>;
  readonly #process: VmProcess;
  #log = '';
  #output = '';

  constructor(pid: number, started: VmProcess, listPids: () => Promise<readonly number[]>) {
    this.pid = pid;
    this.#process = started;
    this.pids = listPids;
    outlive(started);
    started.stderr.on('data', (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
    started.stdout.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
  }

  async waitUntilReady(): Promise<void> {
    const ready = once(this.#process.stdout, 'end');
    await Promise.race([ready, this.#process.exit]);
    if (this.#output === '')
      throw new Error(`process ${this.pid} of the guest ended before it was ready: ${this.#log}`);
  }

  log(): string {
    return this.#log;
  }

  async stop(): Promise<ProgramExit> {
    this.#process.signal('SIGTERM');
    return this.waitForExit();
  }

  async kill(): Promise<void> {
    this.#process.signal('SIGKILL');
    await this.waitForExit();
  }

  waitForExit(): Promise<ProgramExit> {
    return this.#process.exit;
  }
}
