const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What neither XML 1.0 nor HTML may hold, not even as an entity: https://www.w3.org/TR/xml/#charsets */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ILLEGAL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]|\p{Surrogate}/gu;

/** Escape sequences of terminals: colours in the messages of assertions. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const TERMINAL = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\))/g;

/** Text without the colours of a terminal, and with a replacement character for each that no document may hold. */
export function cleanText(text: string): string {
  return text.replace(TERMINAL, '').replace(ILLEGAL, '\uFFFD');
}

/** Text as it stands in HTML and XML, between tags and in quoted attributes. */
export function escapeText(text: string): string {
  return cleanText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Text of an attribute of XML, whose line breaks and tabs a reader would make spaces. */
export function escapeXmlAttribute(text: string): string {
  return escapeText(text).replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * JSON as the content of a script element: no sequence in it ends the element, begins a comment, or ends a line where
 * only JavaScript sees one.
 */
export function escapeScriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
