import { escapeText } from './escape.js';

/** Markup that was made by {@link html}: all of it that came from elsewhere is escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in the place of an expression: text is escaped, lists are put together, `undefined` is nothing. */
export type MarkupValue = string | number | Markup | undefined | readonly MarkupValue[];

/** A template of HTML or SVG. Whatever is put into it is text, unless it is markup already: no name can become a tag. */
export function html(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) text += render(value) + (parts[index + 1] ?? '');
  return new Markup(text);
}

function render(value: MarkupValue): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return escapeText(String(value));
}
