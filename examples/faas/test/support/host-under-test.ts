import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type SpawnForTest } from 'glovebox/fixtures';
import type { Netns } from 'glovebox/netns';
import type { Process } from 'glovebox/process';
import { ask } from '../../src/control/control.ts';
import type { RegisteredHandler, RegisteredHandlers } from '../../src/registry/registry.ts';
import { countConnections, countDescriptors, countMounts } from './holdings.ts';
import { type ImageSpec, writeImage } from './images.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const CLEAN_UP_MS = 10_000;

/** What a host has of the machine. */
export interface Holdings {
  /** How many of each kind: `socket`, `pipe`, a path. */
  readonly descriptors: Readonly<Record<string, number>>;
  readonly processes: number;
  /** Those of the handlers' namespaces are counted too. */
  readonly mounts: number;
  readonly addresses: readonly string[];
  readonly bundles: number;
}

/** A function host as its users have it: its process, its socket, its files, and the addresses that it gives. */
export class HostUnderTest {
  readonly folder: string;
  readonly process: Process;
  readonly #netns: Netns;

  private constructor(folder: string, process: Process, netns: Netns) {
    this.folder = folder;
    this.process = process;
    this.#netns = netns;
  }

  /** Starts one in a namespace, and waits for its ready signal. */
  static async start(folder: string, spawn: SpawnForTest, netns: Netns): Promise<HostUnderTest> {
    mkdirSync(folder, { recursive: true });
    const args = [MAIN, 'serve', '--state-directory', folder, '--ready-fd', '3'];
    const started = await spawn(process.execPath, args, { in: netns, ready: { fd: 3 }, timeoutMs: 60_000 });
    const host = new HostUnderTest(folder, started, netns);
    // It has let go of its ready signal once it answers.
    await host.list();
    return host;
  }

  /** Deploys a handler whose module is this source. */
  async deploy(name: string, source: string, image: Partial<ImageSpec> = {}): Promise<RegisteredHandler> {
    const archive = join(this.folder, `${name}.tar`);
    const layers = [[['app/handler.mjs', source]]] as const;
    await writeImage(archive, { layers, config: { Cmd: ['/app/handler.mjs', name] }, ...image });
    await this.#ask(['deploy', name], archive);
    const handler = (await this.list())[name];
    if (handler === undefined) throw new Error(`${name} was deployed and is not listed`);
    return handler;
  }

  async stop(name: string): Promise<void> {
    await this.#ask(['stop', name]);
  }

  async list(): Promise<RegisteredHandlers> {
    // The protocol says what it answers.
    return (await this.#ask(['list'])) as RegisteredHandlers;
  }

  async addressOf(name: string): Promise<string> {
    const { address } = (await this.list())[name] ?? {};
    if (address === undefined) throw new Error(`there is no handler ${name}`);
    return address;
  }

  /** A request on a connection of its own. */
  async request(name: string, path = '/'): Promise<{ readonly status: number; readonly body: string }> {
    return this.requestAt(await this.addressOf(name), path);
  }

  async requestAt(address: string, path = '/'): Promise<{ readonly status: number; readonly body: string }> {
    const url = `http://${address}:8080${path}`;
    const response = await this.#netns.fetch(url, { headers: { connection: 'close' }, timeoutMs: 30_000 });
    return { status: response.status, body: await response.text() };
  }

  /** The addresses of the loopback with the label of the host. */
  async labelledAddresses(): Promise<readonly string[]> {
    const { stdout } = await this.#netns.$`ip -o -4 address show dev lo label lo:faas`;
    return [...stdout.matchAll(/inet ([\d.]+)/g)].flatMap(([, address]) => address ?? []);
  }

  isAddressConfigured(address: string): boolean {
    return this.#netns.readAddresses().some((each) => each.address === address && each.interface === 'lo');
  }

  rootfsFolders(): readonly string[] {
    return readdirSync(join(this.folder, 'rootfs'));
  }

  countBundles(): number {
    return readdirSync(join(this.folder, 'bundles')).length;
  }

  readRegistry(): RegisteredHandlers {
    return JSON.parse(readFileSync(join(this.folder, 'registry.json'), 'utf8'));
  }

  /** What it holds once no connection to it is open any more: one that is being closed has a descriptor until then. */
  async idleHoldings(): Promise<Holdings> {
    await expect.poll(() => countConnections(this.process.pid), { timeout: CLEAN_UP_MS }).toBe(0);
    return this.holdings();
  }

  async holdings(): Promise<Holdings> {
    const { pid } = this.process;
    return {
      descriptors: countDescriptors(pid),
      processes: this.process.pids().length,
      mounts: countMounts(this.process.pids()),
      addresses: await this.labelledAddresses(),
      bundles: this.countBundles(),
    };
  }

  /** Waits until the host has what it had when it was idle: no more, and no less. */
  async waitForCleanUp(before: Holdings): Promise<void> {
    await expect.poll(() => this.holdings(), { timeout: CLEAN_UP_MS }).toEqual(before);
  }

  #ask(words: readonly string[], body?: string): Promise<unknown> {
    return ask(join(this.folder, 'control.sock'), words, body);
  }
}

export async function expectResponds(host: HostUnderTest, name: string, body: string): Promise<void> {
  expect(await host.request(name)).toEqual({ status: 200, body });
}

export async function expectAddressConfigured(host: HostUnderTest, address: string): Promise<void> {
  expect(host.isAddressConfigured(address)).toBe(true);
  expect(await host.labelledAddresses()).toContain(address);
}

export function expectRootfs(handler: RegisteredHandler): void {
  expect(existsSync(join(handler.rootfs, 'app/handler.mjs'))).toBe(true);
}

export function expectBundlesCleanedUp(host: HostUnderTest): void {
  expect(host.countBundles()).toBe(0);
}
