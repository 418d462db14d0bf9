import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { UnsupportedError } from '../../../src/core/errors.js';
import { errnoOf } from '../../../src/core/kernel-error.js';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import type { LinuxKernelOptions } from '../../../src/kernel/linux/linux-kernel-options.js';
import { findNextId } from '../../../src/kernel/linux/object-ids.js';
import { PrivateNetIfaceResolver } from '../../../src/netns/private-net-iface-resolver.js';

/** Interface 2 of a namespace of the test's own, and a kernel there; both go after the test. */
export function openBench(options: LinuxKernelOptions = {}): {
  readonly kernel: LinuxKernel;
  readonly devices: PrivateNetIfaceResolver;
} {
  const devices = new PrivateNetIfaceResolver();
  onTestFinished(() => devices[Symbol.asyncDispose]());
  const kernel = new LinuxKernel({ netns: devices.resolveNetns(), ...options });
  onTestFinished(() => kernel[Symbol.asyncDispose]());
  return { kernel, devices };
}

/** The name of the error of what fails; `ok` for what does not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return code;
  }
}

/** What a test can leave behind on the machine: descriptors of this process, mounts, objects of eBPF. */
export function takeInventory(): Readonly<Record<string, readonly (string | number)[]>> {
  return {
    descriptors: listDescriptors(),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n'),
    programs: listIds('program'),
    links: listIds('link'),
    maps: listIds('map'),
  };
}

/** The ids of all objects of a kind, whosever. */
export function listIds(kind: 'program' | 'map' | 'link'): readonly number[] {
  const ids: number[] = [];
  for (let id = findNextId(kind, 0, 'list'); id !== undefined; id = findNextId(kind, id, 'list')) ids.push(id);
  return ids;
}

function listDescriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      return [`${number} ${readlinkSync(`/proc/self/fd/${number}`)}`];
    } catch {
      // The one that the listing itself was read with.
      return [];
    }
  });
}

/** What was missing, of a call that this kernel is not able to do; everything else that goes wrong fails the test. */
export async function findUnsupported(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}
