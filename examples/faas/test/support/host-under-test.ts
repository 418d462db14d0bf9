import { join } from 'node:path';
import { expect } from 'glovebox/fixtures';
import { ask } from '../../src/control/control.ts';
import type { RegisteredHandler, RegisteredHandlers } from '../../src/registry/registry.ts';
import { eventually } from './eventually.ts';
import { countConnections, countDescriptors, countMounts } from './holdings.ts';
import { type ImageSpec, packImage } from './images.ts';
import type { Machine, Program } from './machine/machine.ts';

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
  readonly process: Program;
  readonly #machine: Machine;
  readonly #state: string;

  private constructor(process: Program, machine: Machine, state: string) {
    this.process = process;
    this.#machine = machine;
    this.#state = state;
  }

  /** Starts one, and waits for its ready signal. What another has left in the machine's folder is there. */
  static async start(
    machine: Machine,
    { runtime }: { readonly runtime?: 'own' | 'runc' } = {},
  ): Promise<HostUnderTest> {
    const state = join(machine.folder, 'state');
    await machine.$`mkdir -p ${state}`;
    const args = ['serve', '--state-directory', state, '--ready-fd', '3'];
    if (runtime !== undefined) args.push('--runtime', runtime === 'own' ? runtime : (machine.runc ?? runtime));
    const started = await machine.start('src/main.ts', args, { isReady: true });
    const host = new HostUnderTest(started, machine, state);
    // It has let go of its ready signal once it answers.
    await host.list();
    return host;
  }

  /** Deploys a handler whose module is this source. */
  async deploy(name: string, source: string, image: Partial<ImageSpec> = {}): Promise<RegisteredHandler> {
    const archive = join(this.#state, `${name}.tar`);
    const layers = [[['app/handler.mjs', source]]] as const;
    const content = await packImage({ layers, config: { Cmd: ['/app/handler.mjs', name] }, ...image });
    await this.#machine.writeFile(archive, content);
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
    return this.#machine.fetch(`http://${address}:8080${path}`);
  }

  /** The addresses of the loopback with the label of the host. */
  async labelledAddresses(): Promise<readonly string[]> {
    return readAddresses(await this.#machine.$`ip -o -4 address show dev lo label lo:faas`);
  }

  async isAddressConfigured(address: string): Promise<boolean> {
    return readAddresses(await this.#machine.$`ip -o -4 address show dev lo`).includes(address);
  }

  rootfsFolders(): Promise<readonly string[]> {
    return this.#listFolder('rootfs');
  }

  async countBundles(): Promise<number> {
    return (await this.#listFolder('bundles')).length;
  }

  async readRegistry(): Promise<RegisteredHandlers> {
    return JSON.parse(await this.#machine.$`cat ${join(this.#state, 'registry.json')}`);
  }

  /** Which file it is that is there; `undefined` where none is. */
  async inodeOf(path: string): Promise<number | undefined> {
    const inode = Number.parseInt(await this.#machine.$`ls -di ${path} 2>/dev/null || true`, 10);
    return Number.isNaN(inode) ? undefined : inode;
  }

  /** What runc calls the containers of a handler; none where it is not runc that has started it. */
  async containersOf({ bundle }: RegisteredHandler): Promise<readonly string[]> {
    const listing = await this.#machine.$`ls ${join(bundle, 'runc')} 2>/dev/null || true`;
    return listing.split('\n').filter((name) => name !== '');
  }

  /** What it holds once no connection to it is open any more: one that is being closed has a descriptor until then. */
  async idleHoldings(): Promise<Holdings> {
    const countOpen = () => countConnections(this.#machine, this.process.pid);
    await eventually(this.#machine, countOpen, (count) => expect(count).toBe(0));
    return this.holdings();
  }

  async holdings(): Promise<Holdings> {
    const pids = await this.process.pids();
    return {
      descriptors: await countDescriptors(this.#machine, this.process.pid),
      processes: pids.length,
      mounts: await countMounts(this.#machine, pids),
      addresses: await this.labelledAddresses(),
      bundles: await this.countBundles(),
    };
  }

  /** Waits until the host has what it had when it was idle: no more, and no less. */
  async waitForCleanUp(before: Holdings): Promise<void> {
    const look = () => this.holdings();
    await eventually(this.#machine, look, (holdings) => expect(holdings).toEqual(before));
  }

  #ask(words: readonly string[], body?: string): Promise<unknown> {
    return ask(join(this.#state, 'control.sock'), words, body, (path) => this.#machine.connect(path));
  }

  async #listFolder(name: string): Promise<readonly string[]> {
    const listing = await this.#machine.$`ls -A ${join(this.#state, name)}`;
    return listing.split('\n').filter((each) => each !== '');
  }
}

function readAddresses(listing: string): readonly string[] {
  return [...listing.matchAll(/inet ([\d.]+)/g)].flatMap(([, address]) => address ?? []);
}

export async function expectResponds(host: HostUnderTest, name: string, body: string): Promise<void> {
  expect(await host.request(name)).toEqual({ status: 200, body });
}

export async function expectAddressConfigured(host: HostUnderTest, address: string): Promise<void> {
  expect(await host.isAddressConfigured(address)).toBe(true);
  expect(await host.labelledAddresses()).toContain(address);
}

export async function expectRootfs(host: HostUnderTest, handler: RegisteredHandler): Promise<void> {
  expect(await host.inodeOf(join(handler.rootfs, 'app/handler.mjs'))).toBeDefined();
}

export async function expectBundlesCleanedUp(host: HostUnderTest): Promise<void> {
  expect(await host.countBundles()).toBe(0);
}
