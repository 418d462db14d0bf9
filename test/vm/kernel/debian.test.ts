import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { requireCapability } from '../../../src/fixtures/requirements/require.js';
import { findExecutable } from '../../../src/native/rootless.js';
import { createTempFolder } from '../../../src/process/journal/temp-folder.js';
import { listCandidateReleases, planRelease, readMirrors } from '../../../src/vm/kernel/debian-releases.js';
import {
  listKernelVersions,
  listParts,
  orderKernelPackages,
  parsePackages,
} from '../../../src/vm/kernel/kernel-packages.js';
import { planModules } from '../../../src/vm/kernel/plan-modules.js';
import { resolveKernel } from '../../../src/vm/kernel/resolve-kernel.js';
import { Vm } from '../../../src/vm/vm.js';

afterEach(() => vi.unstubAllEnvs());

const NAMES = [
  'linux-image-6.1.0-9-amd64',
  'linux-image-6.1.0-56-amd64',
  'linux-image-6.1.0-9-cloud-amd64',
  'linux-image-6.1.0-56-cloud-amd64',
  'linux-image-6.1.0-56-cloud-amd64-dbg',
  'linux-image-6.1.0-56-rt-amd64',
  'linux-image-6.1.0-60-amd64-unsigned',
  'linux-image-6.12.9+deb12-cloud-amd64',
  'linux-image-6.12-cloud-amd64',
  'linux-image-cloud-amd64',
];

test('the newest kernel for virtual machines comes first, then those for any machine', () => {
  expect(orderKernelPackages(NAMES, 'amd64', '6.1')).toEqual([
    'linux-image-6.1.0-56-cloud-amd64',
    'linux-image-6.1.0-9-cloud-amd64',
    'linux-image-6.1.0-56-amd64',
    'linux-image-6.1.0-9-amd64',
  ]);
  expect(listKernelVersions(NAMES, 'amd64')).toEqual(['6.1', '6.12']);
  expect(orderKernelPackages(NAMES, 'arm64')).toEqual([]);
});

test('the parts of a kernel that is in several packages are told from what else it depends on', () => {
  const abi = '7.2.12+deb13-cloud-amd64';
  const text = `Package: linux-image-${abi}\nVersion: 7.2.12-1\nSize: 9\nInstalled-Size: 2\nDepends: kmod, linux-binary-${abi} (= 7.2.12-1), linux-modules-${abi} (= 7.2.12-1), dracut | linux-initramfs-tool\n`;
  const [record] = parsePackages(text);
  expect(record).toMatchObject({ version: '7.2.12-1', sizeBytes: 9, installedBytes: 2048 });
  expect(record && listParts(record)).toEqual([`linux-binary-${abi}`, `linux-modules-${abi}`]);
});

test('the mirror of this machine is used, and the releases that may have a kernel are asked in turn', () => {
  const mirrors = readMirrors(
    'Repo-URI: http://mirror.example/debian/\nRelease: sid\n\nRepo-URI: http://other.example/repo/\nRelease: stable\n',
  );
  expect(mirrors).toEqual({
    main: 'http://mirror.example/debian',
    security: 'http://deb.debian.org/debian-security',
    suites: ['sid'],
  });
  expect(listCandidateReleases('6.1', mirrors).slice(0, 2)).toEqual(['bookworm', 'sid']);
  expect(listCandidateReleases('7.2', mirrors)[0]).toBe('trixie-backports');
  expect(listCandidateReleases('bullseye', mirrors)).toEqual(['bullseye']);
  expect(planRelease('bookworm', mirrors).sources).toHaveLength(2);
  expect(planRelease('trixie-backports', mirrors).sources).toHaveLength(1);
});

const hasApt = findExecutable('apt-get') !== undefined;

test.runIf(hasApt)(
  'without a network and without a kernel that is kept, both are said, and nothing is left',
  async () => {
    using folder = createTempFolder();
    for (const name of ['http_proxy', 'https_proxy']) vi.stubEnv(name, 'http://127.0.0.1:1');
    vi.stubEnv('no_proxy', '');
    await expect(resolveKernel({ debian: 'bookworm' }, { cacheFolder: folder.path })).rejects.toThrow(
      /^a kernel of Debian's bookworm is not available: apt cannot reach a mirror, and none is kept: .*127\.0\.0\.1.*To mend it: connect it, or copy the folder of kernels/,
    );
    const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
    expect(readdirSync(`${folder.path}/kernels/${arch}`).sort()).toEqual(['apt', 'lock']);
  },
);

test.runIf(hasApt)(
  'a release that the mirror does not have is named, with those that have kernels',
  async (context) => {
    await requireCapability(context, 'vm');
    using folder = createTempFolder();
    await using server = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const name of ['http_proxy', 'https_proxy']) vi.stubEnv(name, `http://127.0.0.1:${port}`);
    vi.stubEnv('no_proxy', '');
    vi.stubEnv('GLOVEBOX_CACHE', folder.path);
    const told: string[] = [];
    const boot = Vm.boot({ kernel: { debian: 'bookwrm' }, onProgress: (line) => void told.push(line) });
    await expect(boot).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_VM_KERNEL',
      message: expect.stringMatching(
        /^The mirror has no release "bookwrm": .*does not have a Release file\. Is it spelt right\? bullseye, bookworm, trixie, \S+, \S+ have kernels$/,
      ),
    });
    expect(told).toEqual(["looking for kernel bookwrm in Debian's bookwrm"]);
  },
);

test.runIf(hasApt)(
  "Debian's 6.1 is there, with modules and what they need, in the order of loading",
  { timeout: 120_000 },
  async () => {
    const kernel = await resolveKernel({ debian: '6.1' });
    expect(kernel.release).toMatch(/^6\.1\.0-\d+-cloud-/);
    expect(existsSync(kernel.image)).toBe(true);
    const names = planModules(kernel, ['virtiofs', 'virtio-pci', 'ext4']).map(({ name }) => name);
    expect(names.indexOf('fuse')).toBeLessThan(names.indexOf('virtiofs'));
    expect(names.indexOf('virtio_ring')).toBeLessThan(names.indexOf('virtio_pci'));
    expect(() => planModules(kernel, ['sch_nettem', 'nonsense'])).toThrow(
      /^planModules: 2 mistakes:\n {2}- kernel 6\.1\S+ has no module "sch_nettem"\. Did you mean "sch_netem"/,
    );
  },
);
