import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errnoOf } from '../../src/core/kernel-error.js';
import {
  readCapabilities,
  runWithoutCapabilities,
  toCapabilityMask,
  toCapabilityNames,
} from '../../src/native/capabilities.js';
import { mountDetached } from '../../src/native/detached-mount.js';
import { createNetns, openNetns, runInNetns } from '../../src/native/netns.js';
import { openPath } from '../../src/native/open-path.js';
import { needsNamespaces } from '../needs-namespaces.js';

needsNamespaces();

const here = (): string => readlinkSync('/proc/thread-self/ns/net');

describe('network namespaces', () => {
  test('a new one has no name, and making it leaves the thread where it was', () => {
    const home = here();
    using netns = createNetns();
    expect(here()).toBe(home);
    expect(runInNetns(netns.number, here)).not.toBe(home);
    expect(here()).toBe(home);
  });

  test('a function that throws comes home too', () => {
    const home = here();
    using netns = createNetns();
    expect(() =>
      runInNetns(netns.number, () => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(here()).toBe(home);
  });

  test('a function that returns a promise is refused, for it would go on elsewhere', () => {
    using netns = createNetns();
    expect(() => runInNetns(netns.number, () => Promise.resolve())).toThrow('the function returned a promise');
  });

  test('a descriptor of something else is EINVAL', () => {
    using other = openPath('/dev/null');
    expect(() => runInNetns(other.number, here)).toThrow('EINVAL');
  });

  test('a path that there is not is ENOENT', () => {
    expect(() => openNetns('/run/netns/no-such-namespace')).toThrow('ENOENT');
  });

  test('a hundred namespaces leave no descriptor', () => {
    const before = readdirSync('/proc/self/fd').length;
    for (let count = 0; count < 100; count += 1) {
      using netns = createNetns();
      runInNetns(netns.number, () => undefined);
    }
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});

describe('capabilities', () => {
  test('are dropped for one call and come back', () => {
    const before = readCapabilities().effective;
    const during = runWithoutCapabilities(toCapabilityMask(['CAP_SYS_ADMIN']), () => readCapabilities().effective);
    expect(toCapabilityNames(before)).toContain('CAP_SYS_ADMIN');
    expect(toCapabilityNames(during)).not.toContain('CAP_SYS_ADMIN');
    expect(readCapabilities().effective).toBe(before);
  });

  test('decide what the kernel lets through', () => {
    const refused = catchError(() => runWithoutCapabilities(toCapabilityMask(['CAP_SYS_ADMIN']), () => createNetns()));
    expect(errnoOf(refused)).toBe('EPERM');
    createNetns().close();
  });
});

test('a detached mount is reached by its descriptor alone', () => {
  using mount = mountDetached('tmpfs');
  expect(readdirSync(`/proc/self/fd/${mount.number}`)).toEqual([]);
  expect(readlinkSync(`/proc/self/fd/${mount.number}`)).toBe('/');
});

test('a file system that there is not is ENODEV', () => {
  expect(() => mountDetached('nosuchfs')).toThrow('mount a private nosuchfs: ENODEV');
});

function catchError(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
