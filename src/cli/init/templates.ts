import { TIERS } from '../../config/tiers.js';

/** Ends in .mts, as the project may be of CommonJS. */
export const CONFIG = `import { gloveboxProjects } from 'glovebox/config';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { projects: gloveboxProjects(), reporters: ['default', 'glovebox/reporter'], passWithNoTests: true },
});
`;

export const FIRST_TEST = `import { expect, test } from 'glovebox/fixtures';

test('a program is loaded', async ({ kernel }) => {
  await kernel.load({ name: 'first', type: 'xdp' });
  expect(kernel).toHaveOps(['load:first:ok']);
});
`;

const PREPARE = `      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
          cache: npm
      - run: npm ci
`;

/** For GitHub Actions, whose runners are Ubuntu: sudo asks for no password there, and Docker runs. */
export const WORKFLOW = `name: test
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        tier: [${TIERS.join(', ')}]
        shard: [1, 2]
    timeout-minutes: 30
    # What these machines have is not to be skipped.
    env:
      GLOVEBOX_REQUIRE: \${{ matrix.tier == 'privileged' && 'netns,bpf,container' || matrix.tier == 'vm' && 'vm' || '' }}
    steps:
${PREPARE}      - if: matrix.tier == 'vm'
        uses: actions/cache@v4
        with:
          path: ~/.cache/glovebox
          key: kernels
      - name: QEMU, the keys of Debian's kernels, and KVM for everybody
        if: matrix.tier == 'vm'
        run: |
          sudo apt-get update
          sudo apt-get install --yes --no-install-recommends qemu-system-x86 busybox-static debian-archive-keyring
          sudo chmod a+rw /dev/kvm || true
      - name: Run
        run: >-
          npx glovebox run --as \${{ matrix.tier == 'privileged' && 'root' || 'user' }} --
          npx vitest run --project \${{ matrix.tier }} --shard=\${{ matrix.shard }}/2
          --reporter=default --reporter=glovebox/reporter --reporter=blob
          --outputFile.blob=blobs/\${{ matrix.tier }}-\${{ matrix.shard }}.json
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: blobs-\${{ matrix.tier }}-\${{ matrix.shard }}
          path: blobs
          if-no-files-found: ignore
  report:
    needs: test
    if: always()
    runs-on: ubuntu-latest
    steps:
${PREPARE}      - uses: actions/download-artifact@v4
        with:
          path: blobs
          pattern: blobs-*
          merge-multiple: true
      - run: npx vitest run --mergeReports=blobs
        env:
          GLOVEBOX_REQUIRE: netns,bpf,container,vm
`;
