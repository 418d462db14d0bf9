import { describe, expect, test } from 'vitest';
import { cleanText, escapeScriptJson, escapeText, escapeXmlAttribute } from '../../src/report/markup/escape.js';
import { html } from '../../src/report/markup/html.js';

describe('text in a document', () => {
  test('cannot begin a tag, an entity or an attribute', () => {
    expect(escapeText(`<b a="1" c='2'>&amp;`)).toBe('&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;');
  });

  test('loses the colours of a terminal, and shows what no document may hold as a replacement', () => {
    expect(cleanText('\u001B[31mred\u001B[39m \u001B]8;;x\u0007link')).toBe('red link');
    expect(cleanText('a\u0000b\u0008c\uFFFEd\uD800e\u{1F600}f\tg\nh')).toBe(
      'a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\u{1F600}f\tg\nh',
    );
  });

  test('keeps its line breaks in an attribute of XML', () => {
    expect(escapeXmlAttribute('a\nb\tc"')).toBe('a&#10;b&#9;c&quot;');
  });

  test('is escaped wherever a template takes it, but for markup', () => {
    const row = html`<li>${'<x>'}</li>`;
    expect(html`<ul title="${'"'}">${[row, row]}${undefined}${3}</ul>`.text).toBe(
      '<ul title="&quot;"><li>&lt;x&gt;</li><li>&lt;x&gt;</li>3</ul>',
    );
  });
});

test('JSON in a script element neither ends the element nor breaks a line of JavaScript, and reads as it was', () => {
  const value = { name: '</script><!--<script>&\u2028\u2029' };
  const text = escapeScriptJson(value);
  expect(text).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(text)).toEqual(value);
});
