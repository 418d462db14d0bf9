import { escapeText, escapeXmlAttribute } from '../markup/escape.js';

/** An element of an XML document; attributes that are `undefined` are left out. */
export interface XmlElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number | undefined>>;
  readonly children?: readonly XmlElement[];
  readonly text?: string;
}

/** A document with its declaration. */
export function renderXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, '')}`;
}

function render({ name, attributes = {}, children = [], text }: XmlElement, indent: string): string {
  const pairs = Object.entries(attributes)
    .filter((pair): pair is [string, string | number] => pair[1] !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXmlAttribute(String(value))}"`);
  const tag = `${name}${pairs.join('')}`;
  if (text !== undefined) return `${indent}<${tag}>${escapeText(text)}</${name}>\n`;
  if (children.length === 0) return `${indent}<${tag}/>\n`;
  const inner = children.map((child) => render(child, `${indent}  `)).join('');
  return `${indent}<${tag}>\n${inner}${indent}</${name}>\n`;
}
