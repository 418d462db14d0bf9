import { createHash } from 'node:crypto';
import { escapeScriptJson } from '../markup/escape.js';
import { html, Markup } from '../markup/html.js';
import type { Plot } from '../plots/plot.js';
import { readAssets } from './read-assets.js';
import { STYLE } from './style.js';

/** What a page is made of. */
export interface PageContent {
  readonly title: string;
  /** Above the sections: what it is, and how it ended. */
  readonly header: Markup;
  readonly main: Markup;
  readonly footer: Markup;
  readonly plots: readonly Plot[];
}

/**
 * A page that needs nothing but itself: no request leaves it. Its policy allows the scripts and styles that stand in it by
 * their hashes and nothing else, so that even markup that got into it could run nothing.
 */
export function renderShell({ title, header, main, footer, plots }: PageContent): string {
  const assets = readAssets();
  const scripts = plots.length === 0 ? [] : assets.scripts;
  const styles = [...(plots.length === 0 ? [] : assets.styles), STYLE];
  const policy = [
    "default-src 'none'",
    `script-src ${listHashes(scripts)}`,
    `style-src ${listHashes(styles)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="glovebox">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
${styles.map((style) => new Markup(`<style>${style}</style>\n`))}</head>
<body>
<a class="skip" href="#content">To the results</a>
<header>${header}</header>
<main id="content">${main}</main>
<footer>${footer}</footer>
${plots.length === 0 ? undefined : new Markup(`<script type="application/json" id="plots">${escapeScriptJson(plots)}</script>\n`)}
${scripts.map((script) => new Markup(`<script>${script}</script>\n`))}</body>
</html>
`;
  return page.text;
}

function listHashes(texts: readonly string[]): string {
  const hashes = texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  return hashes.length === 0 ? "'none'" : hashes.join(' ');
}
