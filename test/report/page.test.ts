import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeReport } from '../../src/report/index.js';
import type { ScenarioReport } from '../../src/scenarios/scenario-result.js';
import { needsProgram } from '../support/needs-program.js';
import { makeReport } from './sample-report.js';

const executablePath = needsProgram({
  name: 'chromium',
  paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  fix: 'apt-get install chromium',
});
const LARGEST_PAGE_BYTES = 3_000_000;

let browser: Browser | undefined;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'report-page-'));
  if (executablePath !== undefined) browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What the page complained of, and what it asked for beside itself. */
  readonly complaints: readonly string[];
}

interface OpenOptions {
  readonly name: string;
  readonly report?: ScenarioReport;
  readonly compare?: ScenarioReport;
  readonly widthPixels?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Writes a report and opens its page from the file, without a network. */
async function open({
  name,
  report = makeReport(),
  compare,
  widthPixels = 1280,
  colorScheme = 'light',
}: OpenOptions): Promise<Opened> {
  const target = join(folder, name);
  await writeReport(report, { folder: target, formats: ['html'], ...(compare === undefined ? {} : { compare }) });
  if (browser === undefined) throw new Error('there is no browser');
  const page = await browser.newPage({ viewport: { width: widthPixels, height: 800 }, colorScheme, offline: true });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const address = pathToFileURL(join(target, 'report.html')).href;
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:')) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(address);
  return { page, complaints, [Symbol.asyncDispose]: () => page.close() };
}

/** A plot is drawn when it comes near the screen. */
async function draw(holder: Locator): Promise<void> {
  await holder.scrollIntoViewIfNeeded();
  await holder.locator('canvas').waitFor();
}

function drawFirst(page: Page): Promise<void> {
  return draw(page.locator('[data-plot]').first());
}

/** How many plots have been drawn: a canvas that has something on it. */
function countDrawn(page: Page): Promise<number> {
  return page.evaluate<number>(`[...document.querySelectorAll('[data-plot] canvas')].filter((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value) => value !== 0);
  }).length`);
}

describe('the page of a report, in a browser', () => {
  test('opens from a file without a network: it complains of nothing, asks for nothing, and draws its plots', async () => {
    await using opened = await open({ name: 'plain', compare: makeReport({ slowness: 0.5 }) });
    const { page, complaints } = opened;
    expect(await page.title()).toBe('Failed: Worker fleet');
    expect(await page.locator('.banner').textContent()).toContain('1 of 6 verdicts failed');
    expect(await page.locator('h3', { hasText: 'Compared with' }).count()).toBe(2);
    for (const holder of await page.locator('[data-plot]').all()) await draw(holder);
    expect(await page.locator('[data-plot]').count()).toBe(8);
    expect(await countDrawn(page)).toBe(8);
    expect(complaints).toEqual([]);
  });

  test('fits a phone, where only tables scroll sideways', async () => {
    await using opened = await open({ name: 'phone', widthPixels: 360 });
    const { page, complaints } = opened;
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(360);
    const wide = await page.evaluate<readonly string[]>(`[...document.querySelectorAll('body *')]
      .filter((element) => element.closest('.scroll') === null && !element.matches('.skip, .u-wrap *'))
      .filter((element) => element.getBoundingClientRect().right > 361)
      .map((element) => element.outerHTML.slice(0, 80))`);
    expect({ wide, complaints }).toEqual({ wide: [], complaints: [] });
  });

  test.each(['light', 'dark'] as const)('has text that stands out on a %s screen', async (colorScheme) => {
    await using opened = await open({ name: colorScheme, colorScheme });
    const { page, complaints } = opened;
    const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(colorScheme === 'dark' ? 'rgb(17, 20, 24)' : 'rgb(246, 247, 248)');
    expect({ weak: await page.evaluate(FIND_WEAK), complaints }).toEqual({ weak: [], complaints: [] });
  });

  test('can be read without eyes and without a mouse', async () => {
    await using opened = await open({ name: 'access' });
    const { page } = opened;
    expect(await page.evaluate(FIND_INACCESSIBLE)).toEqual([]);
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('To the results');
    await page.locator('summary', { hasText: 'Figures of this plot' }).first().focus();
    await page.keyboard.press('Enter');
    expect(await page.getByRole('region', { name: 'Figures of tasks per second' }).first().isVisible()).toBe(true);
  });

  test('shows hostile names as they are, and runs none of them', async () => {
    const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'\u2028<!--`;
    await using opened = await open({ name: 'hostile', report: spoil(makeReport(), hostile) });
    const { page, complaints } = opened;
    await drawFirst(page);
    expect(await page.locator('h1').textContent()).toBe(hostile);
    expect(await page.evaluate<number>('document.images.length')).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('of a million samples and of a hundred workers opens at once and is no burden', async () => {
    const report = makeReport({ samples: 1_000_000, workers: 100, slices: 600, durationMs: 600_000 });
    await using opened = await open({ name: 'large', report });
    const { page, complaints } = opened;
    await drawFirst(page);
    expect(statSync(join(folder, 'large', 'report.html')).size).toBeLessThan(LARGEST_PAGE_BYTES);
    expect(complaints).toEqual([]);
  });
});

/** Every text of a report replaced. */
function spoil(report: ScenarioReport, hostile: string): ScenarioReport {
  const kept = new Set(['kind', 'verdict', 'status', 'startedAt', 'better']);
  const spoilValue = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      if (key === 'link') return `javascript:alert(3)//${hostile}`;
      return kept.has(key) ? value : hostile;
    }
    if (Array.isArray(value)) return value.map((each: unknown) => spoilValue(each, ''));
    if (typeof value !== 'object' || value === null) return value;
    const isRecord = key === 'totals' || key === 'parameters' || key === 'machine';
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [isRecord ? `${hostile}${name}` : name, spoilValue(each, name)]),
    );
  };
  return spoilValue(report, '') as ScenarioReport;
}

/** Texts with a contrast below 4.5 to what is behind them: WCAG 2.2, 1.4.3. */
const FIND_WEAK = `(() => {
  const read = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const color = read(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const weak = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('');
    if (text === '' || element.closest('svg, script, noscript') !== null) continue;
    const [a, b] = [luminance(read(getComputedStyle(element).color)), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) weak.add(element.className + ': ' + contrast.toFixed(2));
  }
  return [...weak];
})()`;

/** What a screen reader would stumble over. */
const FIND_INACCESSIBLE = `(() => {
  const found = [];
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  if (new Set(ids).size !== ids.length) found.push('an id is there twice');
  for (const image of document.querySelectorAll('[role=img], img')) {
    if (!(image.getAttribute('aria-label') || image.getAttribute('alt'))) found.push('an image says nothing');
  }
  for (const svg of document.querySelectorAll('svg:not([role=img])')) {
    if (svg.getAttribute('aria-hidden') !== 'true') found.push('an ornament is not hidden');
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (document.querySelector(link.getAttribute('href')) === null) found.push('a link leads nowhere: ' + link.href);
  }
  for (const label of document.querySelectorAll('[aria-labelledby]')) {
    if (document.getElementById(label.getAttribute('aria-labelledby')) === null) found.push('a label is missing');
  }
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) found.push('a heading skips a level: ' + heading.textContent);
    level = own;
  }
  for (const table of document.querySelectorAll('table')) {
    if (table.querySelector('th[scope]') === null) found.push('a table has no heads');
  }
  if (document.documentElement.lang !== 'en') found.push('the language is not told');
  if (document.querySelectorAll('main').length !== 1) found.push('there is not one main part');
  return found;
})()`;
