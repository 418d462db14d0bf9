import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import process from 'node:process';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import type { LinuxKernelOptions } from '../../../src/kernel/linux/linux-kernel-options.js';
import { findNextId } from '../../../src/kernel/linux/object-ids.js';
import type { KernelSnapshot } from '../../../src/kernel/snapshot.js';
import { PrivateNetIfaceResolver } from '../../../src/netns/private-net-iface-resolver.js';
import { keep } from '../../support/keep.js';
import { takeOwnMounts } from '../../support/own-mounts.js';

/** Interface 2 of a namespace of the test's own, and a kernel there; both go after the test. */
export function openBench(options: LinuxKernelOptions = {}): {
  readonly kernel: LinuxKernel;
  readonly devices: PrivateNetIfaceResolver;
} {
  const devices = keep(new PrivateNetIfaceResolver());
  const kernel = keep(new LinuxKernel({ netns: devices.resolveNetns(), ...options }));
  return { kernel, devices };
}

/** What a test can leave behind in its process: descriptors and mounts. Other processes make objects meanwhile. */
export function takeInventory(): readonly string[] {
  takeOwnMounts();
  const descriptors = [...listDescriptors()].map((each) => each.join(' '));
  return [...descriptors, ...readFileSync('/proc/self/mountinfo', 'utf8').split('\n')];
}

/** The ids of everything that a kernel shows. */
export function listShown({ programs, links, maps }: KernelSnapshot): MadeIds {
  const toIds = (all: readonly { readonly id: number }[]): readonly number[] => all.map(({ id }) => id);
  return { program: toIds(programs), link: toIds(links), map: toIds(maps) };
}

/** Ids of each kind. */
export type MadeIds = Readonly<Record<'program' | 'link' | 'map', readonly number[]>>;

/** Which of some ids the machine still has. */
export function findLeft(made: MadeIds): readonly string[] {
  return (['program', 'link', 'map'] as const).flatMap((kind) => {
    const all = listIds(kind);
    return made[kind].filter((id) => all.includes(id)).map((id) => `${kind} ${id}`);
  });
}

/** The ids of all objects of a kind, whosever. */
export function listIds(kind: 'program' | 'map' | 'link'): readonly number[] {
  const ids: number[] = [];
  for (let id = findNextId(kind, 0, 'list'); id !== undefined; id = findNextId(kind, id, 'list')) ids.push(id);
  return ids;
}

/** What the descriptors of this process lead to, by their numbers. */
export function listDescriptors(): ReadonlyMap<string, string> {
  const places = readdirSync('/proc/self/fd').flatMap((number): readonly [string, string][] => {
    try {
      return [[number, readlinkSync(`/proc/self/fd/${number}`)]];
    } catch {
      // The one that the listing itself was read with.
      return [];
    }
  });
  // Node reads this one in a thread of its own, at any time after its start.
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env;
  const ofNode = certificates !== undefined && existsSync(certificates) ? realpathSync(certificates) : undefined;
  return new Map(places.filter(([, place]) => place !== ofNode));
}
