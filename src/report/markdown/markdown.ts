import { cleanText } from '../markup/escape.js';

/** Text as it stands in Markdown, in a table too: nothing in it is markup, and it stays on its line. */
export function escapeMarkdown(text: string): string {
  return cleanText(text)
    .replace(/[\\`*_{}[\]<>#|~$]/g, '\\$&')
    .replace(/@(?=\w)/g, '@\u200B')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A table; text that comes from elsewhere has to be escaped. */
export function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text as it is, in a block that no line of it ends. */
export function renderCode(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${cleanText(text)}\n${fence}`;
}

/** A link, if it leads to the web. */
export function renderLink(text: string, href: string): string {
  return /^https?:\/\/[^\s()<>]+$/.test(href) ? `[${escapeMarkdown(text)}](${href})` : escapeMarkdown(text);
}

/** What a file of GitHub's step summaries may hold at most is 1 MiB; the end of what is longer is left out, and that is said. */
export function limitMarkdown(markdown: string, limit: number): string {
  if (Buffer.byteLength(markdown) <= limit) return markdown;
  const note = '\n\n*The rest is left out here; the files of the report have it.*\n';
  const head = Buffer.from(markdown)
    .subarray(0, limit - Buffer.byteLength(note))
    .toString();
  return `${head.slice(0, head.lastIndexOf('\n'))}${note}`;
}
