import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
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
import { createFolder } from '../support/create-folder.js';
import { needsNamespaces } from '../support/needs-namespaces.js';

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
    // Vitest fails for a rejection that nobody handles.
    expect(() => runInNetns(netns.number, () => Promise.reject(new Error('later')))).toThrow('must be synchronous');
  });

  test('a descriptor of something else is EINVAL', () => {
    using other = openPath('/dev/null');
    expect(() => runInNetns(other.number, here)).toThrow('EINVAL');
  });

  test.each(['/dev/null', '/etc', '/proc/self/ns/mnt'])(
    'a path of something else, %s, is EINVAL, and not kept open',
    (path) => {
      const before = readdirSync('/proc/self/fd').length;
      expect(() => openNetns(path)).toThrow(`open network namespace "${path}": EINVAL: invalid argument`);
      expect(readdirSync('/proc/self/fd')).toHaveLength(before);
    },
  );

  test('a named pipe is something else too, and nobody waits for its other end', () => {
    const folder = createFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => openNetns(pipe)).toThrow('EINVAL');
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

/** What a thread may be in the middle of, one inside of the other, when something is thrown. */
const LAYERS = ['netns', 'other netns', 'drop', 'drop all', 'create', 'catch'] as const;

test('whatever is thrown wherever, the thread is home again and has all its capabilities', () => {
  const [home, before] = [here(), readCapabilities()];
  const descriptors = readdirSync('/proc/self/fd').length;
  {
    using netns = createNetns();
    using other = createNetns();
    const run = ([layer, ...rest]: readonly (typeof LAYERS)[number][]): undefined => {
      switch (layer) {
        case undefined:
          throw new Error('inmost');
        case 'netns':
          return runInNetns(netns.number, () => run(rest));
        case 'other netns':
          return runInNetns(other.number, () => run(rest));
        case 'drop':
          return runWithoutCapabilities(toCapabilityMask(['CAP_NET_ADMIN']), () => run(rest));
        case 'drop all':
          // Not even CAP_SYS_ADMIN, which setns(2) takes: what comes inside of this is refused.
          return runWithoutCapabilities((1n << 41n) - 1n, () => run(rest));
        case 'create':
          createNetns().close();
          return run(rest);
        case 'catch': {
          const [place, effective] = [here(), readCapabilities().effective];
          expect(catchError(() => run(rest))).toBeDefined();
          expect([here(), readCapabilities().effective]).toEqual([place, effective]);
          throw new Error('again');
        }
      }
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...LAYERS), { maxLength: 8 }), (layers) => {
        expect(catchError(() => run(layers))).toBeDefined();
        expect(here()).toBe(home);
        expect(readCapabilities()).toEqual(before);
      }),
      { numRuns: 300 },
    );
  }
  expect(readdirSync('/proc/self/fd')).toHaveLength(descriptors);
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
