// The page of a large report: how large it is, and how long a browser takes until it is there.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { writeReport } from '../../src/report/index.js';
import { makeReport } from '../../test/report/sample-report.js';
import type { Benchmark, Measurement } from '../benchmark.js';

const CHROMIUM = '/usr/bin/chromium';
const BYTES_PER_MB = 1e6;

interface Page {
  readonly path: string;
  readonly bytes: number;
}

/** Two scenarios of ten minutes, with a hundred workers and a million samples each, written and handed on. */
async function withPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'report-bench-'));
  try {
    const report = makeReport({ samples: 1_000_000, workers: 100, slices: 600, durationMs: 600_000 });
    await writeReport(report, { folder, formats: ['html'] });
    const path = join(folder, 'report.html');
    return await use({ path, bytes: (await stat(path)).size });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Until the page has loaded, with its first plots drawn; the peer is a page with nothing in it. */
async function open({ path }: Page): Promise<Measurement> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const measure = async (address: string): Promise<number> => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const startMs = performance.now();
      await page.goto(address);
      return performance.now() - startMs;
    };
    return {
      ours: await measure(pathToFileURL(path).href),
      peer: await measure('about:blank'),
      peerName: 'an empty page',
    };
  } finally {
    await browser.close();
  }
}

const benchmarks: readonly Benchmark[] = [
  {
    group: 'fleets',
    name: 'opening the page of a report with a million samples',
    unit: 'ms',
    target: 2000,
    direction: 'at most',
    compare: 'ours',
    run: () => withPage(open),
  },
  {
    group: 'fleets',
    name: 'the page of a report with a million samples',
    unit: 'MB',
    target: 3,
    direction: 'at most',
    compare: 'ours',
    rounds: 1,
    run: () => withPage(async ({ bytes }) => ({ ours: bytes / BYTES_PER_MB, peer: undefined, peerName: 'none' })),
  },
];

export default benchmarks;
